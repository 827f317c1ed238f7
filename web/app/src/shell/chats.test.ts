import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Desk } from '../api/desk.ts';
import { queryKeys } from '../api/keys.ts';
import { addAll, emptyLog, type Row } from '../api/log.ts';
import type { Chat } from '../api/protocol.ts';
import { itemsOf } from './chats.ts';
import { keepLiveData } from './live.tsx';
import { useReads } from './reads.ts';

const at = '2026-11-21T10:31:00Z';
const chat = (chat_id: number): Chat => ({ chat_id, status: 'assigned', queue: null, end_user: { id: chat_id, number: '+14155550142' }, number: '+18885550100', lang: 'en', last_seq: 0, created_at: at });
const text = (seq: number, sender: 'end_user' | 'agent'): Row => ({ seq, at, type: 'message', message: { id: seq, sender, kind: 'chat', text: `text ${seq}`, status: 'received', segments: 1 } });

let cache: QueryClient;
let told: number;
let leave: () => void;

const items = () => itemsOf(cache).snapshot();
const write = (of: number, ...rows: Row[]) => cache.setQueryData(queryKeys.log(of), addAll(cache.getQueryData(queryKeys.log(of)) ?? emptyLog, rows));
const settled = () => Promise.resolve();

beforeEach(() => {
  cache = new QueryClient();
  keepLiveData(cache);
  useReads.setState({ seen: new Map() });
  cache.setQueryData(queryKeys.desk, { agent: { id: 2, name: 'Noor', email: 'n@x' }, status: 'available', statusSince: 0, limit: 5, offset: 0, offers: [], chats: { 7: chat(7), 8: chat(8) } } satisfies Desk);
  told = 0;
  leave = itemsOf(cache).subscribe(() => told++);
});

afterEach(() => leave());

it('a row makes anew the chat that it belongs to, and no other', async () => {
  const [seven, eight] = items();
  write(8, text(1, 'end_user'));
  await settled();
  expect(items()[0]).toBe(seven);
  expect(items()[1]).not.toBe(eight);
  expect(items()[1]).toMatchObject({ section: 'reply', unread: 1 });
});

it('rows of many chats are told once', async () => {
  for (const of of [7, 8]) for (let seq = 1; seq <= 100; seq++) write(of, text(seq, 'end_user'));
  await settled();
  expect(told).toBe(1);
  expect(items().map((i) => i.unread)).toEqual([100, 100]);
});

it('news that change no chat leave the list as it is', async () => {
  const before = items();
  cache.setQueryData<Desk>(queryKeys.desk, (d) => ({ ...d!, status: 'meal' }));
  cache.setQueryData(queryKeys.outbox, []);
  await settled();
  expect(items()).toBe(before);
});

it('what was read is unread no more', async () => {
  write(7, text(1, 'end_user'), text(2, 'end_user'));
  useReads.setState({ seen: new Map([[7, 2]]) });
  await settled();
  expect(items()[0]).toMatchObject({ unread: 0, section: 'reply' });
  expect(itemsOf(cache).waiting()).toBe(1);
});

it('what happened while nobody listened is there afterwards', async () => {
  items();
  leave();
  write(7, text(1, 'end_user'));
  expect(items()[0]!.unread).toBe(1);
  write(7, text(2, 'end_user'));
  leave = itemsOf(cache).subscribe(() => told++);
  expect(items()[0]!.unread).toBe(2);
  cache.clear();
  expect(items()).toEqual([]);
});
