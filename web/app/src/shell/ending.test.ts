import { beforeEach, describe, expect, it, vi } from 'vitest';
import { noteUse, sitting, useUse } from '../api/sitting.ts';
import { endingOf, warnBefore } from './ending.ts';

const minute = 60_000;
const now = 1_000_000_000;

describe('the end of a session', () => {
  const long = { endsAt: now + 60 * minute, usedAt: now, rest: 29 * minute };

  it('is said five minutes before, and not when it is over', () => {
    const at = now + 29 * minute;
    expect(endingOf(long, false, at - warnBefore - 1)).toBeNull();
    expect(endingOf(long, false, at - warnBefore)).toEqual({ why: 'idle', at });
    expect(endingOf(long, false, at - 1)).toEqual({ why: 'idle', at });
    expect(endingOf(long, false, at)).toBeNull();
  });

  it('comes by its limit alone while the connection stands', () => {
    expect(endingOf(long, true, now + 28 * minute)).toBeNull();
    expect(endingOf(long, true, long.endsAt - minute)).toEqual({ why: 'limit', at: long.endsAt });
  });

  it('cannot be put off when the limit is the nearer', () => {
    expect(endingOf({ ...long, usedAt: long.endsAt - minute }, false, long.endsAt - minute)).toEqual({ why: 'limit', at: long.endsAt });
  });
});

describe('what is known of a session', () => {
  const kept = new Map<string, string>();
  beforeEach(() => {
    vi.useFakeTimers({ now });
    vi.stubGlobal('localStorage', { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => kept.set(k, v) });
  });

  it('follows the clock of the server and the use by other tabs', () => {
    const session = { ends_at: new Date(now + 20 * minute).toISOString(), idle_seconds: 60 } as Parameters<typeof sitting>[0];
    noteUse(new Response(null, { headers: { Date: new Date(now + 3 * minute).toUTCString() } }));
    expect(sitting(session, useUse.getState().usedAt)).toEqual({ endsAt: now + 17 * minute, usedAt: now, rest: minute });
    kept.set('sidetone.used', String(now + 7));
    expect(sitting(session, now).usedAt).toBe(now + 7);
  });
});
