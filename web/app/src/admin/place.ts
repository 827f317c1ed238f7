// Where in the administration one is: the page, what follows it in the address, and the query string.
import { useLocation, useNavigate, useRouteContext } from '@tanstack/react-router';
import type { Session } from '../api/client.ts';
import { adminPages, holds, type AdminPage } from './pages.ts';

export interface Place {
  page: AdminPage | undefined;
  rest: readonly string[]; // /admin/queues/7/hours: ['7', 'hours']
  search: Record<string, unknown>;
}

export function usePlace(): Place & { id: string } {
  const { pathname, search } = useLocation();
  const [id = '', ...rest] = pathname.replace(/^\/admin\/?/, '').split('/').filter(Boolean).map(decodeURIComponent);
  return { id, page: adminPages.find((p) => p.id === id), rest, search: search as Record<string, unknown> };
}

// useGo leads to an address below /admin: go('queues/7'), go('numbers', { filter: 'x' }).
export function useGo(): (to: string, search?: Record<string, unknown>, replace?: boolean) => void {
  const navigate = useNavigate();
  return (to, search = {}, replace = false) => void navigate({ to: '/admin/$', params: { _splat: to }, search, replace });
}

export function useSession(): Session {
  return useRouteContext({ from: '/shell', select: (c) => c.session });
}

// useMayChange says whether the person may change what this page shows.
export function useMayChange(): boolean {
  const session = useSession();
  const { page } = usePlace();
  return page !== undefined && holds(session, page.write);
}
