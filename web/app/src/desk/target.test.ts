import { expect, it } from 'vitest';
import { urgency } from './target.ts';

it.each([
  [0, 'calm'],
  [89_999, 'calm'],
  [90_000, 'near'],
  [120_000, 'near'],
  [120_001, 'over'],
] as const)('a customer who waited %i ms is %s', (waited, want) => {
  expect(urgency(waited)).toBe(want);
});
