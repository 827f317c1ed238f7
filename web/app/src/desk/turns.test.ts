import { expect, it } from 'vitest';
import type { Row } from '../api/log.ts';
import type { ChatEvent } from '../api/protocol.ts';
import { changedHands, turnsOf } from './turns.ts';

const noor = { id: 2, name: 'Noor Haddad' };
const dana = { id: 3, name: 'Dana Whitfield' };
const returns = { id: 12, name: 'Returns', path: 'Support › Returns' };
const at = (minute: number) => `2026-11-22T10:${String(minute).padStart(2, '0')}:00.000Z`;

// Each mark is named with the minute in which it was made.
function told(...marks: [minute: number, kind: string, more?: Partial<ChatEvent>][]) {
  const rows = marks.map(([minute, kind, more], i): Row => ({ seq: i + 1, at: at(minute), type: 'event', event: { kind, ...more } }));
  return turnsOf(rows);
}
const short = (turns: ReturnType<typeof turnsOf>) => turns.map((x) => `${x.kind} ${x.at.slice(14, 16)}-${x.until?.slice(14, 16) ?? ''} ${x.who?.name ?? x.queue?.path ?? ''}`.trim());

it('an agent has it from the answer until they pass it on, and what was tried stands in their turn', () => {
  const turns = told(
    [0, 'started'],
    [1, 'menu_choice'],
    [2, 'queued', { queue: returns }],
    [3, 'assigned', { user: noor }],
    [5, 'transfer', { user: noor, to: dana }],
    [6, 'transfer_failed', { user: dana, reason: 'declined' }],
    [7, 'transfer', { user: noor, to: dana }],
    [8, 'assigned', { user: dana }],
    [9, 'ended', { user: dana, by: 'disconnected_by_agent' }],
  );
  expect(short(turns)).toEqual(['menu 00-02', 'queue 02-03 Support › Returns', 'agent 03-08 Noor Haddad', 'agent 08-09 Dana Whitfield', 'ended 09-']);
  expect(turns[2]!.marks.map((r) => r.event.kind)).toEqual(['assigned', 'transfer', 'transfer_failed', 'transfer']);
  expect(changedHands(turns)).toBe(true);
});

it('a chat that lay aside comes back by the customer or by hand, and says by which', () => {
  const turns = told(
    [0, 'started'],
    [0, 'queued', { queue: returns }],
    [1, 'assigned', { user: noor }],
    [2, 'dismissed', { by: 'disconnected_by_system' }],
    [9, 'queued', { queue: returns }],
    [10, 'assigned', { user: noor }],
    [11, 'dismissed', { user: noor }],
    [12, 'resumed', { user: dana }],
    [12, 'queued', { queue: returns }],
  );
  expect(short(turns)).toEqual(['queue 00-01 Support › Returns', 'agent 01-02 Noor Haddad', 'aside 02-09', 'queue 09-10 Support › Returns', 'agent 10-11 Noor Haddad', 'aside 11-12 Noor Haddad', 'queue 12- Support › Returns']);
  expect(turns.map((x) => x.again)).toEqual([false, false, false, true, false, false, false]);
  expect(turns.at(-1)!.marks.map((r) => r.event.kind)).toEqual(['resumed', 'queued']);
});

it('what led to a turn stands in it, and a chat that stayed where it was says nothing else', () => {
  const turns = told([0, 'started'], [0, 'queued', { queue: returns }], [1, 'assigned', { user: noor }], [2, 'taken_over', { user: dana }], [2, 'assigned', { user: dana }]);
  expect(turns.at(-1)!.marks.map((r) => r.event.kind)).toEqual(['taken_over', 'assigned']);
  expect(turns.at(-1)!.until).toBeUndefined();
  expect(changedHands(turns)).toBe(true);
  expect(changedHands(told([0, 'started'], [0, 'queued'], [1, 'assigned', { user: noor }], [2, 'ended']))).toBe(false);
});
