// Handlers for the registry's keys: one listener for the document, handlers by key id.
import { useLayoutEffect, useRef, useSyncExternalStore } from 'react';
import { binding, comboOf, combosOf, expand, keyIds, type KeyId, type Scope } from './registry.ts';

export type Handler = (index: number) => void;

const handlers = new Map<KeyId, Handler[]>();
const listeners = new Set<() => void>();
let bound: readonly KeyId[] = [];
let prefix = { combo: '', at: 0 };
const prefixLasts = 1200;

function changed(): void {
  bound = keyIds.filter((id) => handlers.has(id));
  for (const l of listeners) l();
}

// useKey gives a key of the registry its meaning with the frame that draws the component, while it is there. The latest one wins.
export function useKey(id: KeyId, handler: Handler, enabled = true): void {
  const latest = useRef(handler);
  latest.current = handler;
  useLayoutEffect(() => {
    if (!enabled) return;
    const mine: Handler = (i) => latest.current(i);
    handlers.set(id, [...(handlers.get(id) ?? []), mine]);
    changed();
    return () => {
      const rest = (handlers.get(id) ?? []).filter((h) => h !== mine);
      if (rest.length) handlers.set(id, rest);
      else handlers.delete(id);
      changed();
    };
  }, [id, enabled]);
}

// useBound lists the keys that mean something right now.
export function useBound(): readonly KeyId[] {
  return useSyncExternalStore(
    (l) => {
      listeners.add(l);
      return () => listeners.delete(l);
    },
    () => bound,
  );
}

export function run(id: KeyId, index = 0): boolean {
  const handler = handlers.get(id)?.at(-1);
  handler?.(index);
  return handler !== undefined;
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('textarea, select, input:not([type=checkbox]):not([type=radio])'));
}

// press finds the key's meaning: the composer's own keys inside it, the page's outside text fields.
function press(e: KeyboardEvent): void {
  if (e.defaultPrevented || e.isComposing || e.key === 'Control' || e.key === 'Shift' || e.key === 'Alt' || e.key === 'Meta') return;
  const target = e.target as HTMLElement | null;
  if (document.querySelector('[aria-modal=true]') || document.querySelector('[role=menu]')?.contains(target)) return;
  const typing = isField(target);
  const inComposer = target?.closest('[data-keys=composer]') != null;
  const combo = comboOf(e);
  if (combo === 'Enter' && !typing && target !== document.body) return; // a button's own Enter

  const match = (full: string) => {
    for (const id of keyIds) {
      const b = binding(id);
      if (!heard(b.scope, inComposer) || (typing && !b.typing)) continue;
      const index = combosOf(id).flatMap(expand).indexOf(full);
      if (index >= 0 && run(id, index)) return true;
    }
    return false;
  };

  // By the time of the keys: a page that is slow to hear them does not make the second one late.
  const sequence = prefix.combo && e.timeStamp - prefix.at < prefixLasts ? `${prefix.combo} ${combo}` : combo;
  prefix = { combo: '', at: 0 };
  if (match(sequence) || (sequence !== combo && match(combo))) {
    e.preventDefault();
    return;
  }
  if (typing && combo === 'Escape') return target!.blur();
  if (!typing && keyIds.some((id) => handlers.has(id) && combosOf(id).some((c) => c.startsWith(`${combo} `)))) {
    prefix = { combo, at: e.timeStamp };
  }
}

function heard(scope: Scope, inComposer: boolean): boolean {
  return scope === 'composer' ? inComposer : true;
}

export function listen(): () => void {
  document.addEventListener('keydown', press);
  return () => document.removeEventListener('keydown', press);
}
