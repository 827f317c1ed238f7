// What can go wrong at a handset, in words a person has for it, and the carrier's faults that make it so. Pure.
import type { HandsetFaults, NetworkFaults } from './carrier.ts';

export const conditions = ['good', 'unreachable', 'landline', 'filtered', 'failed', 'opted-out', 'no-such-number', 'stuck'] as const;
export type Condition = (typeof conditions)[number];

type Way = Pick<HandsetFaults, 'status' | 'error_code'>;

const ways: Record<Condition, Way> = {
  good: {},
  unreachable: { status: 'undelivered', error_code: '30003' },
  landline: { status: 'undelivered', error_code: '30006' },
  filtered: { status: 'undelivered', error_code: '30007' },
  failed: { status: 'failed', error_code: '30008' },
  'opted-out': { status: 'refused', error_code: '21610' },
  'no-such-number': { status: 'refused', error_code: '21211' },
  stuck: { status: 'sent' },
};

export function isCondition(word: string): word is Condition {
  return (conditions as readonly string[]).includes(word);
}

// conditionOf names a handset's state; with a code of its own the nearest one.
export function conditionOf(f: HandsetFaults): Condition {
  const status = f.status === 'delivered' ? undefined : f.status;
  if (status === undefined) return 'good';
  const all = conditions.filter((c) => ways[c].status === status);
  return all.find((c) => ways[c].error_code === f.error_code) ?? all[0] ?? 'good';
}

export function withCondition(f: HandsetFaults, c: Condition): HandsetFaults {
  return tidy({ ...f, status: ways[c].status, error_code: ways[c].error_code });
}

// tidy leaves out what is as on a good day, so that a mended handset has nothing set.
export function tidy(f: HandsetFaults): HandsetFaults {
  const { to, status, error_code, delay_ms, receipts, send_twice, out_of_order, can_receive_media } = f;
  const fails = status !== undefined && status !== 'delivered';
  return {
    to,
    ...(fails && { status }),
    ...(fails && status !== 'sent' && error_code && { error_code }),
    ...(delay_ms && { delay_ms }),
    ...(receipts && { receipts }),
    ...(send_twice && { send_twice }),
    ...(out_of_order && { out_of_order }),
    ...(can_receive_media === false && { can_receive_media }),
  };
}

export function isTroubled(f: HandsetFaults): boolean {
  return Object.keys(tidy(f)).length > 1;
}

export function isCode(text: string): boolean {
  return /^[1-9]\d{4}$/.test(text);
}

export const goodNetwork: NetworkFaults = { latency_ms: 0, error_rate: 0, status: 500, receipts: 'normal', late_ms: 5000, drop_after_accept: 0 };

export function isNetworkTroubled(f: NetworkFaults): boolean {
  return f.latency_ms > 0 || f.error_rate > 0 || f.receipts !== 'normal' || f.drop_after_accept > 0;
}
