import { expect, it } from 'vitest';
import type { Queue } from './api.ts';
import { dropped, filtered, flat, names, stepped, treeOf, within } from './tree.ts';

const queue = (id: number, name: string, parent_id: number | undefined, position: number, over: Partial<Queue> = {}): Queue => ({
  id, name, parent_id, position, channel: 'sms', lang: 'en', names: {}, path: name, keywords: [], lang_keywords: {}, hidden: false, leaf: true, waiting: 0, assigned: 0, agents: 0, ...over,
});

const all = [
  queue(1, 'Support', undefined, 0, { leaf: false }),
  queue(2, 'Returns', 1, 1),
  queue(3, 'Orders', 1, 0, { leaf: false }),
  queue(4, 'Secret', 1, 2, { hidden: true }),
  queue(5, 'Billing', 1, 3, { keywords: ['invoice'] }),
  queue(6, 'Tracking', 3, 0),
  queue(7, 'Calls', undefined, 0, { channel: 'ivr' }),
];

it('is in menu order, with the keys customers text', () => {
  expect(flat(treeOf(all, 'sms')).map((n) => `${n.depth}${n.key ?? '-'} ${n.queue.name}`)).toEqual(['0- Support', '11 Orders', '21 Tracking', '12 Returns', '1- Secret', '13 Billing']);
});

it('keeps the way to what matches, also by keyword', () => {
  expect(flat(filtered(treeOf(all, 'sms'), 'INVOICE')).map((n) => n.queue.name)).toEqual(['Support', 'Billing']);
  expect(flat(filtered(treeOf(all, 'sms'), 'orders')).map((n) => n.queue.name)).toEqual(['Support', 'Orders', 'Tracking']);
});

it('knows all below a queue', () => {
  expect([...within(all, 1)].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...within(all, 6)]).toEqual([6]);
});

it('moves one place, and not past the ends', () => {
  expect(stepped([1, 2, 3], 2, -1)).toEqual([2, 1, 3]);
  expect(stepped([1, 2, 3], 3, 1)).toBeUndefined();
  expect(stepped([1, 2, 3], 1, -1)).toBeUndefined();
});

it('drops onto a place from above and from below', () => {
  expect(dropped([1, 2, 3], 1, 3)).toEqual([2, 3, 1]);
  expect(dropped([1, 2, 3], 3, 1)).toEqual([3, 1, 2]);
  expect(dropped([1, 2], 9, 2)).toEqual([1, 9, 2]);
});

it('finds the word that a refusal is about', () => {
  expect(names('The keyword cancel is a protected word', 'Cancel')).toBe(true);
  expect(names('"cancel" can\'t be used', 'cancel')).toBe(true);
  expect(names('The keyword cancel is a protected word', 'can')).toBe(false);
  expect(names(undefined, 'cancel')).toBe(false);
});
