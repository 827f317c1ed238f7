import { expect, it } from 'vitest';
import { changes } from './changes.ts';

it('tells what differs, and nothing else', () => {
  expect(changes({ name: 'Ann', limit: 5, roles: ['agent'] }, { name: 'Ann', limit: 3, roles: ['agent', 'manager'] })).toEqual([
    { field: 'limit', before: '5', after: '3' },
    { field: 'roles', before: 'agent', after: 'agent, manager' },
  ]);
});

it('tells all of a thing that is new or gone', () => {
  expect(changes(undefined, { name: 'Ann', note: '' })).toEqual([
    { field: 'name', before: undefined, after: 'Ann' },
  ]);
  expect(changes({ name: 'Ann' }, null)).toEqual([{ field: 'name', before: 'Ann', after: undefined }]);
});

it('writes what lies in lists and things in words', () => {
  const weekly = { mon: [{ from: '08:00', to: '12:00' }, { from: '13:00', to: '20:00' }], sun: [] };
  expect(changes(null, { weekly })).toEqual([{ field: 'weekly', before: undefined, after: 'mon 08:00–12:00, 13:00–20:00; sun –' }]);
  expect(changes(null, { weekly: { fri: [{ from: '08:00', to: '12:00' }], mon: [] } })[0]!.after).toBe('mon –; fri 08:00–12:00');
  expect(changes(null, { holidays: [{ date: '2026-12-25', name: 'Christmas Day' }] })).toEqual([{ field: 'holidays', before: undefined, after: 'date 2026-12-25; name Christmas Day' }]);
});

it('takes single values and lists', () => {
  expect(changes(480, 240)).toEqual([{ field: '', before: '480', after: '240' }]);
  expect(changes([1, 2], [])).toEqual([{ field: '', before: '1, 2', after: undefined }]);
  expect(changes(true, true)).toEqual([]);
  expect(changes({ a: { b: 1 } }, { a: { b: 2 } })).toEqual([{ field: 'a', before: 'b 1', after: 'b 2' }]);
});
