import { client, data } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';

export type Account = components['schemas']['CarrierAccount'];
export type Check = components['schemas']['CarrierCheck'];

export const accountsKey = ['admin', 'carriers'] as const;

export const listAccounts = () => data(client.GET('/carrier-accounts'));
export const addAccount = (sid: string, auth_token: string, base_url: string) => data(client.POST('/carrier-accounts', { body: { sid, auth_token, base_url: base_url.trim() || undefined } }));
export const rotateToken = (id: number, auth_token: string, base_url: string) => data(client.PUT('/carrier-accounts/{account_id}/token', { params: { path: { account_id: id } }, body: { auth_token, base_url: base_url.trim() || undefined } }));
export const checkAccount = (id: number) => data(client.POST('/carrier-accounts/{account_id}/check', { params: { path: { account_id: id } } }));
