// How long the session lasts as far as this browser knows: each answer of the server notes that it was in use, for other tabs too.
import { create } from 'zustand';
import type { components } from './console.gen.ts';

export interface Sitting {
  endsAt: number; // ms, by our clock: over in any case
  usedAt: number;
  rest: number; // ms without a request
}

const key = 'sidetone.used';
const noteEvery = 5000;

export const useUse = create(() => ({ usedAt: 0 }));

let ahead = 0; // of the server's clock before ours

// noteUse is for every answer, and for the end of a connection, which counts as use while it holds.
export function noteUse(response?: Response): void {
  const now = Date.now();
  const date = Date.parse(response?.headers.get('Date') ?? '');
  if (date) ahead = date - now;
  if (now - useUse.getState().usedAt < noteEvery) return;
  useUse.setState({ usedAt: now });
  localStorage.setItem(key, String(now));
}

export function sitting({ ends_at, idle_seconds }: components['schemas']['Session'], usedAt: number): Sitting {
  return { endsAt: Date.parse(ends_at) - ahead, usedAt: Math.max(usedAt, Number(localStorage.getItem(key))), rest: idle_seconds * 1000 };
}
