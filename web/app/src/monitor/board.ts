// The boards that a supervisor watches, and how each frame changes them. Pure.
import type { Chat, QueueRef, UserRef } from '../api/protocol.ts';

export type Topic = 'chats' | 'agents' | 'queues';
export type Section = 'ongoing' | 'future' | 'previous';

export interface BoardChat extends Chat {
  section: Section;
  type: 'SMS' | 'Outbound SMS';
  start_type?: 'manual' | 'auto' | 'outbound';
  agent: UserRef | null;
  transfer?: { to: UserRef; until: string };
  ringing?: string[];
  queued_at?: string;
  dismissed_at?: string;
  ended_at?: string;
  disconnected_by?: string;
  fail_reason?: string;
}

export interface BoardAgent {
  user: UserRef;
  status: string;
  since: string;
  connected: boolean;
  limit: number;
  offered: number;
  wrapping?: number; // chats that have ended and take a slot still
  chats: { chat_id: number; response_due_at?: string }[];
  channels: string[];
  queues: number[];
  teams: string[];
}

export interface BoardQueue {
  queue: QueueRef;
  waiting: number;
  oldest_at?: string;
  estimated_wait?: number;
  ongoing: { inbound: number; outbound: number; api: number };
  agents: number;
  available: number;
  free: number;
  wait_target?: number;
  today: { answered: number; in_target: number; ended: number; expired: number };
}

interface Rows {
  chats: BoardChat;
  agents: BoardAgent;
  queues: BoardQueue;
}

export type Board<T extends Topic> = ReadonlyMap<number, Rows[T]>;

// Taken is a status that an agent took up, and when.
export interface Taken {
  status: string;
  at: number;
}

export interface Boards {
  chats?: Board<'chats'>;
  agents?: Board<'agents'>;
  queues?: Board<'queues'>;
  taken: ReadonlyMap<number, readonly Taken[]>; // by agent, what the board has shown of them
  partial: boolean;
  changes: number; // frames taken so far
}

export const noBoards: Boards = { taken: new Map(), partial: false, changes: 0 };

export interface BoardFrame {
  topic: Topic;
  rev: number;
  rows: (BoardChat | BoardAgent | BoardQueue)[];
  removed?: number[];
  partial?: boolean;
}

function keyOf(topic: Topic, row: BoardFrame['rows'][number]): number {
  if (topic === 'chats') return (row as BoardChat).chat_id;
  return topic === 'agents' ? (row as BoardAgent).user.id : (row as BoardQueue).queue.id;
}

// take makes the boards what a frame says. A snapshot forgets what was there.
export function take(boards: Boards, kind: 'snapshot' | 'delta', frame: BoardFrame): Boards {
  const held = boards[frame.topic] as ReadonlyMap<number, unknown> | undefined;
  if (kind === 'delta' && !held) return boards; // its snapshot is still on the way
  const next = new Map(kind === 'snapshot' ? [] : held);
  for (const row of frame.rows) next.set(keyOf(frame.topic, row), row);
  for (const key of frame.removed ?? []) next.delete(key);
  const partial = frame.topic === 'chats' && kind === 'snapshot' ? (frame.partial ?? false) : boards.partial;
  const taken = frame.topic === 'agents' ? noted(boards.taken, frame.rows as BoardAgent[]) : boards.taken;
  return { ...boards, [frame.topic]: next, taken, partial, changes: boards.changes + 1 };
}

// noted remembers the statuses that are new: a snapshot after a break adds to what was known.
function noted(taken: Boards['taken'], rows: readonly BoardAgent[]): Boards['taken'] {
  const next = new Map(taken);
  for (const { user, status, since } of rows) {
    const known = next.get(user.id) ?? [];
    const at = Date.parse(since);
    if (!known.some((t) => t.at === at)) next.set(user.id, [...known, { status, at }]);
  }
  return next;
}

const at = (time: string | undefined) => (time ? Date.parse(time) : undefined);

// waited is how long a chat waited for its agent, or waits; undefined when it never did.
export function waited(c: BoardChat, now: number): number | undefined {
  const from = at(c.queued_at) ?? (c.section === 'future' ? at(c.created_at) : undefined);
  if (from === undefined) return undefined;
  const to = at(c.assigned_at);
  if (c.status === 'queued' || c.status === 'selecting') return now - from;
  if (to !== undefined && to >= from) return to - from;
  return c.ended_at ? Date.parse(c.ended_at) - from : undefined;
}

// lasted is how long a chat has gone on since it began.
export function lasted(c: BoardChat, now: number): number {
  return (at(c.ended_at) ?? now) - Date.parse(c.created_at);
}

export interface Reply {
  owed: number; // ms the consumer has waited for an answer
  tone?: 'warn' | 'bad';
}

