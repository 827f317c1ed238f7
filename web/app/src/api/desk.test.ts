import { expect, it } from 'vitest';
import { assigned, closed, greet, wrapUpOver, type Desk } from './desk.ts';
import type { Chat, Hello } from './protocol.ts';

const now = Date.parse('2026-11-21T10:31:00Z');
const at = (s: number) => new Date(now + s * 1000).toISOString();
const chat = (chat_id: number) => ({ chat_id, status: 'assigned', queue: null, end_user: { id: 1, number: '+14155550142' }, number: '+18885550100', lang: 'en', last_seq: 3, created_at: at(-60) }) as Chat;
const hello = (more: Partial<Hello> = {}): Hello => ({ agent: { id: 2, name: 'Noor', email: 'n@x' }, status: 'available', status_since: at(-90), server_time: at(0), limit: 5, chats: [], offers: [], ...more });
const asked = { until: at(60), dispositions: ['Solved'] };
const wrapping = (desk: Desk) => Object.values(desk.chats).flatMap((c) => (c.closed?.wrap_up ? c.chat_id : []));

it('keeps a chat that is to be wrapped up, after a reload too', () => {
  const ended = closed(assigned(greet(undefined, hello(), now), chat(7)), 7, { at: now, why: 'ended', wrap_up: asked });
  expect(wrapping(ended)).toEqual([7]);
  const fresh = greet(undefined, hello({ wrap_ups: [{ chat: chat(7), ended_at: at(-5), wrap_up: asked }] }), now);
  expect(wrapping(fresh)).toEqual([7]);
  expect(fresh.chats[7]!.closed).toMatchObject({ at: now - 5000, why: 'ended' });
});

it('asks nothing any more when the time is over, or when it was said elsewhere', () => {
  const ended = closed(assigned(greet(undefined, hello(), now), chat(7)), 7, { at: now, why: 'ended', wrap_up: asked });
  expect(wrapping(wrapUpOver(ended, 7))).toEqual([]);
  expect(wrapping(greet(ended, hello(), now))).toEqual([]);
  expect(wrapUpOver(ended, 8)).toBe(ended);
});
