import { client, data } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';

export type Block = components['schemas']['Block'];
export type BlockImport = components['schemas']['BlockImport'];

export const blocksKey = ['admin', 'blocklist'] as const;

export const listBlocks = (search: string, before?: number) => data(client.GET('/blocklist', { params: { query: { search: search || undefined, before, limit: 100 } } }));
export const addBlock = (address: string, reason: string) => data(client.POST('/blocklist', { body: { address, reason } }));
export const removeBlock = (id: number) => data(client.DELETE('/blocklist/{block_id}', { params: { path: { block_id: id } } }));
export const importBlocks = (csv: string) => data(client.POST('/blocklist/import', { body: { csv } }));
