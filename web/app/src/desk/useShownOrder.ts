// The order on screen: what is wanted, held still while the pointer is over the list or a key was just pressed.
import { useEffect, useMemo, useRef, useState, type RefObject } from 'react';
import type { Item } from '../shell/chats.ts';
import { settle, wanted, type Place } from './order.ts';

const stillAfterKey = 2000;

export interface ShownOrder {
  places: readonly Place[];
  moved: number;
  lasting: boolean; // held by the pointer, not only for a moment after a key
  release: () => void;
}

export function useShownOrder(items: readonly Item[], list: RefObject<HTMLElement | null>): ShownOrder {
  const { over, pressed } = useHeld(list);
  const want = useMemo(() => wanted(items), [items]);
  const shown = useRef<readonly Place[]>(want);
  const [, again] = useState(0);
  const { places, moved } = settle(shown.current, want, (over || pressed) && shown.current.length > 0);
  shown.current = places;
  return {
    places,
    moved,
    lasting: over,
    release: () => {
      shown.current = want;
      again((n) => n + 1);
    },
  };
}

function useHeld(list: RefObject<HTMLElement | null>): { over: boolean; pressed: boolean } {
  const [over, setOver] = useState(false);
  const [pressed, setPressed] = useState(false);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const enter = (e: PointerEvent) => setOver(e.pointerType === 'mouse');
    const leave = () => setOver(false);
    let timer: ReturnType<typeof setTimeout>;
    const press = () => {
      setPressed(true);
      clearTimeout(timer);
      timer = setTimeout(() => setPressed(false), stillAfterKey);
    };
    element.addEventListener('pointerenter', enter);
    element.addEventListener('pointerleave', leave);
    addEventListener('keydown', press);
    return () => {
      element.removeEventListener('pointerenter', enter);
      element.removeEventListener('pointerleave', leave);
      removeEventListener('keydown', press);
      clearTimeout(timer);
    };
  }, [list]);
  return { over, pressed };
}
