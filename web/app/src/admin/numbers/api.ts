import { client, data } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';

export type PhoneNumber = components['schemas']['Number'];
export type NumberInput = components['schemas']['NumberInput'];
export type NumberEdit = components['schemas']['NumberEdit'];
export type Capability = components['schemas']['Capability'];
export type Verification = components['schemas']['Verification'];

export const numbersKey = ['admin', 'numbers'] as const;
export const accountsKey = ['admin', 'accounts'] as const;
export const capabilities: readonly Capability[] = ['inbound', 'outbound', 'in_call', 'sessionless'];

const of = (id: number) => ({ params: { path: { number_id: id } } });

export const listNumbers = () => data(client.GET('/numbers'));
export const listAccounts = () => data(client.GET('/carrier-accounts'));
export const addNumber = (body: NumberInput) => data(client.POST('/numbers', { body }));
export const editNumber = (id: number, body: NumberEdit) => data(client.PATCH('/numbers/{number_id}', { ...of(id), body }));
export const removeNumber = (id: number) => data(client.DELETE('/numbers/{number_id}', of(id)));
export const verifyNumbers = (ids: number[]) => data(client.POST('/numbers/verify', { body: { number_ids: ids } }));
export const assignNumber = (id: number, queue: number) => data(client.PUT('/numbers/{number_id}/queue', { ...of(id), body: { queue_id: queue } }));
export const unassignNumber = (id: number) => data(client.DELETE('/numbers/{number_id}/queue', of(id)));
export const setGlobal = (id: number, on: boolean) => data(on ? client.PUT('/numbers/{number_id}/global-outbound', of(id)) : client.DELETE('/numbers/{number_id}/global-outbound', of(id)));
