// What the agent is writing, per chat. A draft never leaves its chat, and outlives a reload with its caret.
import { create } from 'zustand';
import type { Draft, Shelf } from '../api/store.ts';

export const useDrafts = create<{ byChat: ReadonlyMap<number, Draft>; loaded: boolean }>(() => ({ byChat: new Map(), loaded: false }));

const saveAfter = 300;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

export async function loadDrafts(shelf: Shelf): Promise<void> {
  const kept = await shelf.drafts().catch(() => new Map<number, Draft>());
  useDrafts.setState(({ byChat }) => ({ byChat: new Map([...kept, ...byChat]), loaded: true }));
}

// write keeps a draft at once in memory, and on the shelf when the typing pauses.
export function write(shelf: Shelf, chat: number, draft: Draft): void {
  useDrafts.setState(({ byChat }) => ({ byChat: new Map(byChat).set(chat, draft) }));
  clearTimeout(timers.get(chat));
  timers.set(
    chat,
    setTimeout(() => void shelf.saveDraft(chat, draft), saveAfter),
  );
}

// clear forgets a draft that was sent, on the shelf too before anything else can happen.
export function clear(shelf: Shelf, chat: number): void {
  clearTimeout(timers.get(chat));
  useDrafts.setState(({ byChat }) => {
    const rest = new Map(byChat);
    rest.delete(chat);
    return { byChat: rest };
  });
  void shelf.saveDraft(chat, { text: '', caret: 0 });
}
