import { client, data } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';

export type Team = components['schemas']['Team'];

export const teamsKey = ['admin', 'teams'] as const;

export const listTeams = () => data(client.GET('/teams'));
export const createTeam = (name: string, member_ids: number[]) => data(client.POST('/teams', { body: { name, member_ids } }));
export const changeTeam = (id: number, name: string, member_ids: number[]) => data(client.PUT('/teams/{team_id}', { params: { path: { team_id: id } }, body: { name, member_ids } }));
export const deleteTeam = (id: number) => data(client.DELETE('/teams/{team_id}', { params: { path: { team_id: id } } }));
export const listQueues = () => data(client.GET('/queues', { params: { query: {} } }));
