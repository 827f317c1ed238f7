import { expect, it } from 'vitest';
import { aliasOf } from './aliases.ts';

it.each([
  ['/queues/sms', '/admin/queues'],
  ['/queues/sms/7/hours', '/admin/queues/7/hours'],
  ['/numbers', '/admin/numbers'],
  ['/numbers/3/', '/admin/numbers/3'],
  ['/numbers/blocklist', '/admin/blocklist'],
  ['/users/4', '/admin/users/4'],
  ['/teams/new', '/admin/teams/new'],
  ['/consent', '/admin/consent'],
  ['/developers/credentials', '/admin/tokens'],
  ['/settings', '/admin/settings'],
  ['/settings/audit', '/admin/audit'],
  ['/history', '/history/chats'],
  ['/settings/plans', undefined],
  ['/queues/sms/7/hours/more', undefined],
  ['/nowhere', undefined],
  ['/constructor', undefined],
])('%s is at %s', (path, want) => {
  expect(aliasOf(path)).toBe(want);
});
