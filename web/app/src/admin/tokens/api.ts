import { client, data } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';

export type Token = components['schemas']['Token'];
export type Scope = components['schemas']['TokenScope'];
export type NewToken = components['schemas']['NewToken'];

export const tokensKey = ['admin', 'tokens'] as const;
export const scopes: readonly Scope[] = ['sms', 'sessionless', 'chats:read', 'calls', 'reports', 'admin'];

export const listTokens = () => data(client.GET('/tokens'));
export const createToken = (name: string, scopes: Scope[]) => data(client.POST('/tokens', { body: { name, scopes } }));
export const changeToken = (id: number, change: { name?: string; disabled?: boolean }) => data(client.PATCH('/tokens/{token_id}', { params: { path: { token_id: id } }, body: change }));
export const regenerateToken = (id: number) => data(client.POST('/tokens/{token_id}/secret', { params: { path: { token_id: id } } }));

// listSenders are the numbers that a program can text from, the one for everything first.
export async function listSenders(): Promise<string[]> {
  const all = await data(client.GET('/numbers'));
  const able = all.filter((n) => n.capabilities.includes('outbound') && n.status.startsWith('verified') && !n.capabilities.some((c) => c === 'in_call' || c === 'sessionless'));
  return able.sort((a, b) => Number(b.global_outbound) - Number(a.global_outbound)).map((n) => n.address);
}
