import { expect, it } from 'vitest';
import { urgency } from './target.ts';

it.each([
  [0, 120, 'calm'],
  [89_999, 120, 'calm'],
  [90_000, 120, 'near'],
  [120_000, 120, 'near'],
  [120_001, 120, 'over'],
  [5_001, 5, 'over'],
  [86_400_000, 0, 'calm'],
  [86_400_000, undefined, 'calm'],
] as const)('a customer who waited %i ms with a target of %s s is %s', (waited, target, want) => {
  expect(urgency(waited, target)).toBe(want);
});
