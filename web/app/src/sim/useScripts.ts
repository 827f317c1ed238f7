// Plays and records scripts on the handsets of the page.
import { useEffect, useRef, useState } from 'react';
import type { Handset, SimulatorNumber } from '../api/client.ts';
import { t } from '../i18n/index.ts';
import { announce } from '../parts/announce.tsx';
import { secondsOf } from '../parts/clock.ts';
import { notice } from '../parts/toast.tsx';
import { textFrom, type TraceEvent } from './carrier.ts';
import { add, handsetsOf, opened, openOf, useBook } from './handsets.ts';
import type { FaultState } from './Network.tsx';
import { conditionOf, withCondition } from './network.ts';
import { play, sleep, type Arrival, type Mark, type Speed } from './player.ts';
import { numberNamed, write } from './recording.ts';
import { parse, type Script } from './script.ts';

export interface Run {
  script: Script;
  source: string;
  marks: Readonly<Record<number, Mark>>;
  state: 'playing' | 'good' | 'bad' | 'stopped';
}

interface Page {
  configured: readonly Handset[];
  numbers: readonly SimulatorNumber[];
  faults: FaultState;
  numberOf: (handset: string) => SimulatorNumber | undefined;
}

export function useScripts(page: Page) {
  const [run, setRun] = useState<Run | null>(null);
  const [recorded, setRecorded] = useState<number | null>(null); // events so far
  const here = useRef(page);
  here.current = page;
  const arrivals = useRef<Arrival[]>([]);
  const listeners = useRef(new Set<() => void>());
  const tape = useRef<TraceEvent[]>([]);
  const pictures = useRef(new Map<string, readonly string[]>());
  const playing = useRef<AbortController | null>(null);
  useEffect(() => () => playing.current?.abort(), []);

  // heard takes every event of the trace, in order.
  const heard = (e: TraceEvent) => {
    if (e.kind === 'text_out' && e.to && ['good', 'stuck'].includes(conditionOf(here.current.faults.of(e.to)))) {
      arrivals.current.push({ phone: e.to, text: e.text ?? '' });
      for (const l of [...listeners.current]) l();
    }
    if (recorded !== null && (e.kind === 'text_in' || e.kind === 'text_out' || e.kind === 'fault')) {
      tape.current.push(e);
      setRecorded(tape.current.length);
    }
  };

  const sent = (id: string, sources: readonly string[]) => void (sources.length > 0 && pictures.current.set(id, sources));

  const start = async (source: string, speed: Speed) => {
    const script = parse(source);
    if (script.problems.length > 0) return notice(t('script.unfit', { n: script.problems.length }));
    if (script.steps.length === 0) return;
    for (const phone of script.phones) if (!putOnTable(here.current.configured, phone)) return notice(t('script.why.refused', { text: t('script.full') }));
    const stop = new AbortController();
    playing.current?.abort();
    playing.current = stop;
    setRun({ script, source, marks: {}, state: 'playing' });
    announce(t('script.playing', { title: script.title || t('script.untitled') }));
    const good = await play(
      script.steps,
      speed,
      {
        send: async (step) => {
          const to = step.to === null ? here.current.numberOf(step.phone) : numberNamed(step.to, here.current.numbers);
          if (!to) throw new Error(t('script.noNumber', { name: step.to ?? '' }));
          useBook.setState((b) => ({ to: { ...b.to, [step.phone]: to.e164 } }));
          const sources = step.pictures.map((p) => `sample:${p}`);
          const { id } = await textFrom(step.phone, to.e164, step.body, sources);
          sent(id, sources);
        },
        network: (phone, condition) => here.current.faults.setHandset(withCondition(here.current.faults.of(phone), condition)),
        arrivals: arrivals.current,
        onArrival: (l) => {
          listeners.current.add(l);
          return () => listeners.current.delete(l);
        },
        wait: sleep,
      },
      (line, m) => playing.current === stop && setRun((r) => r && { ...r, marks: { ...r.marks, [line]: m } }),
      stop.signal,
    );
    if (playing.current !== stop) return;
    playing.current = null;
    setRun((r) => r && { ...r, state: stop.signal.aborted ? 'stopped' : good ? 'good' : 'bad' });
    announce(stop.signal.aborted ? t('script.stopped') : t(good ? 'script.good' : 'script.state.failed'));
  };

  // finish ends a recording and answers its script; null when nothing happened.
  const finish = (expectations: boolean): string | null => {
    const events = tape.current;
    setRecorded(null);
    tape.current = [];
    if (!events.some((e) => e.kind === 'text_in')) {
      notice(t('script.recordedNothing'));
      return null;
    }
    return write(events, {
      title: t('script.recordedTitle', { time: secondsOf(Date.now()) }),
      handsets: handsetsOf(here.current.configured, useBook.getState()),
      numbers: here.current.numbers,
      pictures: (id) => pictures.current.get(id) ?? [],
      expectations,
    });
  };

  return {
    run,
    recorded,
    heard,
    sent,
    play: (source: string, speed: Speed) => void start(source, speed),
    stop: () => playing.current?.abort(),
    forget: () => setRun(null),
    record: () => {
      tape.current = [];
      setRecorded(0);
    },
    finish,
  };
}

export type Scripts = ReturnType<typeof useScripts>;

// putOnTable makes sure that a script's phone is there and lies on the table.
function putOnTable(configured: readonly Handset[], phone: Handset): boolean {
  const book = useBook.getState();
  const handsets = handsetsOf(configured, book);
  if (!handsets.some((h) => h.number === phone.number)) {
    const next = add(book, handsets, phone);
    if (typeof next === 'string') return false;
    useBook.setState(next);
    return true;
  }
  useBook.setState({ open: opened(openOf(handsets, book).map((h) => h.number), phone.number) });
  return true;
}
