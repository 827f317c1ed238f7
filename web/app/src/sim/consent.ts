// What a phone knows of its own consent: it sent STOP and was told so, and START takes it back (spec 1.3). Pure.
import type { PhoneText } from './carrier.ts';

const stops = new Set(['STOP', 'STOPALL', 'STOP ALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT', 'OPT OUT', 'REMOVE']);
const starts = new Set(['START', 'UNSTOP', 'YES']);

// optedOutOf lists the numbers that have confirmed this phone's STOP and were sent no START since.
export function optedOutOf(texts: readonly PhoneText[]): string[] {
  const state = new Map<string, 'asked' | 'out'>();
  for (const x of texts) {
    const [mine, number] = x.direction === 'in' ? [true, x.to] : [false, x.from];
    if (!mine) {
      if (state.get(number) === 'asked') state.set(number, 'out');
      continue;
    }
    const word = x.text.trim().toUpperCase().replace(/[.!]+$/, '');
    if (starts.has(word)) state.delete(number);
    else if (stops.has(word) && !state.has(number)) state.set(number, 'asked');
  }
  return [...state].filter(([, is]) => is === 'out').map(([number]) => number);
}
