// Tips: the name of what is pointed at, and its key. One layer for the page; parts carry the words (parts/index.tsx, Tip).
import { useEffect, useRef } from 'react';
import { place, type Side } from './layer.ts';
import { partStyles as s } from './index.tsx';

const delay = 400;

export function Tips() {
  const layer = useRef<HTMLDivElement>(null);
  useEffect(() => watch(layer.current!), []);
  // What it says is the name that a screen reader has already.
  return <div ref={layer} className={s.tip} popover="manual" aria-hidden />;
}

function watch(layer: HTMLElement): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hide = () => {
    clearTimeout(timer);
    if (layer.matches(':popover-open')) layer.hidePopover();
  };
  const show = (owner: HTMLElement) => {
    if (!owner.isConnected) return;
    layer.textContent = owner.dataset.tip!;
    layer.showPopover();
    const at = place(owner.getBoundingClientRect(), { width: layer.offsetWidth, height: layer.offsetHeight }, { width: innerWidth, height: innerHeight }, (owner.dataset.tipAt as Side) ?? 'bottom', 'center', 5);
    Object.assign(layer.style, { left: `${at.left}px`, top: `${at.top}px` });
  };
  const over = (e: Event) => {
    const owner = (e.target as Element).closest<HTMLElement>('[data-tip]');
    hide();
    if (!owner || (e instanceof PointerEvent ? e.pointerType !== 'mouse' : !owner.matches(':focus-visible'))) return;
    timer = setTimeout(show, delay, owner);
  };
  const events = [
    ['pointerover', over],
    ['focusin', over],
    ['focusout', hide],
    ['pointerdown', hide],
    ['keydown', hide],
    ['scroll', hide],
  ] as const;
  for (const [name, handler] of events) document.addEventListener(name, handler, true);
  document.documentElement.addEventListener('pointerleave', hide);
  return () => {
    hide();
    for (const [name, handler] of events) document.removeEventListener(name, handler, true);
    document.documentElement.removeEventListener('pointerleave', hide);
  };
}
