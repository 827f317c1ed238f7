// What a chat's rows mean for the desk. Pure.
import type { ChatEvent, Message } from '../api/protocol.ts';
import type { Row } from '../api/log.ts';

export interface TextRow {
  seq: number;
  at: string;
  message: Message;
}

// openingLength counts the rows before an agent had the chat: greeting, menus, choices, queue.
function openingLength(rows: readonly Row[]): number {
  const first = rows.findIndex((r) => r.type === 'event' && r.event.kind === 'assigned');
  return first < 0 ? rows.length : first;
}

// isMenuReply tells a text that answered a menu ("2") from one that an agent should read: what follows it is the choice,
// or the menu saying that it was none.
function isMenuReply(rows: readonly Row[], i: number): boolean {
  const row = rows[i]!;
  if (row.type !== 'message' || row.message.sender !== 'end_user') return false;
  for (let j = i + 1; j < rows.length; j++) {
    const next = rows[j]!;
    if (next.type === 'event') {
      if (next.event.kind === 'menu_choice') return true;
      if (next.event.kind === 'started') continue;
      return false;
    }
    if (next.message.sender === 'end_user') return false;
    return next.message.kind === 'invalid_choice';
  }
  return false;
}

export interface Parts {
  opening: readonly Row[]; // folded into one line
  body: readonly Row[]; // what people wrote, and what happened since an agent has it
}

// fold takes the automated opening out of a transcript.
export function fold(rows: readonly Row[]): Parts {
  const length = openingLength(rows);
  const opening: Row[] = [];
  const body: Row[] = [];
  rows.forEach((row, i) => {
    const written = row.type === 'message' && row.message.sender !== 'system' && !isMenuReply(rows, i);
    (i < length && !written ? opening : body).push(row);
  });
  return { opening, body };
}

export interface Turn {
  reply: boolean; // the customer waits for us
  since: number; // ms: their first unanswered text, or our first text after theirs
  last: TextRow | null; // the last text of a person
  unread: number;
}

// turnOf says whose turn it is. It changes only when the other side writes, which keeps the list still.
export function turnOf(rows: readonly Row[], read: number): Turn | null {
  const length = openingLength(rows);
  let turn: Turn | null = null;
  let unread = 0;
  rows.forEach((row, i) => {
    if (row.type !== 'message' || row.message.sender === 'system' || (i < length && isMenuReply(rows, i))) return;
    const reply = row.message.sender === 'end_user';
    if (!reply) unread = 0;
    else if (row.seq > read) unread++;
    turn = { reply, since: turn?.reply === reply ? turn.since : Date.parse(row.at), last: row, unread };
  });
  return turn && { ...(turn as Turn), unread };
}

export interface Flag {
  seq: number;
  text?: string;
}

// flagOf is the text that reads like a request to stop and waits for a decision (spec 1.3, tier 3).
export function flagOf(rows: readonly Row[]): Flag | null {
  let flag: Flag | null = null;
  for (const row of rows) {
    if (row.type !== 'event') continue;
    if (row.event.kind === 'flag') flag = { seq: row.seq, text: row.event.text };
    if (row.event.kind === 'flag_cleared' || row.event.kind === 'opted_out' || row.event.kind === 'ended') flag = null;
  }
  return flag;
}

export function eventOf(rows: readonly Row[], kind: string): { at: string; event: ChatEvent } | null {
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i]!;
    if (row.type === 'event' && row.event.kind === kind) return row;
  }
  return null;
}

// wasHanded: a colleague passed the chat on, and somebody took it.
export function wasHanded(rows: readonly Row[]): boolean {
  let asked = false;
  for (const row of rows) {
    if (row.type !== 'event') continue;
    if (row.event.kind === 'transfer') asked = true;
    if (row.event.kind === 'transfer_failed') asked = false;
    if (row.event.kind === 'assigned' && asked) return true;
  }
  return false;
}

// waitBefore is how long the customer waited for the answer at a row: from the queue, or from the start.
export function waitBefore(rows: readonly Row[], seq: number): number | null {
  let from: string | null = null;
  for (const row of rows) {
    if (row.seq >= seq) return from === null ? null : Date.parse(row.at) - Date.parse(from);
    if (row.type === 'event' && row.event.kind === 'queued') from = row.at;
  }
  return null;
}

export function lastOwnSeq(rows: readonly Row[]): number {
  return rows.findLast((r) => r.type === 'message' && r.message.sender === 'agent')?.seq ?? 0;
}
