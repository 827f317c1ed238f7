// The agent's socket: one a tab. It keeps the connection, asks for what was missed, and writes what comes into the
// query cache; nothing is ever refetched because of a frame (spec 6, 1.6; spec 1.8).
import { notifyManager, type QueryClient } from '@tanstack/react-query';
import { t, useLang } from '../i18n/index.ts';
import type { components } from './console.gen.ts';
import * as desks from './desk.ts';
import type { Desk, Offer } from './desk.ts';
import { queryKeys } from './keys.ts';
import { useLink } from './link.ts';
import { addAll, emptyLog, gap, head, receive, underWay, type Log, type Receipt, type Row } from './log.ts';
import { closeCodes, type Chat, type Frame, type Hello, type Message, type OfferData, type AgentStatus, type ChatEvent, type First, type Refusal, type Removal, type TransferNews } from './protocol.ts';
import { retryDelay } from './retry.ts';
import type { Shelf, Unsent } from './store.ts';

type LaidAside = components['schemas']['LaidAside'];

// A text on its way: waiting for the connection, handed over, or refused.
export interface Outgoing extends Unsent {
  accepted?: boolean;
}

export interface Heard {
  offer?: (offer: OfferData) => void;
  text?: (chat: number, message: Message, at: string) => void;
  closed?: (chat: number, how: Removal) => void;
  missed?: (offer: Offer) => void; // it was for this agent alone, and its time ran out
  undelivered?: (chat: number) => void;
  whisper?: (chat: number, by: string) => void;
  assigned?: (chat: number) => void;
  transfer?: (chat: number, news: TransferNews) => void;
}

export interface LiveOptions {
  url: string;
  cache: QueryClient;
  shelf: Shelf;
  heard?: Heard;
  // whether the session still stands; asked when a connection never opened
  signedIn?: () => Promise<boolean>;
  resight?: (masked: boolean) => void; // numbers are shown otherwise from now on
  pingEvery?: number;
  gatherFor?: number;
  delay?: (attempt: number) => number;
}

export class RequestFailed extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

const disconnected = () => ({ code: 'disconnected', message: t('link.gone') });
const lostCardFor = 3000;
const gatherFor = 250; // how long a replay's rows wait for each other
const resumesMost = 100; // chats in one request (openapi/asyncapi.yaml)
const passing = new Set(['rate_limited', 'unavailable']);

export class Live {
  private socket: WebSocket | null = null;
  private greeted = false;
  private attempt = 0;
  private nextId = 1;
  private heardAt = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private pingTimer: ReturnType<typeof setInterval> | undefined;
  private readonly pending = new Map<string, { resolve: (data: unknown) => void; reject: (e: RequestFailed) => void }>();
  private readonly flying = new Set<string>(); // client ids handed to this socket
  private readonly asking = new Set<number>(); // chats with a resume under way
  private readonly gathered = new Map<number, Row[]>(); // their rows, to be written together
  private gatherTimer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  private readonly listeners = new Set<(frame: Frame) => void>();
  private textsMissed = 0;
  private wasLive = false;
  private masked: boolean | undefined; // numbers, as the last hello said

  constructor(private readonly options: LiveOptions) {}

  async start(): Promise<void> {
    const unsent = await this.options.shelf.unsent();
    if (this.stopped) return;
    this.setOutbox(() => unsent);
    for (const event of ['online', 'focus', 'pageshow']) addEventListener(event, this.wake);
    document.addEventListener('visibilitychange', this.wake);
    this.pingTimer = setInterval(this.ping, this.pingEvery);
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    for (const event of ['online', 'focus', 'pageshow']) removeEventListener(event, this.wake);
    document.removeEventListener('visibilitychange', this.wake);
    clearInterval(this.pingTimer);
    clearTimeout(this.retryTimer);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    clearTimeout(this.gatherTimer);
    this.failPending();
  }

  // What the agent does.

