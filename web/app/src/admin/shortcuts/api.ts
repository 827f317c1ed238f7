import { client, data } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';

export type Shortcut = components['schemas']['Shortcut'];
export type ShortcutBody = components['schemas']['ShortcutBody'];

export const shortcutsKey = ['admin', 'shortcuts'] as const;

export const listShortcuts = () => data(client.GET('/shortcuts', { params: { query: { uses: true } } }));
export const createShortcut = (body: ShortcutBody) => data(client.POST('/shortcuts', { body }));
export const changeShortcut = (id: number, body: ShortcutBody) => data(client.PUT('/shortcuts/{shortcut_id}', { params: { path: { shortcut_id: id } }, body }));
export const deleteShortcut = (id: number) => data(client.DELETE('/shortcuts/{shortcut_id}', { params: { path: { shortcut_id: id } } }));
export const importShortcuts = (csv: string) => data(client.POST('/shortcut-imports', { body: { csv } }));
export const listQueues = () => data(client.GET('/queues', { params: { query: { channel: 'sms' } } }));
