// A chat's transcript as this browser holds it: rows without gaps, whatever order or however often they arrive.
import type { ChatEvent, Media, Message, MessageError, MessageStatus } from './protocol.ts';

export type Row = { seq: number; at: string } & ({ type: 'message'; message: Message } | { type: 'event'; event: ChatEvent });

export interface Log {
  rows: readonly Row[]; // seq 1, 2, 3 … without gaps
  ahead: ReadonlyMap<number, Row>; // rows past a gap, waiting for it to close
  early: ReadonlyMap<number, Receipt>; // receipts of messages not seen yet
}

export interface Receipt {
  status: MessageStatus;
  error?: MessageError;
  media?: Media[]; // as they stand now
}

export const emptyLog: Log = { rows: [], ahead: new Map(), early: new Map() };

// head is the highest seq without a gap below it: what resume asks from.
export function head(log: Log): number {
  return log.rows.length;
}

// add takes one row; a row already held changes nothing.
export function add(log: Log, row: Row): Log {
  return addAll(log, [row]);
}

// addAll takes rows as they came, with one new list for all of them.
export function addAll(log: Log, news: readonly Row[]): Log {
  const at = head(log);
  const fresh = news.filter((r) => r.seq > at);
  const told = news.filter((r) => r.seq <= at).reduce((l, r) => (r.type === 'message' ? receive(l, r.message.id, r.message) : l), log);
  if (fresh.length === 0) return told;

  const ahead = new Map(told.ahead);
  for (const row of fresh) ahead.set(row.seq, latest(ahead.get(row.seq), row));
  if (!ahead.has(at + 1)) return { ...told, ahead };

  const rows = [...told.rows];
  const early = new Map(told.early);
  for (let next = ahead.get(at + 1); next; next = ahead.get(rows.length + 1)) {
    ahead.delete(next.seq);
    rows.push(settle(next, early));
  }
  return { rows, ahead, early };
}

// gap tells whether a row is missing between what is held.
export function gap(log: Log): boolean {
  return log.ahead.size > 0;
}

// receive moves a message's status, only ever forward (spec 1.6).
export function receive(log: Log, id: number, receipt: Receipt): Log {
  for (let i = log.rows.length - 1; i >= 0; i--) {
    const row = log.rows[i]!;
    if (row.type !== 'message' || row.message.id !== id) continue;
    const message = advance(row.message, receipt);
    if (message === row.message) return log;
    const rows = [...log.rows];
    rows[i] = { ...row, message };
    return { ...log, rows };
  }
  const held = log.early.get(id);
  if (held && rank(held.status) >= rank(receipt.status)) return log;
  return { ...log, early: new Map(log.early).set(id, { status: receipt.status, error: receipt.error, media: receipt.media }) };
}

// underWay tells whether something may still become of a text of ours.
export function underWay(log: Log): boolean {
  return log.rows.some((r) => r.type === 'message' && ['queued', 'sending', 'sent'].includes(r.message.status));
}

// latest is a row that came twice: its text's status as far as either knows.
function latest(held: Row | undefined, row: Row): Row {
  return held?.type === 'message' && row.type === 'message' ? { ...held, message: advance(held.message, row.message) } : row;
}

function settle(row: Row, early: Map<number, Receipt>): Row {
  if (row.type !== 'message') return row;
  const receipt = early.get(row.message.id);
  if (!receipt) return row;
  early.delete(row.message.id);
  return { ...row, message: advance(row.message, receipt) };
}

const order: MessageStatus[] = ['received', 'queued', 'sending', 'sent', 'expired', 'cancelled', 'failed', 'undelivered', 'delivered'];

function rank(status: MessageStatus): number {
  return order.indexOf(status);
}

function advance(message: Message, receipt: Receipt): Message {
  const step = rank(receipt.status) - rank(message.status);
  const media = settled(message.media, receipt.media);
  if (step < 0 || (step === 0 && receipt.error?.code === message.error?.code)) return media === message.media ? message : { ...message, media };
  return { ...message, status: receipt.status, error: receipt.error, media };
}

// settled takes news of files; what was there already is not fetched again.
function settled(held: Media[] | undefined, told: Media[] | undefined): Media[] | undefined {
  if (!told || JSON.stringify(told) === JSON.stringify(held)) return held;
  const waiting = (all: Media[]) => all.filter((m) => m.state === 'fetching').length;
  return held && waiting(told) > waiting(held) ? held : told;
}
