// Rows that never move under the pointer: while it is over a table its order is kept, whatever has changed (spec 6, 4.3).
import { useRef, useState } from 'react';

export interface Still<R> {
  rows: readonly R[];
  moved: number; // how many stand elsewhere than they should
  release: () => void;
  over: { onPointerEnter: (e: { pointerType: string }) => void; onPointerLeave: () => void };
}

// useStill keeps the order until the pointer leaves or the person chooses another one.
export function useStill<R>(wanted: readonly R[], key: (row: R) => number, choice: string): Still<R> {
  const [over, setOver] = useState(false);
  const [, again] = useState(0);
  const shown = useRef<{ choice: string; keys: readonly number[] }>({ choice, keys: [] });
  const free = !over || shown.current.choice !== choice;
  const rows = free ? wanted : kept(wanted, key, shown.current.keys);
  shown.current = { choice, keys: rows.map(key) };
  return {
    rows,
    moved: free ? 0 : rows.filter((r, i) => r !== wanted[i]).length,
    release: () => {
      shown.current = { choice: '', keys: [] };
      again((n) => n + 1);
    },
    over: { onPointerEnter: (e) => setOver(e.pointerType === 'mouse'), onPointerLeave: () => setOver(false) },
  };
}

// kept leaves rows where they were; new ones come last.
export function kept<R>(wanted: readonly R[], key: (row: R) => number, keys: readonly number[]): R[] {
  const at = new Map(keys.map((k, i) => [k, i]));
  const place = (r: R) => at.get(key(r)) ?? keys.length;
  return [...wanted].sort((a, b) => place(a) - place(b));
}
