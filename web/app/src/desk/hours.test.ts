import { expect, it } from 'vitest';
import { closedAt } from './hours.ts';

const five = Date.parse('2026-11-23T17:00:00Z');
const nine = Date.parse('2026-11-24T09:00:00Z');
const night = { from: '2026-11-23T17:00:00Z', until: '2026-11-24T09:00:00Z' };

it('a queue without hours is never closed', () => expect(closedAt(undefined, nine)).toBeNull());

it('the hint comes at the closing and goes at the opening', () => {
  expect(closedAt(night, five - 1)).toBeNull();
  expect(closedAt(night, five)).toBe(nine);
  expect(closedAt(night, nine - 1)).toBe(nine);
  expect(closedAt(night, nine)).toBeNull();
});

it('one that is closed already says until when, if it is known', () => {
  expect(closedAt({ until: night.until }, five)).toBe(nine);
  expect(closedAt({}, five)).toBe(Infinity);
});