// reply is the clock of the response target: amber at three quarters of it, red past it.
export function reply(c: BoardChat, now: number): Reply | undefined {
  const due = at(c.response_due_at);
  if (due === undefined || !c.response_target || c.status !== 'assigned') return undefined;
  const owed = now - (due - c.response_target * 1000);
  const part = owed / (c.response_target * 1000);
  return { owed, tone: part > 1 ? 'bad' : part >= 0.75 ? 'warn' : undefined };
}

export function toneOfWait(ms: number, target: number | undefined): 'warn' | 'bad' | undefined {
  if (!target) return undefined;
  const part = ms / (target * 1000);
  return part > 1 ? 'bad' : part >= 0.75 ? 'warn' : undefined;
}

export interface Figures {
  waiting: number;
  waitingIn: number;
  longest: number; // ms
  longestTarget?: number; // s
  inbound: number;
  outbound: number;
  available: number;
  agents: number;
  full: number;
  wrapping: number;
  away: number;
  answered: number;
  inTarget: number;
  expired: number;
  ended: number;
}

// wrapsUp says whether all that keeps an agent busy are chats that have ended.
export function wrapsUp(a: BoardAgent): boolean {
  return a.connected && a.status === 'available' && a.chats.length === 0 && (a.wrapping ?? 0) > 0;
}

// figures are the six numbers of the head.
export function figures(queues: readonly BoardQueue[], agents: readonly BoardAgent[], now: number): Figures {
  const f: Figures = { waiting: 0, waitingIn: 0, longest: 0, inbound: 0, outbound: 0, available: 0, agents: 0, full: 0, wrapping: 0, away: 0, answered: 0, inTarget: 0, expired: 0, ended: 0 };
  for (const q of queues) {
    f.waiting += q.waiting;
    f.waitingIn += q.waiting > 0 ? 1 : 0;
    f.inbound += q.ongoing.inbound;
    f.outbound += q.ongoing.outbound + q.ongoing.api;
    f.answered += q.today.answered;
    f.inTarget += q.today.in_target;
    f.expired += q.today.expired;
    f.ended += q.today.ended;
    const wait = q.oldest_at ? now - Date.parse(q.oldest_at) : 0;
    if (wait > f.longest) {
      f.longest = wait;
      f.longestTarget = q.wait_target;
    }
  }
  for (const a of agents) {
    if (!a.connected) continue;
    f.agents++;
    if (a.status === 'wrap_up' || wrapsUp(a)) f.wrapping++;
    else if (a.status !== 'available') f.away++;
    else if (a.chats.length + a.offered + (a.wrapping ?? 0) >= a.limit) f.full++;
    else f.available++;
  }
  return f;
}

export interface Alert {
  queue: BoardQueue;
  wait: number;
  since: number; // when the target was passed
  more: number;
}

// worst is the queue that needs somebody most: over its target, those where nobody is free first.
export function worst(queues: readonly BoardQueue[], now: number): Alert | undefined {
  const over = queues
    .filter((q) => q.oldest_at && q.wait_target && now - Date.parse(q.oldest_at) > q.wait_target * 1000)
    .map((queue) => ({ queue, wait: now - Date.parse(queue.oldest_at!), since: Date.parse(queue.oldest_at!) + queue.wait_target! * 1000 }))
    .sort((a, b) => Number(a.queue.free > 0) - Number(b.queue.free > 0) || b.wait - a.wait);
  return over[0] && { ...over[0], more: over.length - 1 };
}

// found says whether a chat is what somebody typed: a number, a name, an id.
export function found(c: { chat_id: number; end_user: { name?: string; number: string } }, query: string): boolean {
  const q = query.trim().toLowerCase();
  if (q === '') return true;
  const digits = q.replace(/[^\d]/g, '');
  return (c.end_user.name ?? '').toLowerCase().includes(q) || String(c.chat_id) === q || (digits.length > 2 && c.end_user.number.includes(digits));
}

export type SortKey = 'customer' | 'id' | 'queue' | 'agent' | 'waited' | 'length' | 'reply';

// sorted orders the chats of a table; those without a value come last.
export function sorted(chats: readonly BoardChat[], by: SortKey, down: boolean, now: number): BoardChat[] {
  const value = (c: BoardChat): string | number | undefined => {
    switch (by) {
      case 'customer':
        return (c.end_user.name || c.end_user.number).toLowerCase();
      case 'id':
        return c.chat_id;
      case 'queue':
        return c.queue?.path.toLowerCase();
      case 'agent':
        return c.agent?.name.toLowerCase();
      case 'waited':
        return waited(c, now);
      case 'length':
        return lasted(c, now);
      case 'reply':
        return reply(c, now)?.owed;
    }
  };
  const sign = down ? -1 : 1;
  return chats
    .map((chat) => ({ chat, v: value(chat) }))
    .sort((a, b) => {
      if (a.v === undefined || b.v === undefined) return Number(a.v === undefined) - Number(b.v === undefined) || a.chat.chat_id - b.chat.chat_id;
      return (a.v < b.v ? -sign : a.v > b.v ? sign : 0) || a.chat.chat_id - b.chat.chat_id;
    })
    .map((x) => x.chat);
}
