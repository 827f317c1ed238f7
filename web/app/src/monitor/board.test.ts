import { expect, it } from 'vitest';
import { figures, found, noBoards, reply, sorted, take, waited, worst, type BoardAgent, type BoardChat, type BoardFrame, type BoardQueue } from './board.ts';

const now = Date.parse('2026-11-21T10:30:00Z');
const ago = (s: number) => new Date(now - s * 1000).toISOString();
const chat = (id: number, more: Partial<BoardChat> = {}): BoardChat =>
  ({ chat_id: id, section: 'ongoing', status: 'assigned', agent: { id: 1, name: 'Ann' }, queue: { id: 3, name: 'Sales', path: 'Sales' }, end_user: { id, number: `+1415555${id}` }, created_at: ago(600), ...more }) as BoardChat;
const queue = (id: number, more: Partial<BoardQueue> = {}): BoardQueue => ({ queue: { id, name: `Q${id}`, path: `Q${id}` }, waiting: 0, ongoing: { inbound: 0, outbound: 0, api: 0 }, agents: 1, available: 1, free: 1, wait_target: 120, today: { answered: 0, in_target: 0, ended: 0, expired: 0 }, ...more });
const agent = (id: number, more: Partial<BoardAgent> = {}): BoardAgent => ({ user: { id, name: `A${id}` }, status: 'available', since: ago(5), connected: true, limit: 1, offered: 0, chats: [], channels: ['sms'], queues: [], teams: [], ...more });
const frame = (rows: BoardFrame['rows'], removed?: number[]): BoardFrame => ({ topic: 'chats', rev: 1, rows, removed });

it('takes a snapshot for all there is, and a delta for what changed', () => {
  let b = take(noBoards, 'delta', frame([chat(1)]));
  expect(b.chats).toBeUndefined();
  b = take(b, 'snapshot', frame([chat(1), chat(2)]));
  b = take(b, 'delta', frame([chat(2, { status: 'dismissed' }), chat(3)], [1, 99]));
  expect([...b.chats!.keys()]).toEqual([2, 3]);
  expect(b.chats!.get(2)!.status).toBe('dismissed');
  b = take(b, 'snapshot', frame([chat(4)]));
  expect([...b.chats!.keys()]).toEqual([4]);
});

it('counts the wait until somebody answered, and on while nobody does', () => {
  expect(waited(chat(1, { queued_at: ago(60), assigned_at: ago(20) }), now)).toBe(40_000);
  expect(waited(chat(1, { status: 'queued', section: 'future', queued_at: ago(60) }), now)).toBe(60_000);
  expect(waited(chat(1), now)).toBeUndefined();
});

it('colours the reply timer at three quarters of the target and past it', () => {
  const due = (s: number) => chat(1, { response_target: 100, response_due_at: new Date(now + s * 1000).toISOString() });
  expect(reply(due(26), now)?.tone).toBeUndefined();
  expect(reply(due(25), now)?.tone).toBe('warn');
  expect(reply(due(0), now)?.tone).toBe('warn');
  expect(reply(due(-1), now)).toEqual({ owed: 101_000, tone: 'bad' });
  expect(reply(chat(1), now)).toBeUndefined();
});

it('adds up the figures', () => {
  const f = figures([queue(1, { waiting: 2, oldest_at: ago(200) }), queue(2, { waiting: 1, oldest_at: ago(10) })], [agent(1), agent(2, { chats: [{ chat_id: 1 }] }), agent(3, { status: 'break' }), agent(4, { connected: false })], now);
  expect(f).toMatchObject({ waiting: 3, waitingIn: 2, longest: 200_000, available: 1, full: 1, away: 1, agents: 3 });
});

it('names the worst queue: where nobody is free before the longer wait', () => {
  expect(worst([queue(1, { waiting: 1, oldest_at: ago(120) })], now)).toBeUndefined();
  const w = worst([queue(1, { waiting: 1, oldest_at: ago(900) }), queue(2, { waiting: 1, oldest_at: ago(121), free: 0 })], now)!;
  expect([w.queue.queue.id, w.more]).toEqual([2, 1]);
  expect(w.since).toBe(now - 1000);
});

it('finds by number, name and id', () => {
  const c = chat(2415, { end_user: { id: 1, name: 'Marisol Vega', number: '+14155550142' } });
  for (const q of ['', 'vega', '(415) 555', '2415']) expect(found(c, q)).toBe(true);
  for (const q of ['theo', '241', '999']) expect(found(c, q)).toBe(false);
});

it('sorts those without a value last, either way', () => {
  const all = [chat(1), chat(2, { queued_at: ago(60), assigned_at: ago(50) }), chat(3, { queued_at: ago(60), assigned_at: ago(20) })];
  expect(sorted(all, 'waited', true, now).map((c) => c.chat_id)).toEqual([3, 2, 1]);
  expect(sorted(all, 'waited', false, now).map((c) => c.chat_id)).toEqual([2, 3, 1]);
});

it('tells agents who only wrap up from those who are free or full', () => {
  const them = [agent(1, { wrapping: 1 }), agent(2, { limit: 2, chats: [{ chat_id: 9 }], wrapping: 1 }), agent(3), agent(4, { status: 'wrap_up' }), agent(5, { status: 'meal' })];
  expect(figures([], them, now)).toMatchObject({ wrapping: 2, full: 1, available: 1, away: 1, agents: 5 });
});
