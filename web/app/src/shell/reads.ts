// How far the agent has read each chat. It is known before the server is told, and outlives a reload.
import { create } from 'zustand';
import type { Live } from '../api/live.ts';
import type { Shelf } from '../api/store.ts';

export const useReads = create<{ seen: ReadonlyMap<number, number> }>(() => ({ seen: new Map() }));

export async function loadReads(shelf: Shelf): Promise<void> {
  const kept = await shelf.reads().catch(() => new Map<number, number>());
  useReads.setState(({ seen }) => ({ seen: new Map([...kept, ...seen]) }));
}

export function markRead(shelf: Shelf, live: Live, chat: number, seq: number): void {
  const { seen } = useReads.getState();
  if ((seen.get(chat) ?? 0) >= seq) return;
  useReads.setState({ seen: new Map(seen).set(chat, seq) });
  void shelf.saveRead(chat, seq);
  live.read(chat, seq);
}
