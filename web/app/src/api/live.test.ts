// The connection against a real socket server that keeps transcripts as the product does.
import 'fake-indexeddb/auto';
import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepLiveData } from '../shell/live.tsx';
import type { Desk } from './desk.ts';
import { queryKeys } from './keys.ts';
import { useLink } from './link.ts';
import { Live, type Heard, type Outgoing } from './live.ts';
import type { Log } from './log.ts';
import { offer, Server } from './playedServer.ts';
import { openShelf, type Shelf } from './store.ts';

let server: Server;
let cache: QueryClient;
let shelf: Shelf;
let live: Live;
let users = 0;

const desk = () => cache.getQueryData<Desk>(queryKeys.desk);
const texts = (chat: number) => (cache.getQueryData<Log>(queryKeys.log(chat))?.rows ?? []).map((r) => (r.type === 'message' ? r.message.text : r.event.kind));
const outbox = () => cache.getQueryData<Outgoing[]>(queryKeys.outbox) ?? [];
const sent = () => server.got.filter((f) => f.type === 'send');
const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 5 });
const isLive = () => until(() => expect(useLink.getState()).toMatchObject({ phase: 'live', catching: new Set() }));

async function connect(options: { heard?: Heard; pingEvery?: number; gatherFor?: number } = {}): Promise<void> {
  live = new Live({ url: server.url, cache, shelf, delay: () => 10, ...options });
  await live.start();
  await isLive();
}

beforeEach(async () => {
  server = new Server();
  server.chats.set(7, []);
  cache = new QueryClient();
  keepLiveData(cache);
  shelf = await openShelf('fernhill', ++users);
  useLink.setState(useLink.getInitialState(), true);
});

afterEach(async () => {
  live.stop();
  await server.stop();
});

describe('a transcript', () => {
  it('is asked for from the start, then followed', async () => {
    server.write(7, 'end_user', 'one');
    await connect();
    await until(() => expect(texts(7)).toEqual(['one']));
    server.write(7, 'end_user', 'two');
    await until(() => expect(texts(7)).toEqual(['one', 'two']));
    expect(server.got.find((f) => f.type === 'resume')?.data).toEqual({ chats: { 7: 0 } });
  });

  it('after a break is asked for from where it stopped, and says how many texts were missed', async () => {
    await connect();
    server.write(7, 'end_user', 'one');
    await until(() => expect(texts(7)).toEqual(['one']));
    server.cut();
    server.write(7, 'end_user', 'two');
    server.write(7, 'end_user', 'three');
    await until(() => expect(texts(7)).toEqual(['one', 'two', 'three']));
    expect(server.got.filter((f) => f.type === 'resume').at(-1)?.data).toEqual({ chats: { 7: 1 } });
    await until(() => expect(useLink.getState().caughtUp?.texts).toBe(2));
  });

  it('with a hole asks for what lacks', async () => {
    server.write(7, 'end_user', 'one');
    await connect();
    await until(() => expect(texts(7)).toEqual(['one']));
    const rows = server.chats.get(7)!;
    const row = (seq: number, text: string) => ({ ...(rows[0] as { data: object }), seq, data: { ...(rows[0] as { data: object }).data, id: 7000 + seq, text } });
    rows.push(row(2, 'two'), row(3, 'three'));
    server.tell(row(3, 'three'));
    await until(() => expect(texts(7)).toEqual(['one', 'two', 'three']));
  });

  it('of many rows is written at once, and so are those of many chats', async () => {
    for (let i = 0; i < 200; i++) server.write(7, 'end_user', `text ${i}`);
    server.chats.set(8, []);
    for (let i = 0; i < 50; i++) server.write(8, 'end_user', `word ${i}`);
    const lengths: number[][] = [];
    cache.getQueryCache().subscribe((e) => e.type === 'updated' && e.query.queryKey[0] === 'log' && lengths.push([texts(7).length, texts(8).length]));
    await connect({ gatherFor: 60_000 });
    expect(lengths).toEqual([
      [200, 0],
      [200, 50],
    ]);
  });

  it('of more chats than one request may name is asked for in parts, and whole', async () => {
    for (let chat = 1; chat <= 230; chat++) server.chats.set(chat, []);
    for (let chat = 1; chat <= 230; chat++) server.write(chat, 'end_user', `Text ${chat}`);
    await connect();
    const asked = server.got.filter((f) => f.type === 'resume').map((f) => Object.keys((f.data as { chats: object }).chats).length);
    expect(asked).toEqual([100, 100, 30]);
    expect(texts(1)).toEqual(['Text 1']);
    expect(texts(230)).toEqual(['Text 230']);
  });

  it('whose rest is long in coming shows what has come', async () => {
    server.refuse = (f) => {
      if (f.type !== 'resume') return null;
      server.deaf = true;
      server.tell(server.chats.get(7)![0]!);
      return null;
    };
    server.write(7, 'end_user', 'one');
    live = new Live({ url: server.url, cache, shelf, delay: () => 10, gatherFor: 10 });
    await live.start();
    await until(() => expect(texts(7)).toEqual(['one']));
    expect(useLink.getState().catching).toEqual(new Set([7]));
  });

  it('through 20 cuts while 200 texts arrive is the server’s, without repeat or gap', async () => {
    await connect();
    let seed = 11;
    const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
    const cuts = new Set<number>();
    while (cuts.size < 20) cuts.add(Math.floor(random() * 200));
    for (let i = 0; i < 200; i++) {
      server.write(7, 'end_user', `text ${i}`);
      if (cuts.has(i)) server.cut();
      if (random() < 0.3) await new Promise((next) => setImmediate(next));
    }
    await until(() => expect(texts(7)).toEqual(Array.from({ length: 200 }, (_, i) => `text ${i}`)));
    await isLive();
  });
});

