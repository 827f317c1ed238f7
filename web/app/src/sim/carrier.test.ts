import { expect, it } from 'vitest';
import { merge, received, textOf, type TraceEvent } from './carrier.ts';

const event = (n: number, kind: TraceEvent['kind']): TraceEvent => ({ n, at: `2026-11-21T10:00:0${n}.000Z`, kind, id: `SM${n}`, from: '+14155550142', to: '+12025550100', text: 'hi', segments: 1 });

it('a text in the trace is on the phone once, in its place', () => {
  const texts = [event(3, 'text_in'), event(1, 'text_out'), event(3, 'text_in')].map((e) => textOf(e)!).reduce(merge, []);
  expect(texts.map((t) => [t.id, t.direction])).toEqual([
    ['SM1', 'out'],
    ['SM3', 'in'],
  ]);
});

it('a receipt is no text', () => {
  expect(textOf(event(1, 'receipt'))).toBeNull();
});

it('a receipt moves its text forward and never back', () => {
  const texts = [textOf(event(1, 'text_out'))!];
  const receipt = (receipt: string, error_code?: string): TraceEvent => ({ ...event(1, 'receipt'), receipt, error_code });
  const failed = received(received(texts, receipt('sent')), receipt('undelivered', '30003'));
  expect(failed).toMatchObject([{ status: 'undelivered', error_code: '30003' }]);
  expect(received(failed, receipt('sent'))).toEqual(failed);
  expect(received(texts, { ...receipt('delivered'), id: 'SM9' })).toEqual(texts);
});
