// The boards as they are now, for whichever page of the supervisor's is open. They are watched while one is.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { create } from 'zustand';
import { client, data } from '../api/client.ts';
import { useLink } from '../api/link.ts';
import type { Frame } from '../api/protocol.ts';
import { useConnected } from '../shell/live.tsx';
import { noBoards, take, type BoardFrame, type Boards, type Taken, type Topic } from './board.ts';

interface State {
  now: Boards;
  at: number; // when the last frame came
}

const useStore = create<State>(() => ({ now: noBoards, at: 0 }));
const topics: readonly Topic[] = ['chats', 'agents', 'queues'];

// useWatching asks for the boards, again after every new connection, and gives them up with the page.
export function useWatching(): void {
  const live = useConnected()?.live;
  useEffect(() => {
    if (!live) return;
    const ask = () => topics.forEach((topic) => void live.request('watch', undefined, { topic }).catch(() => {}));
    const stop = live.listen((frame: Frame) => {
      if (frame.type === 'hello') ask();
      if (frame.type === 'snapshot' || frame.type === 'delta') {
        const { type, data } = frame as Frame & { type: 'snapshot' | 'delta' };
        useStore.setState((s) => ({ now: take(s.now, type, data as BoardFrame), at: Date.now() }));
      }
    });
    ask();
    return () => {
      stop();
      topics.forEach((topic) => void live.request('unwatch', undefined, { topic }).catch(() => {}));
      useStore.setState({ now: noBoards, at: 0 });
    };
  }, [live]);
}

// useTold is what agents did in the hour before their board was opened, by agent. It is asked for once a connection: what was
// missed while there was none is in it, and what follows comes with the board.
export function useTold(): ReadonlyMap<number, readonly Taken[]> | undefined {
  const live = useConnected()?.live;
  const { data: answer, refetch } = useQuery({ queryKey: ['monitor', 'statuses'], queryFn: () => data(client.GET('/monitor/statuses')), staleTime: 0, refetchOnWindowFocus: false });
  useEffect(() => live?.listen((frame: Frame) => frame.type === 'hello' && void refetch()), [live, refetch]);
  return useMemo(() => {
    if (!answer) return undefined;
    const by = new Map<number, Taken[]>();
    for (const { user_id, status, at } of answer.statuses) by.set(user_id, [...(by.get(user_id) ?? []), { status, at: Date.parse(at) }]);
    return by;
  }, [answer]);
}

export interface Shown {
  boards: Boards;
  at: number;
  paused: boolean;
  behind: number; // changes since the pause
  pause: (on: boolean) => void;
  away: boolean;
}

// useShown are the boards to show: as they are, or as they were when they were paused.
export function useShown(): Shown {
  const { now, at } = useStore();
  const away = useLink((l) => l.phase !== 'live');
  const [kept, keep] = useState<{ boards: Boards; at: number }>();
  const latest = useRef({ now, at });
  latest.current = { now, at };
  return {
    boards: kept?.boards ?? now,
    at: kept?.at ?? at,
    paused: kept !== undefined,
    behind: kept ? now.changes - kept.boards.changes : 0,
    pause: (on) => keep(on ? { boards: latest.current.now, at: Date.now() } : undefined),
    away,
  };
}
