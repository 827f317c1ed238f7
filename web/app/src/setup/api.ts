import { answered, client, type Session } from '../api/client.ts';
import type { components } from '../api/console.gen.ts';
import { e164 } from '../parts/e164.ts';
import type { Answers } from './steps.ts';

export type SetupState = components['schemas']['SetupState'];

export async function getSetup(): Promise<SetupState> {
  return answered(await client.GET('/setup'));
}

export async function tryCarrier(a: Answers, number: boolean): Promise<void> {
  answered(await client.POST('/setup/carrier', { body: { token: a.token, sid: a.sid.trim(), auth_token: a.auth.trim(), number: number ? numberOf(a) : undefined } }));
}

// tryToken asks with credentials that are none: whoever has the token is told about these, anybody else about the token.
export async function tryToken(token: string): Promise<boolean> {
  const { response } = await client.POST('/setup/carrier', { body: { token: token.trim(), sid: '', auth_token: '' } });
  if (response.status >= 500) answered({ response });
  return response.status === 400;
}

export async function setUp(a: Answers): Promise<Session> {
  const carrier = a.carrier === 'twilio' ? { kind: 'twilio' as const, sid: a.sid.trim(), auth_token: a.auth.trim() } : { kind: 'simulator' as const };
  const body = {
    token: a.token.trim(),
    company: a.company.trim(),
    admin: { name: a.name.trim(), email: a.email.trim(), password: a.password },
    carrier,
    number: numberOf(a),
    tree: a.tree || 'one',
    time_zone: a.zone,
    languages: [a.lang, ...a.more.filter((l) => l !== a.lang)],
  };
  return answered(await client.POST('/setup', { body }));
}

const numberOf = (a: Answers) => e164(a.number) ?? a.number.trim();
