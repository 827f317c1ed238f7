// Which pages a session may see (spec 6, section 3).
import { Activity, History, MessageSquareText, Settings, Smartphone, type LucideIcon } from 'lucide-react';
import type { Session } from '../api/client.ts';
import type { Key } from '../i18n/index.ts';
import type { KeyId } from '../keys/registry.ts';

export type Page = 'desk' | 'history' | 'monitor' | 'admin' | 'simulator';

interface PageInfo {
  id: Page;
  to: '/desk' | '/history/chats' | '/monitor' | '/admin' | '/simulator';
  icon: LucideIcon;
  label: Key;
  short: Key;
  keyId?: KeyId;
  foot?: boolean;
  also?: string; // another address of it
}

export const pages: readonly PageInfo[] = [
  { id: 'desk', to: '/desk', icon: MessageSquareText, label: 'nav.desk', short: 'nav.desk', keyId: 'goDesk' },
  { id: 'history', to: '/history/chats', icon: History, label: 'nav.history', short: 'nav.history' }, // their own; supervisors find all from the monitor
  { id: 'monitor', to: '/monitor', icon: Activity, label: 'nav.monitor', short: 'nav.monitor', keyId: 'goMonitor', also: '/history' },
  { id: 'admin', to: '/admin', icon: Settings, label: 'nav.admin', short: 'nav.adminShort', keyId: 'goAdmin' },
  { id: 'simulator', to: '/simulator', icon: Smartphone, label: 'nav.simulator', short: 'nav.phones', keyId: 'goSimulator', foot: true },
];

export function may(session: Session, page: Page): boolean {
  if (page === 'simulator') return session.features.simulator;
  if (page === 'monitor') return session.user.roles.some((r) => r === 'manager' || r === 'admin');
  if (page === 'admin') return session.user.roles.some((r) => r !== 'agent');
  if (page === 'history') return !may(session, 'monitor') && session.user.roles.includes('agent');
  return session.user.roles.some((r) => r === 'agent' || r === 'manager');
}
