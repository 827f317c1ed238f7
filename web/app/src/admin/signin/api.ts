import { client, data } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';

export type SignIn = components['schemas']['SignIn'];
export type Provider = components['schemas']['SignInProvider'];
export type Input = components['schemas']['SignInInput'];
export type Report = components['schemas']['SignInReport'];
export type Role = components['schemas']['Role'];

export const signInKey = ['admin', 'sign-in'] as const;

export const getSignIn = () => data(client.GET('/sign-in'));
export const saveSignIn = (body: Input) => data(client.PUT('/sign-in', { body }));
export const removeSignIn = () => data(client.DELETE('/sign-in'));
export const checkSignIn = (issuer: string, client_id: string, secret: string | undefined) => data(client.POST('/sign-in/check', { body: { issuer, client_id, secret } }));
