// How one may sign in here, beside the password form that is always there.
import { client, data } from '../api/client.ts';
import type { components } from '../api/console.gen.ts';

export type Ways = components['schemas']['SignInWays'];

export const getWays = (): Promise<Ways> => data(client.GET('/session/ways'));

// leaveFor goes to the provider; the browser comes back by itself.
export async function leaveFor(next: string | undefined, email: string): Promise<void> {
  const { url } = await data(client.POST('/session/provider', { body: { next, email: email || undefined } }));
  location.assign(url);
}
