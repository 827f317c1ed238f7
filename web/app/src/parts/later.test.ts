import { expect, it } from 'vitest';
import { persistent } from './later.ts';

// failing is a load that fails so many times before it succeeds.
function failing(times: number) {
  const waits: number[] = [];
  let calls = 0;
  const load = persistent(
    async () => {
      if (calls++ < times) throw new Error(`try ${calls}`);
      return 'there';
    },
    async (attempt) => void waits.push(attempt),
  );
  return { load, waits, calls: () => calls };
}

it('what failed is tried again, each time after a longer wait', async () => {
  const { load, waits } = failing(3);
  expect(await load()).toBe('there');
  expect(waits).toEqual([0, 1, 2]);
});

it('what is there is loaded once, however often it is asked for', async () => {
  const { load, calls } = failing(0);
  await Promise.all([load(), load()]);
  await load();
  expect(calls()).toBe(1);
});

it('after eight tries it gives up, and starts again when it is asked again', async () => {
  const { load } = failing(8);
  await expect(load()).rejects.toThrow('try 8');
  expect(await load()).toBe('there');
});
