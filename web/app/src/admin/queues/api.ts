import { client, data } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';

type Schemas = components['schemas'];
export type Queue = Schemas['Queue'];
export type QueueChange = Schemas['QueueChange'];
export type QueueDraft = Schemas['QueueDraft'];
export type QueuePreview = Schemas['QueuePreview'];
export type QueueMembers = Schemas['QueueMembers'];
export type Channel = Schemas['QueueChannel'];

export const queuesKey = ['admin', 'queues'] as const;
export const membersKey = (id: number) => ['admin', 'members', id] as const;
export const queueNumbersKey = (id: number) => ['admin', 'queue-numbers', id] as const;

const of = (id: number) => ({ params: { path: { queue_id: id } } });

export const listQueues = () => data(client.GET('/queues'));
export const createQueue = (body: Schemas['NewQueue']) => data(client.POST('/queues', { body }));
export const changeQueue = (id: number, body: QueueChange) => data(client.PATCH('/queues/{queue_id}', { ...of(id), body }));
export const moveQueue = (id: number, body: Schemas['QueuePlace']) => data(client.POST('/queues/{queue_id}/move', { ...of(id), body }));
export const orderQueues = (body: Schemas['QueueOrder']) => data(client.POST('/queues/order', { body }));
export const copyQueue = (id: number, body: Schemas['QueueCopy']) => data(client.POST('/queues/{queue_id}/copy', { ...of(id), body }));
export const deleteQueue = (id: number, body: Schemas['QueueDeletion']) => data(client.POST('/queues/{queue_id}/delete', { ...of(id), body }));
export const previewQueue = (id: number, body: QueueDraft) => data(client.POST('/queues/{queue_id}/preview', { ...of(id), body }));
export const getPreview = (id: number, query: { lang?: string; at?: string }) => data(client.GET('/queues/{queue_id}/preview', { params: { path: { queue_id: id }, query } }));
export const getMembers = (id: number) => data(client.GET('/queues/{queue_id}/members', of(id)));
export const setMembers = (id: number, body: Schemas['QueueMembersInput']) => data(client.PUT('/queues/{queue_id}/members', { ...of(id), body }));
export const getQueueNumbers = (id: number) => data(client.GET('/queues/{queue_id}/numbers', of(id)));
export const setOutbound = (id: number, ids: number[]) => data(client.PUT('/queues/{queue_id}/outbound-numbers', { ...of(id), body: { number_ids: ids } }));
export const listTeams = () => data(client.GET('/teams'));
export const listAgents = (search: string) => data(client.GET('/users', { params: { query: { search: search || undefined, role: 'agent', limit: 50 } } }));
