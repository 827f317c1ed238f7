import { expect, it } from 'vitest';
import { each, international, isAddress, readLines, writeLines, type Country } from './lines.ts';

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

it.each([
  ['(303) 555-0177', 'US', '+13035550177'],
  ['1 303 555 0177', 'US', '+13035550177'],
  ['020 7946 0018', 'GB', '+442079460018'],
  ['+44 20 7946 0018', 'US', '+442079460018'],
  ['06 698 12345', 'IT', '+390669812345'],
  ['912 345 678', 'ES', '+34912345678'],
  ['55501', 'US', '55501'],
])('%s in %s is %s, which can be a number', (written, country, want) => {
  expect(international(written, country as Country)).toBe(want);
  expect(isAddress(want)).toBe(true);
});

it.each(['12', 'Nonsense', '303 555 017', '+1303555017', '(103) 555-0177', '+13035550177123', '+0123456789', ''])('%s can be none', (written) => {
  expect(isAddress(international(written, 'US'))).toBe(false);
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
