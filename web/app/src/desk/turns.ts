// Who had a chat when: each turn of an agent, each wait in a queue, each time it lay aside (spec 6, 4.1: resume history). Pure.
import type { Row } from '../api/log.ts';
import type { ChatEvent, QueueRef, UserRef } from '../api/protocol.ts';

export type EventRow = Extract<Row, { type: 'event' }>;

export interface Turn {
  kind: 'menu' | 'queue' | 'agent' | 'aside' | 'ended';
  seq: number; // of the mark that began it
  at: string;
  until?: string; // absent: it is so now
  who?: UserRef;
  queue?: QueueRef;
  again: boolean; // the customer wrote in a chat that lay aside
  marks: EventRow[]; // what led to it and what was tried in it
}

const begins: Record<string, Turn['kind']> = { started: 'menu', queued: 'queue', assigned: 'agent', dismissed: 'aside', ended: 'ended' };
const leads = ['resumed', 'taken_over', 'moved']; // to the turn that follows
const tried = ['transfer', 'transfer_failed'];

export function turnsOf(rows: readonly Row[]): Turn[] {
  const turns: Turn[] = [];
  let before: EventRow[] = [];
  for (const row of rows) {
    if (row.type !== 'event') continue;
    const { kind, user, queue } = row.event;
    const now = turns.at(-1);
    if (tried.includes(kind)) now?.marks.push(row);
    if (leads.includes(kind)) before.push(row);
    const turn = begins[kind];
    if (!turn) continue;
    if (now) now.until = row.at;
    const resumed = before.some((r) => r.event.kind === 'resumed');
    turns.push({ kind: turn, seq: row.seq, at: row.at, ...(turn !== 'ended' && { who: user }), queue, again: turn === 'queue' && now?.kind === 'aside' && !resumed, marks: [...before, row] });
    before = [];
  }
  return turns.filter((x) => x.kind !== 'menu' || x.until === undefined || x.until > x.at); // a leaf's number shows no menu
}

// changedHands: somebody laid it aside, took it back or passed it on.
export const changedHands = (turns: readonly Turn[]): boolean =>
  turns.some((x) => x.kind === 'aside' || x.marks.some((r) => passes(r.event)));

const passes = (e: ChatEvent) => e.kind === 'transfer' || e.kind === 'taken_over' || e.kind === 'moved';
