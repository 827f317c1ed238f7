import { expect, it } from 'vitest';
import { csvOf } from './csv.ts';
import { kept } from './useStill.ts';
import type { BoardChat } from './board.ts';
import { curve, hourPoints, lastHour } from './hour.ts';

const now = Date.parse('2026-11-21T10:30:00Z');
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

it('leaves rows where they were and puts new ones last', () => {
  expect(kept([3, 1, 4, 2], (n) => n, [1, 2, 3])).toEqual([1, 2, 3, 4]);
  expect(kept([3, 1], (n) => n, [1, 2, 3])).toEqual([1, 3]);
});

it('reads the last hour off the chats', () => {
  const chats = [
    { queue: { id: 1 }, queued_at: ago(50), assigned_at: ago(40), ended_at: ago(10) },
    { queue: { id: 1 }, queued_at: ago(20) },
    { queue: { id: 2 }, queued_at: ago(59), ended_at: ago(30), fail_reason: 'expired' },
    { queue: { id: 2 }, assigned_at: ago(5) },
  ] as BoardChat[];
  const hour = lastHour(chats, now, (queue) => (queue === 1 ? 120 : undefined));
  const at = (minutes: number) => hourPoints - 1 - minutes / 2;
  expect([hour.waiting[0], hour.waiting[at(46)], hour.waiting[at(36)], hour.waiting[at(0)]]).toEqual([0, 2, 1, 1]);
  expect(hour.longest[at(0)]).toBe(20 * 60_000);
  expect([hour.progress[at(46)], hour.progress[at(20)], hour.progress[at(0)]]).toEqual([0, 1, 1]);
  expect([hour.expired[at(32)], hour.expired[at(30)]]).toEqual([0, 1]);
  expect([hour.level[0], hour.level[at(40)]]).toEqual([100, 0]);
});

it('draws within its box, the target where it belongs', () => {
  const c = curve([0, 5, 10], 76, 34, 20);
  expect(c.end).toEqual({ x: 72, y: 17 });
  expect(c.goal).toBe(3);
  expect(curve([0, 0], 76, 34).line).toBe('M0 31L72 31');
});

it('writes a table as a file that no spreadsheet runs', () => {
  expect(csvOf([['Customer', 'Last'], ['+1 (415) 555-0100', '=1+1'], ['a "b", c', '-ok']])).toBe('Customer,Last\r\n+1 (415) 555-0100,\'=1+1\r\n"a ""b"", c",\'-ok\r\n');
});