describe('a text of ours', () => {
  it('written while the connection is away goes once when it is back', async () => {
    await connect();
    server.cut();
    await until(() => expect(useLink.getState().phase).toBe('lost'));
    await live.send(7, 'It ships today');
    expect(outbox()).toHaveLength(1);
    await until(() => expect(texts(7)).toEqual(['It ships today']));
    await until(() => expect(outbox()).toEqual([]));
    expect(sent()).toHaveLength(1);
  });

  it('whose answer was lost is not sent as another one', async () => {
    await connect();
    server.deaf = true;
    await live.send(7, 'It ships today');
    server.deaf = false;
    server.cut();
    await until(() => expect(texts(7)).toEqual(['It ships today']));
    await isLive();
    expect(texts(7)).toEqual(['It ships today']);
  });

  it('survives a reload', async () => {
    await connect();
    server.deaf = true;
    await live.send(7, 'It ships today');
    live.stop();
    server.deaf = false;
    cache = new QueryClient();
    keepLiveData(cache);
    await connect();
    await until(() => expect(texts(7)).toEqual(['It ships today']));
    await until(async () => expect(await shelf.unsent()).toEqual([]));
  });

  it('that is refused says why and waits for the agent', async () => {
    await connect();
    server.refuse = (f) => (f.type === 'send' ? { code: 'opted_out', message: 'The customer opted out' } : null);
    await live.send(7, 'hello');
    await until(() => expect(outbox()[0]?.refused).toMatchObject({ code: 'opted_out' }));
    await live.discard(outbox()[0]!.client_id);
    expect(outbox()).toEqual([]);
    expect(await shelf.unsent()).toEqual([]);
  });

  it('that was not delivered is heard of once', async () => {
    const undelivered: number[] = [];
    await connect({ heard: { undelivered: (chat) => undelivered.push(chat) } });
    await live.send(7, 'It ships today');
    await until(() => expect(texts(7)).toEqual(['It ships today']));
    const status = { type: 'message_status', chat_id: 7, data: { id: 7001, status: 'undelivered', error: { code: '30006', text: 'Landline', retryable: false } } };
    server.tell(status);
    server.tell(status);
    server.write(7, 'end_user', 'hello');
    await until(() => expect(texts(7)).toHaveLength(2));
    expect(undelivered).toEqual([7]);
  });

  it('that met a limit is tried again by itself', async () => {
    await connect();
    let once = true;
    server.refuse = (f) => (f.type === 'send' && once ? ((once = false), { code: 'rate_limited', message: 'Slow down' }) : null);
    await live.send(7, 'hello');
    await until(() => expect(texts(7)).toEqual(['hello']));
  });
});

