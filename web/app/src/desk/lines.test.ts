import { describe, expect, it } from 'vitest';
import type { Row } from '../api/log.ts';
import type { Message } from '../api/protocol.ts';
import { draw } from './lines.ts';

const text = (seq: number, sender: Message['sender'], at: string): Row => ({
  seq,
  at,
  type: 'message',
  message: { id: seq, sender, kind: 'chat', text: '', status: 'received', segments: 1 },
});
const nothing = { from: 0, upTo: 0 };
const dayOf = (at: string) => Date.parse(at.slice(0, 10));

describe('the lines', () => {
  it('group a run of one sender and part it after five minutes', () => {
    const lines = draw(
      [
        text(1, 'end_user', '2026-11-21T10:00:00Z'),
        text(2, 'end_user', '2026-11-21T10:01:00Z'),
        text(3, 'agent', '2026-11-21T10:02:00Z'),
        text(4, 'agent', '2026-11-21T10:09:00Z'),
      ],
      nothing,
      dayOf,
    );
    const runs = lines.flatMap((l) => (l.kind === 'text' ? [[l.first, l.last]] : []));
    expect(runs).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });

  it('name a day once', () => {
    const lines = draw([text(1, 'end_user', '2026-11-20T23:59:00Z'), text(2, 'end_user', '2026-11-21T00:01:00Z')], nothing, dayOf);
    expect(lines.map((l) => l.kind)).toEqual(['day', 'text', 'day', 'text']);
  });

  it('say New once, before the first unseen text of the customer', () => {
    const rows = [text(1, 'end_user', '2026-11-21T10:00:00Z'), text(2, 'agent', '2026-11-21T10:01:00Z'), text(3, 'end_user', '2026-11-21T10:02:00Z'), text(4, 'end_user', '2026-11-21T10:03:00Z')];
    expect(draw(rows, { from: 1, upTo: 4 }, dayOf).map((l) => l.kind)).toEqual(['day', 'text', 'text', 'new', 'text', 'text']);
    expect(draw(rows, { from: 3, upTo: 3 }, dayOf).map((l) => l.kind)).not.toContain('new');
  });
});
