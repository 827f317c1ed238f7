// A command that works as it stands: with the right host, the secret, and a body that the address takes.
import type { Scope } from './api.ts';

// quoted stands between apostrophes in a shell.
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export function curlOf(origin: string, secret: string, scopes: readonly Scope[], from: string, to: string): string | undefined {
  const auth = `-H ${quoted(`Authorization: Bearer ${secret}`)}`;
  if (scopes.includes('sms') && from && to) {
    const body = JSON.stringify({ chat_type: 'SMS', chat_subtype: 'api_initiated', end_user_number: to, outbound_number: from, message: 'Hello from our program.' });
    return [`curl ${quoted(`${origin}/apps/api/v1/sms`)}`, auth, `-H ${quoted('Content-Type: application/json')}`, `-d ${quoted(body)}`].join(' \\\n  ');
  }
  if (scopes.includes('chats:read')) return [`curl ${quoted(`${origin}/apps/api/v1/chats`)}`, auth].join(' \\\n  ');
  return undefined;
}
