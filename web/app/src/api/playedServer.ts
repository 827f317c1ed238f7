// The other end of the agent's socket for tests: real frames over a real connection.
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import { holdFrame } from '../../e2e/contract.ts';
import type { Frame } from './protocol.ts';

const at = '2026-11-21T10:31:00.000Z';

// Server keeps transcripts as the product does, and says and hears nothing that the contract does not have.
export class Server {
  readonly wss = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'sidetone.v1' });
  readonly chats = new Map<number, object[]>();
  readonly ended = new Map<number, object[]>();
  readonly got: Frame[] = [];
  offers: object[] = [];
  sockets = 0;
  refuse: ((frame: Frame) => object | null) | null = null;
  deaf = false; // takes frames and answers nothing
  private readonly clients = new Map<string, number>();

  constructor() {
    this.wss.on('connection', (socket) => {
      this.sockets++;
      this.tell({ type: 'hello', data: this.hello() }, socket);
      socket.on('message', (raw) => {
        const frame = JSON.parse(String(raw)) as Frame;
        holdFrame(frame);
        this.hear(socket, frame);
      });
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.wss.address() as { port: number }).port}/ws/agent`;
  }

  // head is a chat as its agent has it.
  head(chat_id: number, last_seq: number) {
    return {
      chat_id,
      status: 'assigned',
      sub_status: 'Assigned',
      started_by: 'end_user',
      queue: null,
      end_user: { id: 1, number: '+14155550142' },
      number: '+18885550100',
      lang: 'en',
      last_seq,
      read_seq: 0,
      unread: 0,
      created_at: at,
    };
  }

  private hello() {
    const chats = [...this.chats].map(([chat, rows]) => this.head(chat, rows.length));
    return { agent: { id: 2, name: 'Noor', email: 'noor@fernhill.example' }, status: 'available', status_since: at, server_time: new Date().toISOString(), limit: 5, chats, offers: this.offers, wrap_ups: [] };
  }

  private hear(socket: ServerSocket, frame: Frame): void {
    if (this.deaf) return;
    this.got.push(frame);
    const refusal = this.refuse?.(frame);
    if (refusal) return this.tell({ type: 'error', id: frame.id, data: refusal }, socket);
    if (this.deaf) return; // since this very frame
    if (frame.type === 'resume') {
      for (const [id, from] of Object.entries((frame.data as { chats: Record<string, number> }).chats)) {
        (this.chats.get(Number(id)) ?? this.ended.get(Number(id)) ?? []).forEach((row, i) => i >= from && this.tell(row, socket));
      }
    }
    if (frame.type === 'send') {
      const { client_id, text } = frame.data as { client_id: string; text: string };
      if (!this.clients.has(client_id)) this.clients.set(client_id, this.write(frame.chat_id!, 'agent', text, client_id));
    }
    this.tell({ type: 'ok', id: frame.id }, socket);
  }

  // write adds a row to a transcript and tells it to everyone.
  write(chat: number, sender: string, text: string, client_id?: string): number {
    const rows = this.chats.get(chat)!;
    const seq = rows.length + 1;
    const row = { type: 'message', chat_id: chat, seq, at, data: { id: chat * 1000 + seq, sender, kind: 'chat', text, media: [], status: 'received', segments: 1, client_id } };
    rows.push(row);
    this.tell(row);
    return seq;
  }

  tell(frame: object, to?: ServerSocket): void {
    holdFrame(frame);
    for (const s of to ? [to] : this.wss.clients) s.send(JSON.stringify(frame));
  }

  cut(code?: number): void {
    for (const s of this.wss.clients) code ? s.close(code) : s.terminate();
  }

  stop(): Promise<void> {
    this.cut();
    return new Promise((done) => this.wss.close(() => done()));
  }
}

// offer is a chat that is held out to the agent for a minute.
export const offer = {
  chat_id: 9,
  queue: { id: 1, name: 'Returns', path: 'Returns' },
  end_user: { id: 3, number: '+16465550133' },
  lang: 'en',
  preview: 'hi',
  waiting_since: at,
  expires_at: new Date(Date.now() + 60_000).toISOString(),
};
