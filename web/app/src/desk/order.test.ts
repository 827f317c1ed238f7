import { describe, expect, it } from 'vitest';
import { settle, wanted, type Place, type Section, type Sortable } from './order.ts';

const chat = (id: number, section: Section, since: number): Sortable => ({ id, section, since });
const ids = (places: readonly Place[]) => places.map((p) => p.id);

describe('the list', () => {
  it('puts who waits for us first, longest first, then who owes us a text, latest first', () => {
    const chats = [chat(1, 'waiting', 100), chat(2, 'reply', 300), chat(3, 'reply', 200), chat(4, 'waiting', 400), chat(5, 'ended', 1)];
    expect(ids(wanted(chats))).toEqual([3, 2, 4, 1, 5]);
  });

  it('breaks a tie by chat, so that two draws never differ', () => {
    expect(ids(wanted([chat(2, 'reply', 5), chat(1, 'reply', 5)]))).toEqual([1, 2]);
  });
});

describe('a held list', () => {
  const shown = wanted([chat(1, 'reply', 1), chat(2, 'reply', 2), chat(3, 'waiting', 3)]);

  it('does not move, and says how many would', () => {
    const want = wanted([chat(1, 'waiting', 9), chat(2, 'reply', 2), chat(3, 'waiting', 3)]);
    expect(settle(shown, want, true)).toEqual({ places: shown, moved: 1 });
    expect(settle(shown, want, false)).toEqual({ places: want, moved: 0 });
  });

  it('lets a chat go when it is gone', () => {
    expect(ids(settle(shown, wanted([chat(1, 'reply', 1), chat(3, 'waiting', 3)]), true).places)).toEqual([1, 3]);
  });

  it('takes a new chat at the end of its section', () => {
    const want = wanted([chat(1, 'reply', 1), chat(2, 'reply', 2), chat(3, 'waiting', 3), chat(4, 'reply', 0)]);
    const { places, moved } = settle(shown, want, true);
    expect(ids(places)).toEqual([1, 2, 4, 3]);
    expect(moved).toBe(1);
  });

  it('does not let a chat that has ended ask for a reply', () => {
    const ended = settle(shown, wanted([chat(1, 'ended', 9), chat(2, 'reply', 2), chat(3, 'waiting', 3)]), true);
    expect(ended).toEqual({ places: [chat(2, 'reply', 0), chat(3, 'waiting', 0), chat(1, 'ended', 0)].map(({ id, section }) => ({ id, section })), moved: 0 });
    const wrapped = settle(ended.places, wanted([chat(1, 'ended', 9), chat(2, 'wrapUp', 2), chat(3, 'waiting', 3)]), true);
    expect(wrapped.places.map((p) => [p.id, p.section])).toEqual([
      [3, 'waiting'],
      [2, 'wrapUp'],
      [1, 'ended'],
    ]);
  });

  it('that moved away and back has nothing to say', () => {
    expect(settle(shown, shown, true)).toEqual({ places: shown, moved: 0 });
  });
});
