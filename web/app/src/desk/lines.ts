// The lines of a transcript as they are drawn: days, runs of one sender, what happened between. Pure.
import type { Row } from '../api/log.ts';
import type { ChatEvent, Message } from '../api/protocol.ts';

export type Line =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'new'; key: string }
  | { kind: 'event'; key: string; seq: number; at: string; event: ChatEvent }
  | { kind: 'system'; key: string; seq: number; at: string; message: Message }
  | { kind: 'text'; key: string; seq: number; at: string; message: Message; first: boolean; last: boolean };

const sameRun = 5 * 60_000;

// What came between the agent's last look and this one: rows past from, up to upTo.
export interface Unseen {
  from: number;
  upTo: number;
}

// draw makes the lines of rows.
export function draw(rows: readonly Row[], unseen: Unseen, dayOf: (at: string) => number): Line[] {
  const lines: Line[] = [];
  let day: number | null = null;
  let newShown = unseen.from === 0;
  let before: Line | undefined;
  for (const row of rows) {
    if (day !== dayOf(row.at)) {
      day = dayOf(row.at);
      lines.push({ kind: 'day', key: `d${row.seq}`, at: row.at });
    }
    if (row.type === 'event') {
      before = undefined;
      lines.push({ kind: 'event', key: `r${row.seq}`, seq: row.seq, at: row.at, event: row.event });
      continue;
    }
    const { message } = row;
    if (message.sender === 'system') {
      before = undefined;
      lines.push({ kind: 'system', key: `r${row.seq}`, seq: row.seq, at: row.at, message });
      continue;
    }
    if (!newShown && message.sender === 'end_user' && row.seq > unseen.from && row.seq <= unseen.upTo) {
      newShown = true;
      before = undefined;
      lines.push({ kind: 'new', key: 'new' });
    }
    const continues = before?.kind === 'text' && before.message.sender === message.sender && Date.parse(row.at) - Date.parse(before.at) < sameRun;
    if (continues && before?.kind === 'text') before.last = false;
    const line: Line = { kind: 'text', key: `r${row.seq}`, seq: row.seq, at: row.at, message, first: !continues, last: true };
    lines.push(line);
    before = line;
  }
  return lines;
}
