import { client, data } from '../../api/client.ts';
import type { components, paths } from '../../api/console.gen.ts';

export type Line = components['schemas']['ConsentLine'];
export type Listed = components['schemas']['DoNotContact'];
export type Flag = components['schemas']['ConsentFlag'];
export type LedgerQuery = NonNullable<paths['/consent']['get']['parameters']['query']>;

export const consentKey = ['admin', 'consent'] as const;
export const actions = ['opt_out', 'opt_in', 'flag_dismissed'] as const;
export const sources = ['keyword', 'phrase', 'agent', 'api', 'carrier', 'import'] as const;

export const listLedger = (query: LedgerQuery) => data(client.GET('/consent', { params: { query: { ...query, limit: 100 } } }));
export const listListed = (search: string, before?: number) => data(client.GET('/do-not-contact', { params: { query: { search: search || undefined, before, limit: 100 } } }));
export const listNumber = (address: string, reason: string) => data(client.POST('/do-not-contact', { body: { address, reason } }));
export const unlist = (id: number, reason: string) => data(client.POST('/do-not-contact/{entry_id}/removal', { params: { path: { entry_id: id } }, body: { reason } }));
export const importListed = (csv: string) => data(client.POST('/consent/import', { body: { csv } }));
export const listFlags = () => data(client.GET('/consent/flags'));
