import { client, data } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';

export type Preset = components['schemas']['Preset'];
export type PresetBody = components['schemas']['PresetBody'];

export const presetsKey = ['admin', 'presets'] as const;

export const listPresets = () => data(client.GET('/presets', { params: { query: {} } }));
export const createPreset = (body: PresetBody) => data(client.POST('/presets', { body }));
export const changePreset = (id: number, body: PresetBody) => data(client.PUT('/presets/{preset_id}', { params: { path: { preset_id: id } }, body }));
export const deletePreset = (id: number) => data(client.DELETE('/presets/{preset_id}', { params: { path: { preset_id: id } } }));
export const orderPresets = (ids: number[]) => data(client.POST('/presets/order', { body: { preset_ids: ids } }));
export const importPresets = (csv: string) => data(client.POST('/preset-imports', { body: { csv } }));
export const listQueues = () => data(client.GET('/queues'));
