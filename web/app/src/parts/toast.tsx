// Toasts: what just happened, with at most one thing to do about it.
import { create } from 'zustand';
import { useT } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { announce } from './announce.tsx';
import { useNow } from './clock.ts';
import { Button, partStyles as s } from './index.tsx';

interface Toast {
  id: string;
  text: (secondsLeft: number) => string;
  until: number;
  seconds: number;
  undo?: () => void;
  done?: () => void; // when the time is over and nobody undid it
}

const useToasts = create<{ all: readonly Toast[] }>(() => ({ all: [] }));

function show(toast: Toast): void {
  useToasts.setState((x) => ({ all: [...x.all.filter((y) => y.id !== toast.id), toast] }));
  // One that was taken back, or shown anew, has a time of its own.
  setTimeout(() => useToasts.getState().all.includes(toast) && drop(toast.id)?.done?.(), toast.until - Date.now());
}

function drop(id: string): Toast | undefined {
  const found = useToasts.getState().all.find((x) => x.id === id);
  useToasts.setState((x) => ({ all: x.all.filter((y) => y.id !== id) }));
  return found;
}

// undoable shows what will happen and does it after some seconds, unless it is undone.
export function undoable(id: string, text: (secondsLeft: number) => string, done: () => void, undo?: () => void, ms = 5000): void {
  announce(text(Math.ceil(ms / 1000)));
  show({ id, text, until: Date.now() + ms, seconds: Math.ceil(ms / 1000), undo: undo ?? (() => {}), done });
}

export function notice(text: string, ms = 6000): void {
  announce(text);
  show({ id: `notice:${text}`, text: () => text, until: Date.now() + ms, seconds: 0 });
}

export function isPending(id: string): boolean {
  return useToasts.getState().all.some((x) => x.id === id);
}

export function Toasts() {
  const all = useToasts((x) => x.all);
  return all.length === 0 ? null : (
    <div className={s.toasts}>
      {all.map((toast) => (
        <ToastLine key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastLine({ toast }: { toast: Toast }) {
  const t = useT();
  const now = useNow();
  const undo = () => drop(toast.id)?.undo?.();
  useKey('undo', undo, toast.undo !== undefined);
  return (
    <div className={s.toast}>
      <span>{toast.text(Math.min(toast.seconds, Math.max(1, Math.ceil((toast.until - now) / 1000))))}</span>
      {toast.undo && (
        <Button keyId="undo" onClick={undo}>
          {t('app.undo')}
        </Button>
      )}
    </div>
  );
}
