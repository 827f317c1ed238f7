// The agent adapter's frames (spec 1.8, openapi/asyncapi.yaml).
import type { components } from './console.gen.ts';

export type Message = components['schemas']['Message'];
export type MessageStatus = components['schemas']['Message']['status'];
export type MessageError = components['schemas']['MessageError'];
export type ChatEvent = components['schemas']['ChatEvent'] & { to?: UserRef };
export type ChatStatus = components['schemas']['ChatStatus'];
export type QueueRef = components['schemas']['QueueRef'];
export type UserRef = components['schemas']['UserRef'];

export type Media = components['schemas']['MediaPart'];

export interface EndUser {
  id: number;
  name?: string;
  number: string;
  masked?: boolean; // the number is dots and its last digits: the tenant hides it from this agent
}

export interface Chat {
  chat_id: number;
  status: ChatStatus;
  queue: QueueRef | null;
  end_user: EndUser;
  number: string; // ours
  lang: string;
  last_seq: number;
  created_at: string;
  assigned_at?: string;
  last_consumer_at?: string;
  last_agent_at?: string;
  flag?: boolean;
  opted_out?: boolean;
  preview?: string;
  response_target?: number; // seconds
  response_due_at?: string;
  sub_status?: string;
  started_by?: 'end_user' | 'api' | 'agent';
  read_seq?: number; // how far its agent has read, on any browser
  queue_closed?: { from?: string; until?: string }; // without from it is closed now
  transfer?: { to: UserRef; until: string }; // under way
}

// How a transfer stands, told to the agent who has the chat.
export interface TransferNews {
  state: 'began' | 'ended' | 'failed';
  to?: UserRef;
  queue?: QueueRef;
  by?: UserRef;
  why?: 'declined' | 'missed' | 'gone' | 'taken_over' | 'chat_ended' | 'closed';
}

// An agent's first text to a consumer.
export interface First {
  queue_id: number;
  from: string;
  to: string;
  text: string;
  client_id: string;
  confirm_quiet?: boolean;
  shortcut_ids?: number[]; // with which it was written
}

export interface OfferData {
  chat_id: number;
  queue: QueueRef | null; // none of a chat that a program began and a colleague hands over
  transfer?: { by: UserRef; note?: string };
  end_user: EndUser;
  lang: string;
  preview: string;
  waiting_since: string;
  expires_at: string;
}

export type AgentStatus = 'available' | 'unavailable' | 'break' | 'meal' | 'wrap_up' | 'missed_chat' | 'unresponsive' | 'offline' | (string & {});

export interface Hello {
  agent: { id: number; name: string; email: string };
  status: AgentStatus;
  status_since: string;
  server_time: string;
  limit: number;
  numbers_masked?: boolean; // the tenant hides customers' numbers from this agent
  chats: Chat[];
  offers: OfferData[];
  wrap_ups?: { chat: Chat; ended_at: string; wrap_up: WrapUp }[];
}

export interface Frame {
  type: string;
  id?: string;
  chat_id?: number;
  seq?: number;
  at?: string;
  lang?: string; // of a request: in which its refusal is to be told
  data?: unknown;
}

export interface Refusal {
  code: string;
  message: string;
  by?: string; // who has it, for already_taken
  field?: string;
  chat?: number; // the one in the way
}

export interface Removal {
  why: 'ended' | 'dismissed' | 'requeued' | 'taken';
  by?: string; // disconnected_by of an ended chat, else the name of who took it
  reason?: string;
  wrap_up?: WrapUp;
}

// WrapUp is what the agent of a chat that has ended is asked, and until when it takes a slot.
export interface WrapUp {
  until: string;
  dispositions: string[];
}

// Why a socket closed, and what to do about it (spec 1.8).
export const closeCodes = { sessionEnded: 4001, tooSlow: 4002, replaced: 4003, restart: 1012 } as const;
