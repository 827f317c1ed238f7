import { expect, it } from 'vitest';
import { add, empty, freeNumber, handsetsOf, mostAdded, opened, openOf, plans, readChips, remove, rename, usualChips, writeChips, type Book } from './handsets.ts';

const ann = { name: 'Ann', number: '+14155550142' };
const bob = { name: 'Bob', number: '+12125550107' };
const eve = { name: 'Eve', number: '+13125550118' };
const all = [ann, bob, eve];

it('two handsets lie on the table at first', () => {
  expect(openOf(all, empty)).toEqual([ann, bob]);
  expect(openOf(all, { ...empty, open: [] })).toEqual([ann]);
  expect(openOf(all, { ...empty, open: ['+1999', eve.number] })).toEqual([eve]);
  expect(openOf([], empty)).toEqual([]);
});

it('a fifth handset on the table sends the first away', () => {
  expect(opened(['a', 'b'], 'b')).toEqual(['a', 'b']);
  expect(opened(['a', 'b', 'c', 'd'], 'e')).toEqual(['b', 'c', 'd', 'e']);
});

it('a handset is added, renamed and removed', () => {
  const added = add(empty, all, { name: ' Zoe ', number: '+44 7700 900-150' }) as Book;
  expect(handsetsOf(all, added).at(-1)).toEqual({ name: 'Zoe', number: '+447700900150' });
  expect(added.open).toEqual([ann.number, bob.number, '+447700900150']);
  const renamed = rename(added, { name: 'Zoe', number: '+447700900150' }, 'Zoë');
  expect(handsetsOf(all, renamed).at(-1)!.name).toBe('Zoë');
  expect(handsetsOf(all, remove(renamed, handsetsOf(all, renamed), '+447700900150'))).toEqual(all);
});

it('a configured handset can be renamed and removed too', () => {
  const renamed = rename(empty, bob, 'Robert');
  expect(handsetsOf(all, renamed).map((h) => h.name)).toEqual(['Ann', 'Eve', 'Robert']);
  expect(handsetsOf(all, remove(renamed, handsetsOf(all, renamed), bob.number)).map((h) => h.name)).toEqual(['Ann', 'Eve']);
  expect(handsetsOf(all, remove(empty, all, ann.number))).toEqual([bob, eve]);
  expect(rename(empty, bob, '  ')).toBe(empty);
});

it.each([
  ['name', { name: ' ', number: '+14155550199' }],
  ['name', { name: 'x'.repeat(41), number: '+14155550199' }],
  ['number', { name: 'Zoe', number: '415 555 0199' }],
  ['number', { name: 'Zoe', number: '+123456' }],
  ['number', { name: 'Zoe', number: '+1234567890123456' }],
  ['taken', { name: 'Zoe', number: '+1 (415) 555-0142' }],
] as const)('a bad handset is refused for its %s', (why, handset) => {
  expect(add(empty, all, handset)).toBe(why);
});

it('there is an end to handsets', () => {
  const full = { ...empty, added: Array.from({ length: mostAdded }, (_, i) => ({ name: 'x', number: `+4477009001${String(i).padStart(2, '0')}` })) };
  expect(add(full, all, { name: 'Zoe', number: '+14155550199' })).toBe('many');
  expect(add({ ...full, added: full.added.slice(1) }, all, { name: 'Zoe', number: '+14155550199' })).toMatchObject({ added: { length: mostAdded } });
});

it.each(plans)('numbers of $country are offered until they are taken', (plan) => {
  const first = freeNumber(plan, []);
  expect(first).toMatch(/^\+[1-9]\d{6,14}$/);
  expect(freeNumber(plan, [{ name: 'x', number: first }])).not.toBe(first);
});

it('quick texts are written as lines and read back', () => {
  expect(readChips(writeChips(usualChips))).toEqual(usualChips);
  expect(readChips('  \nHi\nlong = a = b\nthis one is longer than a chip')).toEqual([
    { label: 'Hi', text: 'Hi' },
    { label: 'long', text: 'a = b' },
    { label: 'this one is lon…', text: 'this one is longer than a chip' },
  ]);
});
