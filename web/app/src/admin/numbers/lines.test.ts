import { expect, it } from 'vitest';
import { each, readLines, writeLines } from './lines.ts';

it('reads numbers with and without labels, and keeps the lines they stand in', () => {
  expect(readLines('+1 303 555 0177, Support line\n\n55501\r\n+13035550178\tDesk east')).toEqual([
    { line: 1, address: '+1 303 555 0177', label: 'Support line' },
    { line: 3, address: '55501', label: '' },
    { line: 4, address: '+13035550178', label: 'Desk east' },
  ]);
});

it('writes back what is left', () => {
  expect(writeLines(readLines('1, a\n2'))).toBe('1, a\n2');
});

it('does every item once, no more than so many at a time', async () => {
  let now = 0;
  let most = 0;
  const done: number[] = [];
  await each([1, 2, 3, 4, 5], 2, async (n) => {
    most = Math.max(most, ++now);
    await Promise.resolve();
    now--;
    done.push(n);
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});
