// The supervisor's pages, for those who may see them.
import { useRouteContext } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Forbidden } from '../admin/Forbidden.tsx';
import { may } from '../shell/pages.ts';
import { Dialogs } from './Dialogs.tsx';
import { History } from './History.tsx';
import { Monitor } from './Monitor.tsx';
import { Wall } from './Wall.tsx';

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
    <Supervisors also="history">
      <History />
    </Supervisors>
  );
}

function Supervisors({ also, children }: { also?: 'history'; children: ReactNode }) {
  const { session } = useRouteContext({ from: '/shell' });
  if (may(session, 'monitor') || (also && may(session, also))) return children;
  return <Forbidden roles={also ? ['agent', 'manager', 'admin'] : ['manager', 'admin']} />;
}
