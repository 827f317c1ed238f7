import { describe, expect, it } from 'vitest';
import type { Row } from '../api/log.ts';
import type { Message } from '../api/protocol.ts';
import { flagOf, fold, turnOf, waitBefore, wasHanded } from './transcript.ts';

const at = (minute: number) => `2026-11-21T10:${String(minute).padStart(2, '0')}:00Z`;
const rows = (...parts: ((seq: number) => Row)[]): Row[] => parts.map((p, i) => p(i + 1));
const text =
  (sender: Message['sender'], body: string, minute = 0, kind = 'chat') =>
  (seq: number): Row => ({ seq, at: at(minute), type: 'message', message: { id: seq, sender, kind, text: body, status: 'received', segments: 1 } });
const event =
  (kind: string, minute = 0) =>
  (seq: number): Row => ({ seq, at: at(minute), type: 'event', event: { kind } });

const menuChat = rows(
  event('started'),
  text('end_user', 'Hi, a mug arrived chipped', 31),
  text('system', 'Fernhill: …', 31, 'greeting'),
  text('system', '1 Orders, 2 Returns', 31, 'menu'),
  text('end_user', '9', 32),
  text('system', 'Not one of these. 1 Orders, 2 Returns', 32, 'invalid_choice'),
  text('end_user', '2', 33),
  event('menu_choice', 33),
  event('queued', 33),
  text('end_user', 'hello?', 34),
  event('assigned', 35),
);

describe('the opening', () => {
  it('folds what machines said and what answered them, and shows what the customer wrote', () => {
    const { opening, body } = fold(menuChat);
    expect(body.flatMap((r) => (r.type === 'message' ? [r.message.text] : [r.event.kind]))).toEqual(['Hi, a mug arrived chipped', 'hello?', 'assigned']);
    expect(opening).toHaveLength(8);
  });
});

describe('whose turn it is', () => {
  it('the customer waits since their first unanswered text', () => {
    expect(turnOf(menuChat, 0)).toMatchObject({ reply: true, since: Date.parse(at(31)), unread: 2 });
  });

  it('a second text of theirs does not restart the clock', () => {
    const before = turnOf(menuChat, 0)!;
    const after = turnOf([...menuChat, text('end_user', 'hello??', 36)(12)], 0)!;
    expect(after.since).toBe(before.since);
    expect(after.unread).toBe(3);
  });

  it('our text turns it, and a second one of ours changes nothing', () => {
    const once = [...menuChat, text('agent', 'Hi', 37)(12)];
    const twice = [...once, text('agent', 'So sorry', 38)(13)];
    expect(turnOf(once, 10)).toMatchObject({ reply: false, since: Date.parse(at(37)), unread: 0 });
    expect(turnOf(twice, 10)?.since).toBe(Date.parse(at(37)));
  });

  it('a text of a machine turns nothing', () => {
    expect(turnOf([...menuChat, text('system', 'One moment', 37, 'wait')(12)], 0)?.reply).toBe(true);
  });

  it('nobody has written: nobody waits', () => {
    expect(turnOf(rows(event('started'), event('assigned')), 0)).toBeNull();
  });
});

describe('a flag', () => {
  it('stands until it is decided', () => {
    const flagged = [...menuChat, event('flag', 40)(12)];
    expect(flagOf(flagged)?.seq).toBe(12);
    expect(flagOf([...flagged, event('flag_cleared', 41)(13)])).toBeNull();
    expect(flagOf([...flagged, event('opted_out', 41)(13)])).toBeNull();
  });
});

it('the wait before an answer counts from the queue', () => {
  expect(waitBefore(menuChat, 11)).toBe(2 * 60_000);
});

it('a chat was handed over once somebody took it, and not while they are asked', () => {
  const asked = [event('assigned', 1), event('transfer', 2)];
  expect(wasHanded(rows(...asked))).toBe(false);
  expect(wasHanded(rows(...asked, event('transfer_failed', 3), event('assigned', 4)))).toBe(false);
  expect(wasHanded(rows(...asked, event('assigned', 3)))).toBe(true);
});
