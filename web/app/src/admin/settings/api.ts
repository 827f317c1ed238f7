import { client, data } from '../../api/client.ts';
import type { SettingsPage } from './setting.ts';

export const settingsKey = (queue?: number) => ['admin', 'settings', queue ?? 0] as const;

export const getSettings = (queue?: number): Promise<SettingsPage> =>
  data(queue === undefined ? client.GET('/settings') : client.GET('/queues/{queue_id}/settings', { params: { path: { queue_id: queue } } }));

export const changeSettings = (values: Record<string, unknown>, queue?: number): Promise<SettingsPage> =>
  data(queue === undefined ? client.PUT('/settings', { body: { values } }) : client.PUT('/queues/{queue_id}/settings', { params: { path: { queue_id: queue } }, body: { values } }));
