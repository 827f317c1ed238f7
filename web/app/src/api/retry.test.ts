import { expect, it } from 'vitest';
import { retryDelay } from './retry.ts';

it('tries again after 0.5, 1, 2, 4, 8, then every 15 seconds', () => {
  expect([0, 1, 2, 3, 4, 5, 6].map((n) => retryDelay(n, () => 0.5))).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
});

it('strays by 30 percent at most, so that desks do not come back all at once', () => {
  expect(retryDelay(0, () => 0)).toBe(350);
  expect(retryDelay(0, () => 1)).toBe(650);
});
