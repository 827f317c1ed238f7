import { beforeEach, describe, expect, it } from 'vitest';
import { play, type Arrival, type Mark, type Speed, type World } from './player.ts';
import { parse } from './script.ts';

const ann = '+14155550142';
const bob = '+12125550107';
const head = `phone Ann ${ann}\nphone Bob ${bob}\n`;

let arrivals: Arrival[];
let listeners: Set<() => void>;
let waits: number[];
let sent: string[];
let answers: Record<string, Arrival[]>; // what comes back for a text
let during: (() => void) | undefined; // happens in the next wait

function arrive(...all: Arrival[]): void {
  arrivals.push(...all);
  for (const l of [...listeners]) l();
}

const world = (): World => ({
  arrivals,
  send: async (step) => {
    sent.push(`${step.phone} ${step.body}`);
    if (step.body === 'refuse') throw new Error('the server answered 503');
    arrive(...(answers[step.body] ?? []));
  },
  network: async (phone, condition) => void sent.push(`${phone} is ${condition}`),
  onArrival: (l) => {
    listeners.add(l);
    return () => listeners.delete(l);
  },
  wait: async (ms, signal) => {
    waits.push(ms);
    during?.();
    during = undefined;
    if (!signal.aborted) await Promise.resolve();
  },
});

async function played(source: string, speed: Speed = '1', signal = new AbortController().signal): Promise<{ good: boolean; marks: Record<number, Mark> }> {
  const script = parse(head + source);
  expect(script.problems).toEqual([]);
  const marks: Record<number, Mark> = {};
  const good = await play(script.steps, speed, world(), (line, m) => (marks[line - 2] = m), signal);
  expect(listeners.size).toBe(0);
  return { good, marks };
}

beforeEach(() => {
  [arrivals, listeners, waits, sent, answers, during] = [[], new Set(), [], [], {}, undefined];
});

describe('a play', () => {
  it('sends, waits and finds what it expects', async () => {
    arrive({ phone: ann, text: 'Welcome, long ago' });
    answers.hi = [{ phone: bob, text: 'Welcome, Bob' }, { phone: ann, text: 'Welcome' }, { phone: ann, text: 'Reply with a number' }];
    const { good, marks } = await played('Ann: hi\nexpect "welcome"\nwait 2s\nexpect "number"\nexpect Bob "Bob"\nnetwork Ann landline');
    expect(good).toBe(true);
    expect(Object.values(marks).map((m) => m.state)).toEqual(['done', 'passed', 'done', 'passed', 'passed', 'done']);
    expect(sent).toEqual([`${ann} hi`, `${ann} is landline`]);
    expect(waits).toEqual([2000]);
  });

  it('waits for what comes late', async () => {
    during = () => arrive({ phone: bob, text: 'Welcome' }, { phone: ann, text: 'Welcome' });
    expect(await played('Ann: hi\nexpect "Welcome" within 3s')).toMatchObject({ good: true, marks: { 2: { state: 'passed' } } });
    expect(waits).toEqual([3000]);
  });

  it('does not take one text for two expectations, nor an old one', async () => {
    arrive({ phone: ann, text: 'Welcome' });
    answers.hi = [{ phone: ann, text: 'Welcome' }];
    const { good, marks } = await played('Ann: hi\nexpect "Welcome"\nexpect "Welcome"\nAnn: 1');
    expect(good).toBe(false);
    expect(marks).toMatchObject({ 2: { state: 'passed' }, 3: { state: 'failed', why: 'nothing' }, 4: { state: 'done' } });
  });

  it('says what came instead', async () => {
    answers.hi = [{ phone: ann, text: 'We are closed' }];
    expect((await played('Ann: hi\nexpect "Welcome"')).marks[2]).toEqual({ state: 'failed', why: 'other', text: 'We are closed' });
  });

  it('hears silence, and what breaks it', async () => {
    answers.hi = [{ phone: ann, text: 'before' }];
    expect((await played('Ann: hi\nexpect silence 2s')).good).toBe(true);
    during = () => arrive({ phone: bob, text: 'not mine' }, { phone: ann, text: 'boo' });
    expect((await played('Ann: hi\nexpect silence 2s')).marks[2]).toEqual({ state: 'failed', why: 'noise', text: 'boo' });
  });

  it.each([['1', [5000]], ['5', [1000]], ['instant', []]] as const)('at speed %s waits %j', async (speed, want) => {
    await played('wait 5s', speed);
    expect(waits).toEqual(want);
  });

  it('ends at a text that could not be sent', async () => {
    const { good, marks } = await played('Ann: refuse\nAnn: hi');
    expect(good).toBe(false);
    expect(marks).toEqual({ 1: { state: 'failed', why: 'refused', text: 'the server answered 503' } });
  });

  it('ends where it is stopped', async () => {
    const stop = new AbortController();
    during = () => stop.abort();
    const { good, marks } = await played('Ann: hi\nwait 5s\nAnn: more', '1', stop.signal);
    expect(good).toBe(false);
    expect(sent).toEqual([`${ann} hi`]);
    expect(marks[2]).toEqual({ state: 'running' });
  });
});
