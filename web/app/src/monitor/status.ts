import { has, type Key } from '../i18n/index.ts';

// statusWord is an agent's status in words; those that a tenant made up are their own.
export function statusWord(t: (key: Key) => string, status: string): string {
  const key = `status.${status}`;
  return has(key) ? t(key) : status;
}
