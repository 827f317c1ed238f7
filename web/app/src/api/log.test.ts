import { describe, expect, it } from 'vitest';
import { add, addAll, emptyLog, gap, head, receive, type Log, type Row } from './log.ts';
import type { MessageStatus } from './protocol.ts';

const row = (seq: number, status: MessageStatus = 'queued'): Row => ({
  seq,
  at: '2026-11-21T10:31:00Z',
  type: 'message',
  message: { id: 100 + seq, sender: 'agent', kind: 'chat', text: `text ${seq}`, status, segments: 1 },
});
const texts = (log: Log) => log.rows.map((r) => r.seq);
const status = (log: Log, seq: number) => {
  const r = log.rows[seq - 1]!;
  return r.type === 'message' ? r.message.status : null;
};

describe('rows', () => {
  it('come in order', () => {
    expect(texts([1, 2, 3].map((n) => row(n)).reduce(add, emptyLog))).toEqual([1, 2, 3]);
  });

  it('a repeated row changes nothing', () => {
    const log = [row(1), row(2)].reduce(add, emptyLog);
    expect(add(log, row(2))).toBe(log);
  });

  it('a row past a gap waits until the gap closes', () => {
    const waiting = [row(1), row(4), row(3)].reduce(add, emptyLog);
    expect(texts(waiting)).toEqual([1]);
    expect(gap(waiting)).toBe(true);
    const closed = add(waiting, row(2));
    expect(texts(closed)).toEqual([1, 2, 3, 4]);
    expect(gap(closed)).toBe(false);
  });

  it('that come together with a repeat are as if they came one by one', () => {
    const came = [row(3), row(1), row(2), row(2, 'sent'), row(3, 'delivered'), row(5)];
    expect(addAll(emptyLog, came)).toEqual(came.reduce(add, emptyLog));
    expect(status(addAll(emptyLog, came), 2)).toBe('sent');
  });

  it('every order with repeats ends in the same transcript', () => {
    let seed = 7;
    const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
    for (let round = 0; round < 200; round++) {
      const deck = Array.from({ length: 12 }, (_, i) => i + 1).flatMap((n) => (random() < 0.4 ? [n, n] : [n]));
      for (let i = deck.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [deck[i], deck[j]] = [deck[j]!, deck[i]!];
      }
      const log = deck.map((n) => row(n)).reduce(add, emptyLog);
      expect(texts(log)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
      expect(head(log)).toBe(12);
      expect(gap(log)).toBe(false);
    }
  });
});

describe('a status', () => {
  it('moves forward and never back', () => {
    let log = add(emptyLog, row(1, 'queued'));
    for (const [next, shown] of [
      ['sending', 'sending'],
      ['delivered', 'delivered'],
      ['sent', 'delivered'],
      ['failed', 'delivered'],
    ] as const) {
      log = receive(log, 101, { status: next });
      expect(status(log, 1)).toBe(shown);
    }
  });

  it('that comes before its message is kept for it', () => {
    let log = receive(emptyLog, 101, { status: 'delivered' });
    log = receive(log, 101, { status: 'sent' });
    expect(status(add(log, row(1, 'queued')), 1)).toBe('delivered');
  });

  it('keeps why the outcome is unknown', () => {
    const log = receive(add(emptyLog, row(1, 'sending')), 101, { status: 'sending', error: { code: 'uncertain', text: 'Not known', retryable: false } });
    const first = log.rows[0]!;
    expect(first.type === 'message' && first.message.error?.code).toBe('uncertain');
  });

  it('in a repeated row counts too', () => {
    const log = add(add(emptyLog, row(1, 'queued')), row(1, 'sent'));
    expect(status(log, 1)).toBe('sent');
  });
});
