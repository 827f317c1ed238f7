import { expect, it } from 'vitest';
import { conditionOf, conditions, isCode, isTroubled, tidy, withCondition } from './network.ts';

const to = '+14155550142';

it.each(conditions)('%s is told apart from the others', (c) => {
  const f = withCondition({ to }, c);
  expect(conditionOf(f)).toBe(c);
  expect(isTroubled(f)).toBe(c !== 'good');
});

it('a mended handset has nothing set, and what else was set stays', () => {
  expect(withCondition({ to, status: 'failed', error_code: '30008' }, 'good')).toEqual({ to });
  expect(withCondition({ to, status: 'failed', error_code: '30008', delay_ms: 2000, receipts: 'none' }, 'good')).toEqual({ to, delay_ms: 2000, receipts: 'none' });
  expect(tidy({ to, status: 'delivered', error_code: '30003', delay_ms: 0, send_twice: false, out_of_order: false, can_receive_media: true })).toEqual({ to });
  expect(tidy({ to, out_of_order: true })).toEqual({ to, out_of_order: true });
});

it('a code of its own keeps the nearest name', () => {
  expect(conditionOf({ to, status: 'undelivered', error_code: '30019' })).toBe('unreachable');
  expect(conditionOf({ to, status: 'refused', error_code: '21612' })).toBe('opted-out');
});

it.each([['10000', true], ['99999', true], ['09999', false], ['9999', false], ['100000', false], ['3000x', false], ['', false]])('%s is a code: %s', (text, want) => {
  expect(isCode(text)).toBe(want);
});
