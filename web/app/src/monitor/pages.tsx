// The supervisor's pages, for those who may see them.
import { useRouteContext } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useWords } from '../i18n/index.ts';
import { EmptyState } from '../parts/index.tsx';
import { may } from '../shell/pages.ts';
import { Dialogs } from './Dialogs.tsx';
import { History } from './History.tsx';
import { Monitor } from './Monitor.tsx';
import { Wall } from './Wall.tsx';
import { words } from './words.ts';

export function MonitorPage() {
  return (
    <Supervisors>
      <Monitor />
      <Dialogs />
    </Supervisors>
  );
}

export function WallPage() {
  return (
    <Supervisors>
      <Wall />
    </Supervisors>
  );
}

export function HistoryPage() {
  return (
    <Supervisors>
      <History />
    </Supervisors>
  );
}

function Supervisors({ children }: { children: ReactNode }) {
  const say = useWords(words);
  const { session } = useRouteContext({ from: '/shell' });
  if (may(session, 'monitor')) return children;
  return (
    <EmptyState title={say('forbidden.title')}>
      <p>{say('forbidden.text')}</p>
    </EmptyState>
  );
}
