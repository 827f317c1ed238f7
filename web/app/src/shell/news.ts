// What happened that an agent may have missed: it stays under the bell, over reloads too, until they sign out. What is going on
// stands in the list and in the transcripts; here is what is over there already, or was never on screen.
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { Key } from '../i18n/index.ts';

export interface News {
  key: Key;
  values: Record<string, string>;
  chat: number;
  at: number; // ms
}

const most = 50;

interface Kept {
  all: readonly News[]; // the newest first
  unseen: number;
}

const nobody = 'sidetone.news';

export const useNews = create<Kept>()(persist((): Kept => ({ all: [], unseen: 0 }), { name: nobody, skipHydration: true }));

// recall brings back what a person had under the bell: two people at one browser never see each other's.
export function recall(tenant: string, user: number): void {
  const name = `${nobody}/${tenant}/${user}`;
  if (useNews.persist.getOptions().name === name) return;
  useNews.persist.setOptions({ name });
  void useNews.persist.rehydrate();
}

// forgetNews is for the end of a session, by signing out or by itself: whoever sits here next sees none of it.
export function forgetNews(): void {
  useNews.setState({ all: [], unseen: 0 });
  for (const key of Object.keys(localStorage)) if (key.startsWith(nobody)) localStorage.removeItem(key);
}

// tell adds one. The same again about the same chat takes the place of the last time.
export function tell(news: News): void {
  useNews.setState(({ all, unseen }) => {
    const rest = all.filter((n) => n.chat !== news.chat || n.key !== news.key);
    const kept = [news, ...rest].slice(0, most);
    return { all: kept, unseen: Math.min(unseen + 1, kept.length) };
  });
}

// settle forgets what is not so any more: a chat that was missed came to this agent after all.
export function settle(chat: number, key: Key): void {
  useNews.setState(({ all, unseen }) => {
    const rest = all.filter((n) => n.chat !== chat || n.key !== key);
    return rest.length === all.length ? { all, unseen } : { all: rest, unseen: Math.min(unseen, rest.length) };
  });
}

export function seen(): void {
  useNews.setState({ unseen: 0 });
}

// hideNumbers leaves of the numbers in what is kept the last four digits: the tenant hides them from now on.
export function hideNumbers(): void {
  const hide = (text: string) => text.replace(/\+?\d[\d() .-]{5,}(\d{4})/g, '••• $1');
  useNews.setState(({ all }) => ({ all: all.map((n) => ({ ...n, values: Object.fromEntries(Object.entries(n.values).map(([k, v]) => [k, hide(v)])) })) }));
}
