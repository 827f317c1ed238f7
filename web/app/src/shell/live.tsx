// The one connection of the tab, for every page below the shell.
import { useQuery, useQueryClient, skipToken, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { getSession, type Session } from '../api/client.ts';
import type { Desk } from '../api/desk.ts';
import { queryKeys } from '../api/keys.ts';
import { Live, type Heard, type Outgoing } from '../api/live.ts';
import { emptyLog, type Log } from '../api/log.ts';
import { memoryShelf, openShelf, type Shelf } from '../api/store.ts';
import { announce } from '../parts/announce.tsx';
import { useUi } from '../ui.ts';
import { hideNumbers } from './news.ts';

interface Connected {
  live: Live;
  shelf: Shelf;
}

// Connection is the tab's, for a part that is shown alone.
export const Connection = createContext<Connected | null>(null);

// What comes by socket stays until the tab closes, is never refetched, and is replaced as it is.
export function keepLiveData(cache: QueryClient): void {
  for (const key of [queryKeys.desk, ['log'], queryKeys.outbox]) {
    cache.setQueryDefaults(key, { gcTime: Infinity, staleTime: Infinity, structuralSharing: false });
  }
}

// resight drops what was asked for while numbers were shown otherwise: what is on screen is asked for anew. What comes by the
// socket has just come anew, and the texts of a transcript hold no numbers of ours.
function resight(cache: QueryClient, masked: boolean): void {
  const kept = [queryKeys.session, queryKeys.desk, ['log'], queryKeys.outbox].map(([first]) => first);
  const dropped = { predicate: ({ queryKey: [first] }: { queryKey: readonly unknown[] }) => !kept.includes(first as string) };
  cache.removeQueries({ ...dropped, type: 'inactive' });
  void cache.resetQueries({ ...dropped, type: 'active' });
  void cache.fetchQuery({ queryKey: queryKeys.session, queryFn: getSession, staleTime: 0 }).catch(() => {}); // the pages somebody may see
  useUi.setState({ revealed: null });
  if (!masked) return;
  hideNumbers();
  for (const how of ['polite', 'assertive'] as const) announce('', how); // what was said last stands there still
}

export function LiveProvider({ session, heard, children }: { session: Session; heard: Heard; children: ReactNode }) {
  const cache = useQueryClient();
  const [connected, setConnected] = useState<Connected | null>(null);
  const { id } = session.user;
  const { subdomain } = session.tenant;

  useEffect(() => {
    let live: Live | undefined;
    let gone = false;
    void openShelf(subdomain, id)
      .catch(memoryShelf)
      .then((shelf) => {
        if (gone) return;
        const url = new URL('/ws/agent', location.href);
        url.protocol = url.protocol.replace('http', 'ws');
        live = new Live({ url: url.href, cache, shelf, heard, signedIn: async () => (await getSession()) !== null, resight: (masked) => resight(cache, masked) });
        setConnected({ live, shelf });
        void live.start();
      });
    return () => {
      gone = true;
      live?.stop();
    };
  }, [cache, heard, id, subdomain]);

  return <Connection value={connected}>{children}</Connection>;
}

export function useConnected(): Connected | null {
  return useContext(Connection);
}

export function useDesk(): Desk | undefined {
  return useQuery<Desk>({ queryKey: queryKeys.desk, queryFn: skipToken }).data;
}

export function useLog(chat: number): Log {
  return useQuery<Log>({ queryKey: queryKeys.log(chat), queryFn: skipToken }).data ?? emptyLog;
}

const none: Outgoing[] = [];

export function useOutbox(): readonly Outgoing[] {
  return useQuery<Outgoing[]>({ queryKey: queryKeys.outbox, queryFn: skipToken }).data ?? none;
}
