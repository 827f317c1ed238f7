// What the agent's desk holds, and how each frame of the socket changes it. Pure: time is an argument.
import type { AgentStatus, Chat, Hello, OfferData, Removal } from './protocol.ts';

export interface Offer extends OfferData {
  seenAt: number; // ms, this browser's clock
  state: 'open' | 'answering' | 'lost' | 'missed';
  by?: string; // who answered a lost one
}

// Closed says how a chat left the desk; without why it was gone when we came back.
export interface Closed extends Partial<Removal> {
  at: number;
}

export interface DeskChat extends Chat {
  closed?: Closed; // ended or gone; stays until the agent has seen it
}

export interface Desk {
  agent: Hello['agent'];
  status: AgentStatus;
  statusSince: number;
  limit: number;
  offset: number; // server's clock minus this browser's, ms
  chats: Readonly<Record<number, DeskChat>>;
  offers: readonly Offer[];
}

// greet starts from what the server says now. Chats it no longer names ended while we were away.
export function greet(was: Desk | undefined, hello: Hello, now: number): Desk {
  const offset = Date.parse(hello.server_time) - now;
  const chats: Record<number, DeskChat> = {};
  for (const c of Object.values(was?.chats ?? {})) chats[c.chat_id] = c.closed ? wrapped(c) : { ...c, closed: { at: now } };
  for (const c of hello.chats) chats[c.chat_id] = c;
  for (const w of hello.wrap_ups ?? []) chats[w.chat.chat_id] = { ...w.chat, closed: { why: 'ended', at: Date.parse(w.ended_at) - offset, wrap_up: w.wrap_up } };
  return {
    agent: hello.agent,
    status: hello.status,
    statusSince: Date.parse(hello.status_since) - offset,
    limit: hello.limit,
    offset,
    chats,
    offers: hello.offers.map((o) => offered(was?.offers, o, now)),
  };
}

function offered(held: readonly Offer[] | undefined, data: OfferData, now: number): Offer {
  const known = held?.find((o) => o.chat_id === data.chat_id && stands(o));
  return { ...data, seenAt: known?.seenAt ?? now, state: known?.state ?? 'open' };
}

// stands tells an offer that can still be answered from a card that only says how it went.
export function stands(o: Offer): boolean {
  return o.state === 'open' || o.state === 'answering';
}

export function offer(desk: Desk, data: OfferData, now: number): Desk {
  const next = offered(desk.offers, data, now);
  const held = desk.offers.some((o) => o.chat_id === data.chat_id);
  return { ...desk, offers: held ? desk.offers.map((o) => (o.chat_id === data.chat_id ? next : o)) : [...desk.offers, next] };
}

export function setOffer(desk: Desk, chat: number, change: Partial<Offer>): Desk {
  return { ...desk, offers: desk.offers.map((o) => (o.chat_id === chat ? { ...o, ...change } : o)) };
}

export function dropOffer(desk: Desk, chat: number): Desk {
  return { ...desk, offers: desk.offers.filter((o) => o.chat_id !== chat) };
}

// withdraw keeps the card only when it has something to say: who answered, or that it was missed.
export function withdraw(desk: Desk, chat: number, why: string | undefined, by: string | undefined): Desk {
  const mine = desk.chats[chat] && !desk.chats[chat].closed;
  if (by && !mine) return setOffer(desk, chat, { state: 'lost', by });
  if (why === 'expired') return setOffer(desk, chat, { state: 'missed' });
  return dropOffer(desk, chat);
}

export function assigned(desk: Desk, chat: Chat): Desk {
  return { ...dropOffer(desk, chat.chat_id), chats: { ...desk.chats, [chat.chat_id]: { ...chat } } };
}

export function updated(desk: Desk, chat: Partial<Chat> & { chat_id: number }): Desk {
  const held = desk.chats[chat.chat_id];
  if (!held) return desk;
  return { ...desk, chats: { ...desk.chats, [chat.chat_id]: { ...held, ...absent, ...chat } } };
}

// What a frame leaves out is not so any more.
const absent = { flag: undefined, opted_out: undefined, transfer: undefined, response_due_at: undefined } satisfies Partial<Chat>;

export function closed(desk: Desk, chat: number, how: Closed): Desk {
  const held = desk.chats[chat];
  if (!held) return desk;
  return { ...desk, chats: { ...desk.chats, [chat]: { ...held, closed: held.closed ?? how } } };
}

// wrapped takes a chat that has ended as settled: nothing is asked about it any more.
function wrapped(chat: DeskChat): DeskChat {
  const { wrap_up: _, ...how } = chat.closed!;
  return { ...chat, closed: how };
}

export function wrapUpOver(desk: Desk, chat: number): Desk {
  const held = desk.chats[chat];
  return held?.closed?.wrap_up ? { ...desk, chats: { ...desk.chats, [chat]: wrapped(held) } } : desk;
}

export function forget(desk: Desk, chat: number): Desk {
  const { [chat]: _, ...chats } = desk.chats;
  return { ...desk, chats };
}
