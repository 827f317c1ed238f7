// The console's REST calls, typed by the contract.
import createClient from 'openapi-fetch';
import { t, useLang } from '../i18n/index.ts';
import type { components, paths } from './console.gen.ts';
import { noteUse } from './sitting.ts';

export type Session = components['schemas']['Session'];
export type Simulator = components['schemas']['Simulator'];
export type SimulatorNumber = components['schemas']['SimulatorNumber'];
export type Handset = components['schemas']['Handset'];

// A foreign page can't send this header, so it stands against forged requests.
const ours = { 'X-Sidetone': 'console' };

export const client = createClient<paths>({ baseUrl: '/api/console', headers: ours });
// What the server says to a person is in the language of the console, whatever the browser's own is.
const language = () => ({ 'Accept-Language': useLang.getState().lang });
client.use({ onRequest: ({ request }) => request.headers.set('Accept-Language', language()['Accept-Language']) });
client.use({ onError: ({ error }) => unreachable(error) });
client.use({ onResponse: ({ response }) => (response.ok ? noteUse(response) : undefined) });

export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly requestId?: string,
    readonly code?: string,
    readonly field?: string, // what is at fault, as the contract names it
    readonly body?: unknown,
  ) {
    super(message);
  }
}

// unreachable is what became of a request that got no answer: the browser's own sentence is not the console's language.
function unreachable(error: unknown): Error | undefined {
  return error instanceof TypeError ? new Error(t('app.unreachable')) : undefined; // an aborted one stays so
}

// ask is fetch for what has no contract.
async function ask(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (e) {
    throw unreachable(e) ?? e;
  }
}

function refused(response: Response, error: unknown): Refused {
  const e = error as Partial<components['schemas']['Error']> | undefined;
  return new Refused(response.status, e?.message ?? t('app.strange', { status: response.status }), e?.request_id ?? response.headers.get('X-Request-Id') ?? undefined, e?.code, e?.field, error);
}

// answered is what the server says; a refusal is thrown.
export function answered<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (!response.ok) throw refused(response, error);
  return data as T;
}

// data waits for what the server says.
export async function data<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  return answered(await call);
}

// getSession answers null for nobody.
export async function getSession(): Promise<Session | null> {
  const { data, error, response } = await client.GET('/session');
  if (data) return data;
  if (response.status === 401) return null;
  throw refused(response, error);
}

export async function signIn(email: string, password: string): Promise<Session> {
  const { data, error, response } = await client.POST('/session', { body: { email, password } });
  if (data) return data;
  throw refused(response, error);
}

// signOut answers with where to go now: to the provider that let one in, or to the login page.
export async function signOut(): Promise<string> {
  const { data } = await client.DELETE('/session').catch(() => ({ data: undefined }));
  return data?.url ?? '/login';
}

export async function decideOptOut(chat: number, decision: 'confirm' | 'dismiss'): Promise<void> {
  const { error, response } = await client.POST('/chats/{chat_id}/opt-out', { params: { path: { chat_id: chat } }, body: { decision } });
  if (!response.ok) throw refused(response, error);
}

// uploadMedia keeps a file that the agent will send; it is the body itself, so no generated call fits.
export async function uploadMedia(file: Blob): Promise<components['schemas']['MediaPart']> {
  const response = await ask('/api/console/media', {
    method: 'POST',
    headers: { ...ours, ...language(), 'Content-Type': 'application/octet-stream' },
    body: file,
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body as components['schemas']['MediaPart'];
  throw refused(response, body);
}

export async function getSimulator(): Promise<Simulator> {
  const { data, error, response } = await client.GET('/simulator');
  if (data) return data;
  throw refused(response, error);
}

// sim speaks to the simulated carrier through the server; it has no contract of ours, it stands for the outside world.
export async function sim<T>(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<T> {
  const response = await ask(`/sim${path}`, {
    method,
    headers: { ...ours, ...language(), ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const data = text === '' ? undefined : JSON.parse(text);
  if (!response.ok) throw refused(response, data);
  return data as T;
}
