import { expect, it } from 'vitest';
import { csvOf } from './csv.ts';
import { kept } from './useStill.ts';
import { noBoards, take, type BoardAgent, type BoardChat } from './board.ts';
import { curve, hourPoints, lastHour, lastHourOf } from './hour.ts';
import { monitorSearch, sortingOf, sortingText } from './search.ts';

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

it('counts who was available in the last hour and had room: what the server told, then what the board showed', () => {
  const agent = (id: number, status: string, since: number, more: Partial<BoardAgent> = {}) => ({ user: { id, name: `A${id}` }, status, since: ago(since), connected: true, limit: 1, chats: [], ...more }) as BoardAgent;
  const at = (minutes: number) => hourPoints - 1 - minutes / 2;
  const told = new Map([
    [1, [{ status: 'meal', at: Date.parse(ago(70)) }, { status: 'available', at: Date.parse(ago(40)) }]],
    [2, [{ status: 'available', at: Date.parse(ago(50)) }]],
  ]);
  const frame = (rows: BoardAgent[]) => ({ topic: 'agents' as const, rev: 1, rows });
  let boards = take(noBoards, 'snapshot', frame([agent(1, 'available', 40), agent(2, 'available', 50), agent(3, 'available', 300, { connected: false })]));
  boards = take(boards, 'delta', frame([agent(1, 'break', 6)]));
  boards = take(boards, 'snapshot', frame([agent(1, 'available', 2), agent(2, 'unresponsive', 10, { connected: false }), agent(3, 'available', 300, { connected: false })]));
  const chats = [{ agent: { id: 2 }, assigned_at: ago(30), ended_at: ago(20) }] as BoardChat[];
  const free = lastHourOf([...boards.agents!.values()], boards.taken, told, chats, now, 7);
  expect([60, 50, 40, 30, 20, 12, 10, 6, 2].map((m) => free[at(m)])).toEqual([0, 1, 2, 1, 2, 2, 1, 0, 1]);
  expect(free.at(-1)).toBe(7); // the figure itself
});

it('reads an order of rows off an address that anybody may have typed', () => {
  const first = { by: 'reply', down: true };
  expect(sortingOf('-waited', ['waited', 'id'], first)).toEqual({ by: 'waited', down: true });
  expect(sortingOf('id', ['waited', 'id'], first)).toEqual({ by: 'id', down: false });
  for (const wrong of [undefined, '', '-', 'act', '-act']) expect(sortingOf(wrong, ['waited', 'id'], first)).toBe(first);
  expect(sortingText({ by: 'id', down: true })).toBe('-id');
  const typed = { find: 2415, sort: 'drop table', late: 'true', agents: '-load' } as never;
  expect(monitorSearch(typed)).toEqual({ tab: 'chats', section: 'ongoing', find: '2415', late: true, agents: '-load' });
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
