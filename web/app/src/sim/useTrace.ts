// The carrier's events as they happen. The stream starts with what is remembered and goes on after a break where it
// stopped, so nothing is missed or shown twice.
import { useEffect, useRef, useState } from 'react';
import { eventKinds, type TraceEvent } from './carrier.ts';

const kept = 2000;

export interface Trace {
  events: readonly TraceEvent[]; // newest first
  connected: boolean;
  clear: () => void;
}

export function useTrace(heard: (e: TraceEvent) => void): Trace {
  const [events, setEvents] = useState<readonly TraceEvent[]>([]);
  const [connected, setConnected] = useState(true);
  const latest = useRef(heard);
  latest.current = heard;

  useEffect(() => {
    const stream = new EventSource('/sim/events');
    let last = 0;
    let waiting: TraceEvent[] = [];
    let frame = 0;
    const flush = () => {
      frame = 0;
      const news = waiting.reverse();
      waiting = [];
      setEvents((all) => [...news, ...all].slice(0, kept));
    };
    const take = (m: MessageEvent<string>) => {
      const e = JSON.parse(m.data) as TraceEvent;
      if (e.n <= last) return;
      last = e.n;
      latest.current(e);
      waiting.push(e);
      frame ||= requestAnimationFrame(flush);
    };
    for (const kind of eventKinds) stream.addEventListener(kind, take);
    stream.onopen = () => setConnected(true);
    stream.onerror = () => setConnected(false);
    return () => {
      cancelAnimationFrame(frame);
      stream.close();
    };
  }, []);

  return { events, connected, clear: () => setEvents([]) };
}