describe('an offer', () => {

  it('is heard once and taken', async () => {
    const heard = vi.fn();
    await connect({ heard: { offer: heard } });
    server.tell({ type: 'offer', chat_id: 9, data: offer });
    await until(() => expect(desk()?.offers).toHaveLength(1));
    server.tell({ type: 'offer', chat_id: 9, data: offer });
    await live.accept(9);
    server.chats.set(9, []);
    server.write(9, 'end_user', 'hi');
    server.tell({ type: 'chat_assigned', chat_id: 9, data: server.head(9, 1) });
    await until(() => expect(texts(9)).toEqual(['hi']));
    expect(desk()?.offers).toEqual([]);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it('lost in a race says who has it', async () => {
    await connect();
    server.tell({ type: 'offer', chat_id: 9, data: offer });
    await until(() => expect(desk()?.offers).toHaveLength(1));
    server.refuse = (f) => (f.type === 'accept' ? { code: 'already_taken', message: 'Taken', by: 'Ravi Mehta' } : null);
    await expect(live.accept(9)).rejects.toThrow('Taken');
    expect(desk()?.offers[0]).toMatchObject({ state: 'lost', by: 'Ravi Mehta' });
  });

  it('that ran out is missed, one that somebody answered is not', async () => {
    const missed: number[] = [];
    await connect({ heard: { missed: (o) => missed.push(o.chat_id) } });
    for (const chat_id of [8, 9]) server.tell({ type: 'offer', chat_id, data: { ...offer, chat_id } });
    server.tell({ type: 'offer_withdrawn', chat_id: 8, data: { why: 'taken', by: 'Ravi' } });
    server.tell({ type: 'offer_withdrawn', chat_id: 9, data: { why: 'expired' } });
    server.tell({ type: 'offer_withdrawn', chat_id: 9, data: { why: 'expired' } });
    await until(() => expect(desk()?.offers.map((o) => o.state)).toEqual(['lost', 'missed']));
    expect(missed).toEqual([9]);
  });

  it('is taken off the desk with the connection, which says that it went on', async () => {
    await connect();
    server.tell({ type: 'offer', chat_id: 9, data: offer });
    await until(() => expect(desk()?.offers).toHaveLength(1));
    server.cut();
    await until(() => expect(useLink.getState()).toMatchObject({ phase: 'lost', offersPaused: true }));
    expect(desk()?.offers).toEqual([]);
  });
});

describe('the connection', () => {
  it.each([
    [4001, 'ended'],
    [4003, 'replaced'],
  ] as const)('closed with %i is not tried again', async (code, phase) => {
    await connect();
    server.cut(code);
    await until(() => expect(useLink.getState().phase).toBe(phase));
    expect(useLink.getState().retryAt).toBeNull();
    expect(server.sockets).toBe(1);
  });

  it('a restart raises no alarm', async () => {
    await connect();
    server.tell({ type: 'goodbye', data: { code: 1012, what_to_do: 'reconnect', message: 'The server restarts' } });
    await until(() => expect(useLink.getState().phase).toBe('restarting'));
    server.cut(1012);
    await until(() => expect(server.sockets).toBe(2));
    await isLive();
  });

  it('that is open but silent is closed by us', async () => {
    await connect({ pingEvery: 100 });
    server.deaf = true;
    await until(() => expect(useLink.getState().phase).toBe('lost'));
    server.deaf = false;
    await until(() => expect(server.sockets).toBeGreaterThan(1));
  });

  it('that has nothing to say is asked for nothing, which is no error', async () => {
    await connect({ pingEvery: 50 });
    const asked = server.got.length;
    await until(() => expect(server.got.length).toBeGreaterThan(asked + 1));
    expect(server.got.slice(asked).map(({ type, data }) => ({ type, data }))).toContainEqual({ type: 'resume', data: { chats: {} } });
    expect(server.got.map((f) => f.type)).not.toContain('ping');
  });

  it('what became of the last texts of a chat that ended while we were away is asked for', async () => {
    await connect();
    const chat = server.chats.get(7)!;
    server.chats.delete(7);
    server.ended.set(7, chat);
    server.cut();
    await until(() => expect(server.got.filter((f) => f.type === 'resume').map((f) => f.data)).toContainEqual({ chats: { 7: 0 } }));
    await until(() => expect(desk()?.chats[7]?.closed).toBeDefined());
  });

  it('a chat that ended while we were away stays until it was seen', async () => {
    await connect();
    await until(() => expect(desk()?.chats[7]).toBeDefined());
    server.chats.delete(7);
    server.cut();
    await until(() => expect(desk()?.chats[7]?.closed).toBeDefined());
    live.forget(7);
    expect(desk()?.chats[7]).toBeUndefined();
  });
});
