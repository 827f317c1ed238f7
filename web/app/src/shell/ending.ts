// Whether it is time to say that the session ends (spec 6, section 8 item 10).
import type { Sitting } from '../api/sitting.ts';

export interface Ending {
  why: 'limit' | 'idle'; // idle can be put off
  at: number;
}

export const warnBefore = 5 * 60_000;

// endingOf is null while there is time, and when it is over. An open connection is use, so only the limit counts then.
export function endingOf({ endsAt, usedAt, rest }: Sitting, connected: boolean, now: number): Ending | null {
  const idle = connected ? Infinity : usedAt + rest;
  const ending: Ending = idle < endsAt ? { why: 'idle', at: idle } : { why: 'limit', at: endsAt };
  return ending.at - now <= warnBefore && now < ending.at ? ending : null;
}
