// The agent's chats with what their transcripts say, for the list, the rail's number and the title.
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { Desk, DeskChat } from '../api/desk.ts';
import { queryKeys } from '../api/keys.ts';
import { emptyLog, type Log } from '../api/log.ts';
import { turnOf, wasHanded, type TextRow } from '../desk/transcript.ts';
import type { Section } from '../desk/order.ts';
import { tel } from '../parts/tel.ts';
import { useReads } from './reads.ts';

export interface Item {
  id: number;
  chat: DeskChat;
  name: string;
  section: Section;
  since: number; // ms, the server's clock
  unread: number;
  last: TextRow | null;
  handed: boolean; // a colleague had it before
}

export function nameOf(chat: { end_user: { name?: string; number: string } }): string {
  return chat.end_user.name || tel(chat.end_user.number);
}

// Items holds them for a cache. It makes anew those alone of which something changed, and tells once what came together:
// every frame of the socket changes one chat, and there may be hundreds.
class Items {
  private held: readonly Item[] = [];
  private readonly sources = new Map<number, { log: Log; read: number; item: Item }>();
  private readonly changed = new Set<number>(); // chats whose log did
  private stale = true;
  private telling = false;
  private readonly listeners = new Set<() => void>();
  private leave: (() => void) | undefined;

  constructor(private readonly cache: QueryClient) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.leave ??= this.watch();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.leave?.();
      this.leave = undefined;
    };
  };

  readonly snapshot = (): readonly Item[] => {
    if (this.stale || !this.leave) this.make();
    return this.held;
  };

  // waiting counts the chats that need a reply.
  readonly waiting = (): number => this.snapshot().filter((i) => i.section === 'reply').length;

  private watch(): () => void {
    this.stale = true;
    for (const id of this.sources.keys()) this.changed.add(id); // who knows what happened since
    const left = [
      this.cache.getQueryCache().subscribe(({ type, query: { queryKey } }) => {
        if (type !== 'updated' && type !== 'removed') return;
        if (queryKey[0] === 'log') this.changed.add(queryKey[1] as number);
        else if (queryKey[0] !== queryKeys.desk[0]) return;
        this.touch();
      }),
      useReads.subscribe(() => this.touch()),
    ];
    return () => left.forEach((leave) => leave());
  }

  private touch(): void {
    this.stale = true;
    if (this.telling) return;
    this.telling = true;
    queueMicrotask(() => {
      this.telling = false;
      for (const listener of this.listeners) listener();
    });
  }

  private make(): void {
    const chats = Object.values(this.cache.getQueryData<Desk>(queryKeys.desk)?.chats ?? {});
    const { seen } = useReads.getState();
    const items = chats.map((chat) => this.itemFor(chat, Math.max(seen.get(chat.chat_id) ?? 0, chat.read_seq ?? 0)));
    this.changed.clear();
    this.stale = false;
    if (items.length === this.held.length && items.every((item, i) => item === this.held[i])) return;
    this.held = items;
    const here = new Set(items.map((i) => i.id));
    for (const id of this.sources.keys()) if (!here.has(id)) this.sources.delete(id);
  }

  private itemFor(chat: DeskChat, read: number): Item {
    const id = chat.chat_id;
    const held = this.sources.get(id);
    const log = held && this.leave && !this.changed.has(id) ? held.log : (this.cache.getQueryData<Log>(queryKeys.log(id)) ?? emptyLog);
    if (held?.item.chat === chat && held.log === log && held.read === read) return held.item;
    const item = itemOf(chat, log, read);
    this.sources.set(id, { log, read, item });
    return item;
  }
}

const ofCache = new WeakMap<QueryClient, Items>();

export function itemsOf(cache: QueryClient): Items {
  const held = ofCache.get(cache) ?? new Items(cache);
  ofCache.set(cache, held);
  return held;
}

export function useItems(): readonly Item[] {
  const items = itemsOf(useQueryClient());
  return useSyncExternalStore(items.subscribe, items.snapshot);
}

// useWaiting is how many chats need a reply.
export function useWaiting(): number {
  const items = itemsOf(useQueryClient());
  return useSyncExternalStore(items.subscribe, items.waiting);
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
    handed: wasHanded(log.rows),
  };
}

function at(time: string | undefined): number {
  return time ? Date.parse(time) : 0;
}
