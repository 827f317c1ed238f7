// Addresses as people guess or remember them (spec 6, section 3), and where their pages are. Pure.
const plain = new Map(Object.entries({
  '/queues': '/admin/queues',
  '/queues/sms': '/admin/queues',
  '/queues/ivr': '/admin/queues?channel=ivr',
  '/numbers/blocklist': '/admin/blocklist',
  '/developers': '/admin/tokens',
  '/developers/credentials': '/admin/tokens',
  '/settings/general': '/admin/settings',
  '/settings/chat': '/admin/settings',
  '/settings/sms': '/admin/settings',
  '/settings/routing': '/admin/settings',
  '/settings/commands': '/admin/commands',
  '/settings/shortcuts': '/admin/shortcuts',
  '/settings/languages': '/admin/texts',
  '/settings/carriers': '/admin/carriers',
  '/settings/audit': '/admin/audit',
  '/history': '/history/chats',
}));

const pages = ['numbers', 'users', 'teams', 'consent'];

// aliasOf is where a page is that somebody looks for at another address; undefined where there is none.
export function aliasOf(path: string): string | undefined {
  const at = path.replace(/\/+$/, '');
  const known = plain.get(at);
  if (known) return known;
  const [, first = '', ...rest] = at.split('/');
  if (pages.includes(first)) return `/admin/${[first, ...rest].join('/')}`;
  if (first === 'settings' && rest.length === 0) return '/admin/settings';
  if (first === 'queues' && rest[0] === 'sms' && rest.length > 1 && rest.length < 4) return `/admin/queues/${rest.slice(1).join('/')}`;
  return undefined;
}