  async accept(chat: number): Promise<void> {
    this.setDesk((d) => desks.setOffer(d, chat, { state: 'answering' }));
    try {
      await this.request('accept', chat);
    } catch (e) {
      this.offerFailed(chat, e as RequestFailed);
      throw e;
    }
  }

  async decline(chat: number): Promise<void> {
    this.setDesk((d) => desks.dropOffer(d, chat));
    await this.request('decline', chat).catch((e: RequestFailed) => {
      if (e.refusal.code === 'disconnected') throw e;
    });
  }

  // send keeps the text until the server has it, over reloads and lost connections; the client id makes it go once.
  async send(chat: number, text: string, media: number[] = [], shortcuts: number[] = []): Promise<void> {
    const entry: Outgoing = { client_id: crypto.randomUUID(), chat_id: chat, text, ...(media.length > 0 && { media }), ...(shortcuts.length > 0 && { shortcuts }), at: new Date().toISOString() };
    this.setOutbox((all) => [...all, entry]);
    await this.options.shelf.saveUnsent(entry);
    this.hand(entry);
  }

  // resend gives a refused text another try as a new one.
  async resend(entry: Outgoing): Promise<void> {
    await this.discard(entry.client_id);
    await this.send(entry.chat_id, entry.text, entry.media, entry.shortcuts);
  }

  async discard(clientId: string): Promise<void> {
    this.setOutbox((all) => all.filter((o) => o.client_id !== clientId));
    await this.options.shelf.dropUnsent(clientId);
  }

  async end(chat: number): Promise<void> {
    await this.request('end', chat);
  }

  // transfer hands a chat to a queue, at once, or asks an agent to take it.
  async transfer(chat: number, to: { to_queue_id: number } | { to_agent_id: number }, note: string): Promise<void> {
    await this.request('transfer', chat, { ...to, ...(note !== '' && { note }) });
  }

  async dismiss(chat: number): Promise<void> {
    await this.request('dismiss', chat);
  }

  // outbound texts a consumer first and answers with the chat that has begun. Its client id makes it one chat.
  async outbound(first: First): Promise<number> {
    const chat = (await this.request('outbound', undefined, first)) as Chat;
    this.setDesk((d) => (d.chats[chat.chat_id] ? d : desks.assigned(d, chat)));
    return chat.chat_id;
  }

  async setStatus(status: AgentStatus): Promise<void> {
    await this.request('set_status', undefined, { status });
    this.setDesk((d) => ({ ...d, status, statusSince: Date.now() }));
  }

  read(chat: number, seq: number): void {
    if (this.ready) this.post({ type: 'read', chat_id: chat, id: this.id(), data: { seq } });
  }

  typing(chat: number): void {
    if (this.ready) this.post({ type: 'typing', chat_id: chat, id: this.id() });
  }

  forget(chat: number): void {
    this.setDesk((d) => (d.chats[chat]?.closed && !d.chats[chat].closed.wrap_up ? desks.forget(d, chat) : d));
  }

  // wrapUp says what a chat that has ended was about; then it leaves the desk.
  async wrapUp(chat: number, disposition: string, note: string): Promise<void> {
    await this.request('wrap_up', chat, { ...(disposition !== '' && { disposition }), ...(note.trim() !== '' && { note: note.trim() }) });
    this.setDesk((d) => desks.forget(desks.wrapUpOver(d, chat), chat));
  }

  // wrapUpOver: the time for it has passed.
  wrapUpOver(chat: number): void {
    this.setDesk((d) => desks.wrapUpOver(d, chat));
  }

  retryNow = (): void => {
    if (this.stopped || this.socket || useLink.getState().phase === 'ended') return;
    clearTimeout(this.retryTimer);
    this.connect();
  };

  // takeOver brings the desk back to this tab after another one replaced it.
  takeOver(): void {
    useLink.setState({ phase: 'lost' });
    this.retryNow();
  }

