// Plays a script's steps. The world is handed in, so that a play is tried without phones and without waiting.
import type { Condition } from './network.ts';
import { matches, type Step } from './script.ts';

export type Speed = '1' | '5' | 'instant';

export interface Arrival {
  phone: string;
  text: string;
}

export interface World {
  send: (step: Extract<Step, { kind: 'text' }>) => Promise<unknown>;
  network: (phone: string, condition: Condition) => Promise<unknown>;
  arrivals: readonly Arrival[]; // every text that reached a handset, in order; grows
  onArrival: (listener: () => void) => () => void;
  wait: (ms: number, signal: AbortSignal) => Promise<void>; // ends early when the signal says so
}

export type Mark = { state: 'running' } | { state: 'done' } | { state: 'passed' } | { state: 'failed'; why: 'nothing' | 'other' | 'noise' | 'refused'; text?: string };

// play runs the steps in order and reports each line. A failed expectation does not end it, a text that could not be sent
// does. It answers whether everything was as expected.
export async function play(steps: readonly Step[], speed: Speed, world: World, mark: (line: number, m: Mark) => void, signal: AbortSignal): Promise<boolean> {
  const taken = new Map<string, number>(); // phone → arrivals that later expectations do not look at
  const start = world.arrivals.length;
  let good = true;
  for (const step of steps) {
    if (signal.aborted) return false;
    mark(step.line, { state: 'running' });
    const m = await run(step, speed, world, start, taken, signal);
    if (signal.aborted) return false;
    mark(step.line, m);
    if (m.state === 'failed') good = false;
    if (m.state === 'failed' && m.why === 'refused') return false;
  }
  return good;
}

async function run(step: Step, speed: Speed, world: World, start: number, taken: Map<string, number>, signal: AbortSignal): Promise<Mark> {
  switch (step.kind) {
    case 'wait':
      if (speed !== 'instant') await world.wait(step.ms / Number(speed), signal);
      return { state: 'done' };
    case 'text':
      return attempt(world.send(step));
    case 'network':
      return attempt(world.network(step.phone, step.condition));
    case 'silence': {
      const noise = await arrived(world, step.phone, world.arrivals.length, () => true, step.ms, signal);
      return noise === null ? { state: 'passed' } : { state: 'failed', why: 'noise', text: world.arrivals[noise]!.text };
    }
    case 'expect': {
      const from = taken.get(step.phone) ?? start;
      const found = await arrived(world, step.phone, from, (text) => matches(text, step.words), step.within, signal);
      if (found !== null) {
        taken.set(step.phone, found + 1);
        return { state: 'passed' };
      }
      const last = world.arrivals.slice(from).filter((a) => a.phone === step.phone).at(-1);
      return last ? { state: 'failed', why: 'other', text: last.text } : { state: 'failed', why: 'nothing' };
    }
  }
}

async function attempt(doing: Promise<unknown>): Promise<Mark> {
  try {
    await doing;
    return { state: 'done' };
  } catch (e) {
    return { state: 'failed', why: 'refused', text: e instanceof Error ? e.message : String(e) };
  }
}

// arrived waits for a text and answers its place, or null when the time is over.
async function arrived(world: World, phone: string, from: number, wanted: (text: string) => boolean, within: number, signal: AbortSignal): Promise<number | null> {
  const over = new AbortController();
  const ends = () => over.abort();
  signal.addEventListener('abort', ends);
  let next = from;
  let found: number | null = null;
  const look = () => {
    for (; next < world.arrivals.length && found === null; next++) {
      const a = world.arrivals[next]!;
      if (a.phone === phone && wanted(a.text)) found = next;
    }
    if (found !== null) over.abort();
  };
  const off = world.onArrival(look);
  look();
  if (found === null) await world.wait(within, over.signal);
  off();
  signal.removeEventListener('abort', ends);
  return found;
}

// sleep is the wait of the real world.
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
