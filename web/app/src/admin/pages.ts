// The pages of the administration, in the order of the navigation. A page that is not in this list does not exist. Each
// is a chunk of its own; `read` are the roles that the contract lets see it, `write` those that may change it.
import { Ban, Clock, FileClock, Hash, KeyRound, Languages, ListOrdered, LogIn, Network, RadioTower, Settings, ShieldCheck, Slash, Terminal, UserRound, UsersRound, type LucideIcon } from 'lucide-react';
import { lazy, type ComponentType } from 'react';
import type { Session } from '../api/client.ts';
import type { words } from './words.ts';

export type Role = Session['user']['roles'][number];

export interface AdminPage {
  id: string; // the first part of its address: /admin/blocklist
  group: 'channel' | 'people' | 'access' | 'compliance';
  icon: LucideIcon;
  label: keyof typeof words;
  read: readonly Role[];
  write: readonly Role[];
  wide?: boolean; // needs the room: the navigation shows icons alone beside it
  component: ComponentType;
}

const admin = ['admin'] as const;
const managers = ['manager', 'admin'] as const;
const lookers = ['manager', 'admin', 'developer'] as const;
const builders = ['admin', 'developer'] as const;

export const adminPages: readonly AdminPage[] = [
  { id: 'queues', group: 'channel', icon: Network, label: 'nav.queues', read: managers, write: admin, wide: true, component: lazy(() => import('./queues/Queues.tsx')) },
  { id: 'numbers', group: 'channel', icon: Hash, label: 'nav.numbers', read: lookers, write: admin, component: lazy(() => import('./numbers/Numbers.tsx')) },
  { id: 'hours', group: 'channel', icon: Clock, label: 'nav.hours', read: managers, write: admin, component: lazy(() => import('./hours/HoursPage.tsx')) },
  { id: 'texts', group: 'channel', icon: Languages, label: 'nav.texts', read: managers, write: admin, component: lazy(() => import('./texts/TextsPage.tsx')) },
  { id: 'commands', group: 'channel', icon: Terminal, label: 'nav.commands', read: managers, write: admin, component: lazy(() => import('./commands/Commands.tsx')) },
  { id: 'settings', group: 'channel', icon: Settings, label: 'nav.settings', read: managers, write: admin, component: lazy(() => import('./settings/Settings.tsx')) },
  { id: 'shortcuts', group: 'channel', icon: Slash, label: 'nav.shortcuts', read: managers, write: managers, component: lazy(() => import('./shortcuts/Shortcuts.tsx')) },
  { id: 'presets', group: 'channel', icon: ListOrdered, label: 'nav.presets', read: managers, write: managers, component: lazy(() => import('./presets/Presets.tsx')) },
  { id: 'carriers', group: 'channel', icon: RadioTower, label: 'nav.carriers', read: builders, write: admin, component: lazy(() => import('./carriers/Carriers.tsx')) },
  { id: 'users', group: 'people', icon: UserRound, label: 'nav.users', read: managers, write: admin, component: lazy(() => import('./users/Users.tsx')) },
  { id: 'teams', group: 'people', icon: UsersRound, label: 'nav.teams', read: managers, write: managers, component: lazy(() => import('./teams/Teams.tsx')) },
  { id: 'sign-in', group: 'access', icon: LogIn, label: 'nav.signIn', read: admin, write: admin, component: lazy(() => import('./signin/SignIn.tsx')) },
  { id: 'tokens', group: 'access', icon: KeyRound, label: 'nav.tokens', read: builders, write: builders, component: lazy(() => import('./tokens/Tokens.tsx')) },
  { id: 'consent', group: 'compliance', icon: ShieldCheck, label: 'nav.consent', read: managers, write: admin, component: lazy(() => import('./consent/Consent.tsx')) },
  { id: 'blocklist', group: 'compliance', icon: Ban, label: 'nav.blocklist', read: admin, write: admin, component: lazy(() => import('./blocklist/Blocklist.tsx')) },
  { id: 'audit', group: 'compliance', icon: FileClock, label: 'nav.audit', read: admin, write: admin, component: lazy(() => import('./audit/Audit.tsx')) },
];

export const groups: readonly AdminPage['group'][] = ['channel', 'people', 'access', 'compliance'];

export function holds(session: Session, roles: readonly Role[]): boolean {
  return session.user.roles.some((r) => roles.includes(r));
}