  // listen hears every frame once it has been taken in. The answer ends it.
  listen(listener: (frame: Frame) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  request(type: string, chat?: number, data?: unknown): Promise<unknown> {
    if (!this.socket || this.socket.readyState !== WebSocket.OPEN) return Promise.reject(new RequestFailed(disconnected()));
    const id = this.id();
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.post({ type, id, ...(chat !== undefined && { chat_id: chat }), ...(data !== undefined && { data }), lang: useLang.getState().lang });
    });
  }

  // The connection.

  private connect(): void {
    this.greeted = false;
    const socket = new WebSocket(this.options.url, 'sidetone.v1');
    this.socket = socket;
    this.heardAt = Date.now();
    useLink.setState({ retryAt: null });
    socket.onmessage = (m) => {
      if (this.socket !== socket) return;
      this.heardAt = Date.now();
      const frame = JSON.parse(m.data as string) as Frame;
      this.take(frame);
      for (const listener of this.listeners) listener(frame);
    };
    socket.onclose = (e) => {
      if (this.socket === socket) this.closed(e.code);
    };
  }

  private closed(code: number): void {
    const never = !this.greeted;
    this.socket = null;
    this.flying.clear();
    this.writeGathered();
    this.asking.clear();
    this.failPending();
    const link = useLink.getState();
    const hadOffer = (this.desk?.offers ?? []).some(desks.stands);
    this.setDesk((d) => ({ ...d, offers: [] }));
    if (code === closeCodes.sessionEnded) return useLink.setState({ phase: 'ended', retryAt: null });
    if (code === closeCodes.replaced) return useLink.setState({ phase: 'replaced', retryAt: null });

    if (never) void this.checkSession();

    const restarting = code === closeCodes.restart || link.phase === 'restarting';
    const wait = (this.options.delay ?? retryDelay)(this.attempt++);
    useLink.setState({
      phase: restarting ? 'restarting' : this.wasLive ? 'lost' : link.phase === 'connecting' && this.attempt < 3 ? 'connecting' : 'lost',
      lostAt: link.lostAt ?? Date.now(),
      retryAt: Date.now() + wait,
      offersPaused: link.offersPaused || hadOffer,
      caughtUp: null,
    });
    this.retryTimer = setTimeout(() => this.connect(), wait);
  }

  // checkSession tells a server that is away from a session that is over: a refused upgrade does not say.
  private async checkSession(): Promise<void> {
    const still = await this.options.signedIn?.().catch(() => true);
    if (still !== false || this.ready || this.stopped) return;
    clearTimeout(this.retryTimer);
    useLink.setState({ phase: 'ended', retryAt: null });
  }

  private get pingEvery(): number {
    return this.options.pingEvery ?? 20_000;
  }

  // ping finds sockets that claim to be open but are silent: two missed answers and we close it ourselves.
  private ping = (): void => {
    if (!this.socket) return;
    if (Date.now() - this.heardAt > 2 * this.pingEvery + 1000) return this.abandon();
    if (this.ready) this.askForNothing();
  };

  // wake runs when the tab comes back: a machine that slept has a dead socket that does not know it yet.
  private wake = (): void => {
    if (document.visibilityState === 'hidden') return;
    if (!this.socket) {
      if (['lost', 'restarting', 'connecting'].includes(useLink.getState().phase)) this.retryNow();
      return;
    }
    if (!this.ready || Date.now() - this.heardAt < this.pingEvery) return;
    const socket = this.socket;
    const asked = Date.now();
    this.askForNothing();
    setTimeout(() => {
      if (this.socket === socket && this.heardAt < asked) this.abandon();
    }, 3000);
  };

  // askForNothing is a question whose answer shows that somebody is there: a browser's page can't send pings.
  private askForNothing(): void {
    this.post({ type: 'resume', id: this.id(), data: { chats: {} } });
  }

  private abandon(): void {
    const socket = this.socket;
    this.closed(1006);
    socket?.close();
  }

  private failPending(): void {
    for (const { reject } of this.pending.values()) reject(new RequestFailed(disconnected()));
    this.pending.clear();
  }

  private get ready(): boolean {
    return this.greeted && this.socket?.readyState === WebSocket.OPEN;
  }

  private id(): string {
    return String(this.nextId++);
  }

  private post(frame: Frame): void {
    this.socket?.send(JSON.stringify(frame));
  }

  // What comes.

  private take(frame: Frame): void {
    const chat = frame.chat_id;
    switch (frame.type) {
      case 'hello':
        return this.hello(frame.data as Hello);
      case 'ok':
      case 'error':
        return this.answer(frame);
      case 'offer': {
        const data = { ...(frame.data as OfferData), chat_id: chat! };
        const known = this.desk?.offers.some((o) => o.chat_id === chat && desks.stands(o));
        this.setDesk((d) => desks.offer(d, data, Date.now()));
        if (!known) this.options.heard?.offer?.(data);
        return;
      }
      case 'offer_withdrawn': {
        const { why, by } = frame.data as { why: string; by?: string };
        return this.withdrawn(chat!, why, by);
      }
      case 'chat_assigned': {
        const data = { ...(frame.data as Chat), chat_id: chat! };
        this.setDesk((d) => desks.assigned(d, data));
        this.options.heard?.assigned?.(chat!);
        this.options.cache.setQueryData<LaidAside[]>(queryKeys.dismissed, (all) => all?.filter((c) => c.chat_id !== chat));
        if (head(this.log(chat!)) < data.last_seq) void this.resume([chat!]);
        return;
      }
      case 'chat_updated':
        return this.setDesk((d) => desks.updated(d, { ...(frame.data as Partial<Chat>), chat_id: chat! }));
      case 'chat_removed': {
        const how = { ...(frame.data as Removal), at: Date.now() };
        this.setDesk((d) => desks.closed(d, chat!, how));
        if (how.why === 'dismissed') this.laidAside(chat!);
        this.options.heard?.closed?.(chat!, how);
        return;
      }
      case 'message':
        return this.row(chat!, { seq: frame.seq!, at: frame.at!, type: 'message', message: frame.data as Message });
      case 'event':
        return this.row(chat!, { seq: frame.seq!, at: frame.at!, type: 'event', event: frame.data as ChatEvent });
      case 'message_status': {
        const { id, ...receipt } = frame.data as Receipt & { id: number };
        const before = this.log(chat!);
        this.setLog(chat!, (log) => receive(log, id, receipt));
        if (before !== this.log(chat!) && (receipt.status === 'failed' || receipt.status === 'undelivered')) this.options.heard?.undelivered?.(chat!);
        return;
      }
      case 'status': {
        const { status, since } = frame.data as { status: AgentStatus; since: string };
        return this.setDesk((d) => ({ ...d, status, statusSince: Date.parse(since) - d.offset }));
      }
      case 'transfer':
        return this.options.heard?.transfer?.(chat!, frame.data as TransferNews);
      case 'goodbye': {
        if ((frame.data as { code: number }).code === closeCodes.restart) useLink.setState({ phase: 'restarting', lostAt: Date.now() });
        return;
      }
      case 'alert': {
        const { code } = frame.data as { code: string };
        if (code !== 'delayed' && code !== 'recovered') return; // a failed transfer comes as one
        return useLink.setState({ delayed: code === 'delayed' });
      }
    }
  }

  private hello(hello: Hello): void {
    this.greeted = true;
    const masked = hello.numbers_masked === true;
    if (this.masked !== undefined && this.masked !== masked) this.options.resight?.(masked);
    this.masked = masked;
    this.attempt = 0;
    const now = Date.now();
    const was = this.desk;
    const desk = desks.greet(was, hello, now);
    this.options.cache.setQueryData<Desk>(queryKeys.desk, desk);
    this.textsMissed = 0;

    const behind = hello.chats.filter((c) => head(this.log(c.chat_id)) < c.last_seq).map((c) => c.chat_id);
    const back = this.wasLive;
    this.wasLive = true;
    useLink.setState({ phase: 'live', lostAt: null, retryAt: null, offersPaused: false, delayed: false, catching: new Set(behind) });
    for (const o of hello.offers) this.options.heard?.offer?.(o);
    for (const c of Object.values(desk.chats)) if (c.closed && !c.closed.wrap_up && (!was?.chats[c.chat_id]?.closed || underWay(this.log(c.chat_id)))) void this.resume([c.chat_id]);

    void this.resume([...hello.chats, ...(hello.wrap_ups ?? []).map((w) => w.chat)].map((c) => c.chat_id)).then((complete) => {
      if (!complete) return;
      useLink.setState({ caughtUp: back ? { texts: this.textsMissed, at: Date.now() } : null });
    });
  }

  // resume asks for the rows after what is held, and says whether all of them came.
  async resume(chats: number[]): Promise<boolean> {
    if (chats.length > resumesMost) {
      const parts = Array.from({ length: Math.ceil(chats.length / resumesMost) }, (_, i) => chats.slice(i * resumesMost, (i + 1) * resumesMost));
      return (await Promise.all(parts.map((part) => this.resume(part)))).every(Boolean);
    }
    if (chats.length === 0) {
      for (const entry of this.outbox) this.hand(entry);
      return true;
    }
    const socket = this.socket;
    for (const chat of chats) this.asking.add(chat);
    try {
      await this.request('resume', undefined, { chats: Object.fromEntries(chats.map((c) => [c, head(this.log(c))])) });
    } catch (e) {
      if ((e as RequestFailed).refusal.code === 'disconnected') return false;
    }
    if (this.socket !== socket) return false;
    this.writeGathered();
    for (const chat of chats) this.asking.delete(chat);
    useLink.setState((l) => ({ catching: new Set([...l.catching].filter((c) => !chats.includes(c))) }));
    for (const entry of this.outbox) this.hand(entry);
    return true;
  }

  // row takes one in. Those of a replay are gathered: hundreds at once would draw the desk hundreds of times.
  private row(chat: number, row: Row): void {
    if (!this.asking.has(chat)) return this.write(chat, [row]);
    const held = this.gathered.get(chat);
    if (held) held.push(row);
    else this.gathered.set(chat, [row]);
    this.gatherTimer ??= setTimeout(() => this.writeGathered(), this.options.gatherFor ?? gatherFor);
  }

  private writeGathered(): void {
    clearTimeout(this.gatherTimer);
    this.gatherTimer = undefined;
    const gathered = [...this.gathered];
    this.gathered.clear();
    notifyManager.batch(() => {
      for (const [chat, rows] of gathered) this.write(chat, rows);
    });
  }

  private write(chat: number, rows: readonly Row[]): void {
    const before = this.log(chat);
    const after = addAll(before, rows);
    this.options.cache.setQueryData<Log>(queryKeys.log(chat), after);
    if (gap(after) && !this.asking.has(chat) && !this.desk?.chats[chat]?.closed) void this.resume([chat]);
    for (const news of after.rows.slice(before.rows.length)) this.appended(chat, news);
  }

  private appended(chat: number, row: Row): void {
    if (row.type === 'event' && row.event.kind === 'whisper' && !this.asking.has(chat) && this.desk?.chats[chat]) this.options.heard?.whisper?.(chat, row.event.user?.name ?? '');
    if (row.type !== 'message') return;
    const { message } = row;
    if (this.outbox.some((o) => o.client_id === message.client_id)) void this.discard(message.client_id!);
    if (message.sender !== 'end_user') return;
    if (this.asking.has(chat)) this.textsMissed++;
    else if (this.desk?.chats[chat]) this.options.heard?.text?.(chat, message, row.at);
  }

  private answer(frame: Frame): void {
    const waiting = frame.id ? this.pending.get(frame.id) : undefined;
    if (!waiting) return;
    this.pending.delete(frame.id!);
    if (frame.type === 'ok') waiting.resolve(frame.data);
    else waiting.reject(new RequestFailed({ ...(frame.data as Refusal), chat: frame.chat_id }));
  }

  private withdrawn(chat: number, why: string | undefined, by: string | undefined): void {
    const held = this.desk?.offers.find((o) => o.chat_id === chat && desks.stands(o));
    this.setDesk((d) => desks.withdraw(d, chat, why, by));
    if (held && this.desk?.offers.some((o) => o.chat_id === chat && o.state === 'missed')) this.options.heard?.missed?.(held);
    this.clearCardLater(chat);
  }

  private offerFailed(chat: number, e: RequestFailed): void {
    const { code } = e.refusal;
    if (code === 'already_taken') this.setDesk((d) => desks.setOffer(d, chat, { state: 'lost', by: e.refusal.by }));
    else if (code === 'offer_gone') this.setDesk((d) => desks.setOffer(d, chat, { state: 'missed' }));
    else return this.setDesk((d) => desks.setOffer(d, chat, { state: 'open' }));
    this.clearCardLater(chat);
  }

  private clearCardLater(chat: number): void {
    setTimeout(() => {
      this.setDesk((d) => ({ ...d, offers: d.offers.filter((o) => o.chat_id !== chat || (o.state !== 'lost' && o.state !== 'missed')) }));
    }, lostCardFor);
  }

  // hand gives one waiting text to the socket, unless it is refused, under way, or already in the transcript.
  private hand(entry: Outgoing): void {
    if (!this.ready || entry.refused || entry.accepted || this.flying.has(entry.client_id) || this.asking.has(entry.chat_id)) return;
    this.flying.add(entry.client_id);
    this.request('send', entry.chat_id, { client_id: entry.client_id, text: entry.text, ...(entry.media && { media: entry.media }), ...(entry.shortcuts && { shortcut_ids: entry.shortcuts }) }).then(
      () => {
        this.change(entry.client_id, { accepted: true });
        void this.options.shelf.dropUnsent(entry.client_id);
      },
      (e: RequestFailed) => {
        if (e.refusal.code === 'disconnected') return;
        this.flying.delete(entry.client_id);
        if (passing.has(e.refusal.code)) return void setTimeout(() => this.hand(entry), 1000);
        this.change(entry.client_id, { refused: e.refusal });
        void this.options.shelf.saveUnsent({ ...entry, refused: e.refusal });
      },
    );
  }

  // The cache.

  // laidAside moves a chat to the list of those that wait for the customer, if that list was ever asked for.
  private laidAside(chat: number): void {
    const held = this.desk?.chats[chat];
    if (!held) return;
    const entry: LaidAside = {
      chat_id: chat,
      end_user: held.end_user,
      ...(held.queue && { queue: held.queue }),
      dismissed_at: new Date().toISOString(),
      preview: this.log(chat).rows.findLast((r) => r.type === 'message')?.message.text ?? held.preview ?? '',
    };
    this.options.cache.setQueryData<LaidAside[]>(queryKeys.dismissed, (all) => all && [entry, ...all.filter((c) => c.chat_id !== chat)]);
  }

  private get desk(): Desk | undefined {
    return this.options.cache.getQueryData<Desk>(queryKeys.desk);
  }

  private setDesk(change: (desk: Desk) => Desk): void {
    this.options.cache.setQueryData<Desk>(queryKeys.desk, (d) => (d ? change(d) : d));
  }

  private log(chat: number): Log {
    return this.options.cache.getQueryData<Log>(queryKeys.log(chat)) ?? emptyLog;
  }

  private setLog(chat: number, change: (log: Log) => Log): void {
    this.options.cache.setQueryData<Log>(queryKeys.log(chat), (log) => change(log ?? emptyLog));
  }

  private get outbox(): readonly Outgoing[] {
    return this.options.cache.getQueryData<Outgoing[]>(queryKeys.outbox) ?? [];
  }

  private setOutbox(change: (all: Outgoing[]) => Outgoing[]): void {
    this.options.cache.setQueryData<Outgoing[]>(queryKeys.outbox, (all) => change(all ?? []));
  }

  private change(clientId: string, to: Partial<Outgoing>): void {
    this.setOutbox((all) => all.map((o) => (o.client_id === clientId ? { ...o, ...to } : o)));
  }
}
