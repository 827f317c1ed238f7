// The agent's chats with what their transcripts say, for the list, the rail's number and the title.
import { skipToken, useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { DeskChat } from '../api/desk.ts';
import { queryKeys } from '../api/keys.ts';
import { emptyLog, type Log } from '../api/log.ts';
import { turnOf, type TextRow } from '../desk/transcript.ts';
import type { Section } from '../desk/order.ts';
import { tel } from '../parts/tel.ts';
import { useDesk } from './live.tsx';
import { useReads } from './reads.ts';

export interface Item {
  id: number;
  chat: DeskChat;
  name: string;
  section: Section;
  since: number; // ms, the server's clock
  unread: number;
  last: TextRow | null;
}

export function nameOf(chat: { end_user: { name?: string; number: string } }): string {
  return chat.end_user.name || tel(chat.end_user.number);
}

export function useItems(): Item[] {
  const desk = useDesk();
  const seen = useReads((s) => s.seen);
  const chats = useMemo(() => Object.values(desk?.chats ?? {}), [desk?.chats]);
  const logs = useQueries({
    queries: chats.map((c) => ({ queryKey: queryKeys.log(c.chat_id), queryFn: skipToken })),
    combine: (all) => all.map((q) => (q.data as Log | undefined) ?? emptyLog),
  });
  return useMemo(() => chats.map((chat, i) => itemOf(chat, logs[i] ?? emptyLog, Math.max(seen.get(chat.chat_id) ?? 0, chat.read_seq ?? 0))), [chats, logs, seen]);
}

export function itemOf(chat: DeskChat, log: Log, read: number): Item {
  const turn = turnOf(log.rows, read);
  const consumer = at(chat.last_consumer_at);
  const agent = at(chat.last_agent_at);
  const reply = turn ? turn.reply : consumer > agent;
  return {
    id: chat.chat_id,
    chat,
    name: nameOf(chat),
    section: chat.closed ? (chat.closed.wrap_up ? 'wrapUp' : 'ended') : reply ? 'reply' : 'waiting',
    since: chat.closed ? chat.closed.at : (turn?.since ?? (Math.max(consumer, agent) || at(chat.assigned_at ?? chat.created_at))),
    unread: turn?.unread ?? 0,
    last: turn?.last ?? null,
  };
}

function at(time: string | undefined): number {
  return time ? Date.parse(time) : 0;
}
