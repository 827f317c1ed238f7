// The calls of pages and dialogs that are loaded on demand.
import { answered, client, type Session } from './client.ts';
import type { components } from './console.gen.ts';
import { usePrefs } from '../prefs.ts';

export type Statuses = components['schemas']['AgentStatus'];
export type Shortcut = components['schemas']['Shortcut'];
export type ShortcutList = components['schemas']['ShortcutList'];
export type MyStats = components['schemas']['MyStats'];
export type WhyStep = components['schemas']['WhyStep'];

export async function getStatuses(): Promise<Statuses> {
  return answered(await client.GET('/status'));
}

export type MeChange = components['schemas']['MeChange'];

export async function changeMe(change: MeChange): Promise<Session> {
  return answered(await client.PATCH('/me', { body: change }));
}

export async function changePassword(old: string, password: string): Promise<Session> {
  return answered(await client.POST('/me/password', { body: { old_password: old, password } }));
}

export async function listShortcuts(about: { chat_id?: number; queue_id?: number }): Promise<ShortcutList> {
  return answered(await client.GET('/shortcuts', { params: { query: about } }));
}

export async function getMyStats(): Promise<MyStats> {
  const time_zone = usePrefs.getState().time_zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
  return answered(await client.GET('/me/stats', { params: { query: { time_zone } } }));
}

export type MyQueue = components['schemas']['MyQueue'];

export async function listMyQueues(): Promise<MyQueue[]> {
  return answered(await client.GET('/me/queues'));
}

export async function whyMessage(message: number): Promise<WhyStep[]> {
  return answered(await client.GET('/messages/{message_id}/why', { params: { path: { message_id: message } } })).steps;
}

export async function whyChat(chat: number): Promise<WhyStep[]> {
  return answered(await client.GET('/chats/{chat_id}/why', { params: { path: { chat_id: chat } } })).steps;
}

export type LaidAside = components['schemas']['LaidAside'];
export type TransferTargets = components['schemas']['TransferTargets'];
export type OutboundOptions = components['schemas']['OutboundOptions'];

export async function listDismissed(): Promise<LaidAside[]> {
  return answered(await client.GET('/chats/dismissed'));
}

export async function resumeChat(chat: number): Promise<void> {
  answered(await client.POST('/chats/{chat_id}/resume', { params: { path: { chat_id: chat } } }));
}

export async function listTransferTargets(chat: number): Promise<TransferTargets> {
  return answered(await client.GET('/chats/{chat_id}/transfer-targets', { params: { path: { chat_id: chat } } }));
}

// aboutRecipient says what is known of a number before it is texted.
export async function aboutRecipient(to: string): Promise<components['schemas']['Recipient']> {
  return answered(await client.GET('/outbound/options', { params: { query: { to } } })).to!;
}

export async function listOutboundOptions(): Promise<OutboundOptions> {
  return answered(await client.GET('/outbound/options'));
}

export type Consumer = components['schemas']['Consumer'];
export type PastChat = components['schemas']['PastChat'];
export type Transcript = components['schemas']['Transcript'];

export async function getConsumer(consumer: number): Promise<Consumer> {
  return answered(await client.GET('/end-users/{end_user_id}', { params: { path: { end_user_id: consumer } } }));
}

export async function listChatsOf(consumer: number): Promise<PastChat[]> {
  return answered(await client.GET('/end-users/{end_user_id}/chats', { params: { path: { end_user_id: consumer } } }));
}

export async function getTranscript(chat: number): Promise<Transcript> {
  return answered(await client.GET('/chats/{chat_id}/transcript', { params: { path: { chat_id: chat }, query: { limit: 500 } } }));
}

export type Block = components['schemas']['Block'];

export async function revealNumber(chat: number, reason: string): Promise<string> {
  return answered(await client.POST('/chats/{chat_id}/reveal', { params: { path: { chat_id: chat } }, body: { reason } })).number;
}

export async function blockNumber(address: string, reason: string): Promise<Block> {
  return answered(await client.POST('/blocklist', { body: { address, reason } }));
}

export async function unblockNumber(block: number): Promise<void> {
  answered(await client.DELETE('/blocklist/{block_id}', { params: { path: { block_id: block } } }));
}
