import { client, data } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';

export type Person = components['schemas']['Person'];
export type Role = components['schemas']['Role'];
export type UserInput = components['schemas']['UserInput'];
export type Password = components['schemas']['TemporaryPassword'];

export const usersKey = ['admin', 'users'] as const;
export const pageSize = 50;

export interface UserFilter {
  search?: string;
  role?: Role;
  team_id?: number;
  state?: 'enabled' | 'disabled';
}

export const listUsers = (filter: UserFilter, offset: number, limit = pageSize) => data(client.GET('/users', { params: { query: { ...filter, offset, limit } } }));
export const getUser = (id: number) => data(client.GET('/users/{user_id}', { params: { path: { user_id: id } } }));
export const createUser = (body: UserInput) => data(client.POST('/users', { body }));
export const changeUser = (id: number, body: UserInput) => data(client.PUT('/users/{user_id}', { params: { path: { user_id: id } }, body }));
export const disableUser = (id: number, disabled: boolean) => data(client.PUT('/users/{user_id}/disabled', { params: { path: { user_id: id } }, body: { disabled } }));
export const resetPassword = (id: number) => data(client.POST('/users/{user_id}/password', { params: { path: { user_id: id } } }));
export const signUserOut = (id: number) => data(client.DELETE('/users/{user_id}/sessions', { params: { path: { user_id: id } } }));
export const unlinkUser = (id: number) => data(client.DELETE('/users/{user_id}/identity', { params: { path: { user_id: id } } }));

// everybody reads all users, a page at a time: for lists to choose from.
export async function everybody(): Promise<Person[]> {
  const all: Person[] = [];
  for (;;) {
    const { users, total } = await listUsers({}, all.length, 200);
    all.push(...users);
    if (users.length === 0 || all.length >= total) return all;
  }
}
