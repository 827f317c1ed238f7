import { expect, it } from 'vitest';
import { crossed, urgency, type Crossings } from './target.ts';

it.each([
  [0, 120, 'calm'],
  [89_999, 120, 'calm'],
  [90_000, 120, 'near'],
  [120_000, 120, 'near'],
  [120_001, 120, 'over'],
  [5_001, 5, 'over'],
  [86_400_000, 0, 'calm'],
  [86_400_000, undefined, 'calm'],
] as const)('a customer who waited %i ms with a target of %s s is %s', (waited, target, want) => {
  expect(urgency(waited, target)).toBe(want);
});

it('a clock that turns is said once for each color, and none that had turned before', () => {
  const at = (s: number) => Date.UTC(2026, 0, 1) + s * 1000;
  const chat = (id: number, since: number, section: 'reply' | 'waiting' = 'reply') => ({ id, name: `Customer ${id}`, section, since: at(since), chat: { response_target: 120, created_at: new Date(at(0)).toISOString() } as never });
  let held: Crossings = new Map();
  const look = (s: number, ...chats: ReturnType<typeof chat>[]) => {
    const { crossings, fresh } = crossed(held, chats, at(s));
    held = crossings;
    return fresh.map(({ item, how }) => `${item.id} ${how}`);
  };
  expect(look(100, chat(1, 0), chat(2, 50))).toEqual([]);
  expect(look(139, chat(1, 0), chat(2, 50))).toEqual(['1 over']);
  expect(look(140, chat(1, 0), chat(2, 50))).toEqual(['2 near']);
  expect(look(171, chat(1, 0), chat(2, 50))).toEqual(['2 over']);
  expect(look(200, chat(1, 0), chat(2, 180, 'waiting'))).toEqual([]);
  expect(look(260, chat(1, 0), chat(2, 230))).toEqual([]);
  expect(look(330, chat(1, 0), chat(2, 230))).toEqual(['2 near']);
});
