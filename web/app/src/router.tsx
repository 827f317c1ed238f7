// Every address of the console. A page a person may not use is absent from the navigation and says which role it needs.
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Link, Outlet, notFound, redirect } from '@tanstack/react-router';
import { lazy } from 'react';
import { getSession, type Session } from './api/client.ts';
import { queryKeys } from './api/keys.ts';
import { useT } from './i18n/index.ts';
import type { SupervisorSearch } from './monitor/search.ts';
import { EmptyState, ErrorState, partStyles } from './parts/index.tsx';
import { adopt } from './prefs.ts';
import type { SetupState } from './setup/api.ts';
import { forgetNews } from './shell/news.ts';
import { may } from './shell/pages.ts';
import { Shell } from './shell/Shell.tsx';
import { useUi } from './ui.ts';

interface Context {
  cache: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound });

// nextPage is where to go afterwards: an address of ours and nobody else's.
function nextPage(q: Record<string, unknown>): { next?: string } {
  return typeof q.next === 'string' && /^\/(?![/\\])/.test(q.next) ? { next: q.next } : {};
}

// setupState asks whether this installation is still to be set up; one that does not answer is not.
const setupState = () =>
  import('./setup/api.ts').then(({ getSetup }) => getSetup()).catch((): SetupState => ({ open: false }));

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  beforeLoad: async () => {
    if ((await setupState()).open) throw redirect({ to: '/setup', search: {} });
  },
  validateSearch: (q: Record<string, unknown>): { next?: string; problem?: string } => ({ ...nextPage(q), ...(typeof q.problem === 'string' && { problem: q.problem }) }),
  component: lazyRouteComponent(() => import('./login/Login.tsx'), 'Login'),
});

let adopted: Session | undefined; // whose preferences hold

// signedIn is the session of a page that needs one.
async function signedIn(cache: QueryClient, href: string): Promise<Session> {
  const session = await cache.ensureQueryData({ queryKey: queryKeys.session, queryFn: getSession, staleTime: Infinity });
  if (!session) {
    forgetNews();
    throw redirect({ to: '/login', search: href === '/' ? {} : { next: href } });
  }
  if (adopted !== session) adopt((adopted = session).preferences);
  return session;
}

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (q: Record<string, unknown>): { step?: string } => (typeof q.step === 'string' ? { step: q.step } : {}),
  loaderDeps: ({ search }) => ({ done: search.step === 'done' }),
  staleTime: Infinity,
  loader: async ({ context, deps }): Promise<SetupState> => {
    const state = await setupState();
    if (!state.open && !(deps.done && (await signedIn(context.cache, '/')))) throw redirect({ to: '/' });
    return state;
  },
  component: lazyRouteComponent(() => import('./setup/Setup.tsx'), 'Setup'),
});

const password = createRoute({
  getParentRoute: () => root,
  path: '/password',
  validateSearch: nextPage,
  beforeLoad: async ({ context, location }): Promise<{ session: Session }> => ({ session: await signedIn(context.cache, location.href) }),
  component: lazyRouteComponent(() => import('./login/Password.tsx'), 'Password'),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: async ({ context, location }): Promise<{ session: Session }> => {
    const session = await signedIn(context.cache, location.href);
    // Whoever was given a password chooses their own before anything else.
    if (session.must_change_password) throw redirect({ to: '/password', search: location.href === '/' ? {} : { next: location.href } });
    return { session };
  },
  component: Shell,
  errorComponent: Failed,
});

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: ({ context }) => {
    throw redirect({ to: may(context.session, 'desk') ? '/desk' : may(context.session, 'admin') ? '/admin' : '/simulator' });
  },
});

interface DeskSearch {
  q?: string; // what the list is narrowed to
}

function deskSearch(given: Record<string, unknown>): DeskSearch {
  const q = typeof given.q === 'string' || typeof given.q === 'number' ? String(given.q).slice(0, 100) : '';
  return q.trim() === '' ? {} : { q };
}

const onDesk = () => /^\/desk(\/|$)/.test(location.pathname);

const chatParam = { parse: ({ chat }: { chat: string }) => ({ chat: Number(chat) }), stringify: ({ chat }: { chat: number }) => ({ chat: String(chat) }) };
const DeskForAgents = lazyRouteComponent(() => import('./desk/Desk.tsx'), 'Desk');
const Forbidden = lazy(() => import('./admin/Forbidden.tsx').then((f) => ({ default: f.Forbidden })));
const deskPage = () => (may(shell.useRouteContext({ select: (c) => c.session }), 'desk') ? <DeskForAgents /> : <Forbidden roles={['agent', 'manager']} />);
// The filter of the desk's list goes along from chat to chat.
const desk = createRoute({
  getParentRoute: () => shell,
  path: '/desk',
  component: deskPage,
  validateSearch: deskSearch,
  search: {
    middlewares: [
      ({ search, next }) => {
        const to = next(search);
        return 'q' in to || !onDesk() ? to : { ...to, q: search.q };
      },
    ],
  },
});
const deskChat = createRoute({
  getParentRoute: () => desk,
  path: '$chat',
  params: chatParam,
});

const deskNew = createRoute({
  getParentRoute: () => desk,
  path: 'new',
  beforeLoad: () => {
    useUi.setState({ newTextOpen: true });
    throw redirect({ to: '/desk' });
  },
});

// The supervisor's pages check themselves what stands in their addresses (monitor/search.ts).
const typed = (q: Record<string, unknown>): SupervisorSearch => q;
const supervisors = (page: keyof typeof import('./monitor/pages.tsx')) => lazyRouteComponent(() => import('./monitor/pages.tsx'), page);
const monitor = createRoute({
  getParentRoute: () => shell,
  path: '/monitor',
  validateSearch: typed,
  component: supervisors('MonitorPage'),
});
const monitorChat = createRoute({ getParentRoute: () => monitor, path: 'chats/$chat', params: chatParam });
const wall = createRoute({ getParentRoute: () => shell, path: '/monitor/wall', component: supervisors('WallPage') });
const history = createRoute({
  getParentRoute: () => shell,
  path: '/history/chats',
  validateSearch: typed,
  component: supervisors('HistoryPage'),
});
const historyChat = createRoute({ getParentRoute: () => history, path: '$chat', params: chatParam });

// The pages of the administration are known to its own chunk alone (admin/pages.ts): queues, queues/7/hours.
const admin = createRoute({ getParentRoute: () => shell, path: '/admin', component: lazyRouteComponent(() => import('./admin/Admin.tsx'), 'Admin') });
const adminPage = createRoute({ getParentRoute: () => admin, path: '$', validateSearch: (q: Record<string, unknown>) => q });

const me = createRoute({ getParentRoute: () => shell, path: '/me', component: lazyRouteComponent(() => import('./me/Me.tsx'), 'Me') });

const simulator = createRoute({
  getParentRoute: () => shell,
  path: '/simulator',
  validateSearch: (q: Record<string, unknown>): SimulatorSearch => ({
    ...(q.handset !== undefined && { handset: phoneNumber(q.handset) }),
    ...(q.to !== undefined && { to: phoneNumber(q.to) }),
    ...(typeof q.show === 'string' && { show: q.show }),
    ...(q.pane === 'scripts' && { pane: q.pane }),
    ...((q.kind === 'texts' || q.kind === 'receipts' || q.kind === 'webhooks') && { kind: q.kind }),
    ...(q.of !== undefined && { of: phoneNumber(q.of) }),
    ...(typeof q.script === 'string' && { script: q.script }),
    ...(q.bare !== undefined && q.bare !== false && { bare: true }),
  }),
  component: lazyRouteComponent(() => import('./sim/Simulator.tsx'), 'Simulator'),
});

// An address that is none of ours may be where somebody looks for a page of ours.
const elsewhere = createRoute({
  getParentRoute: () => root,
  path: '$',
  beforeLoad: async ({ location }) => {
    const { aliasOf } = await import('./aliases.ts');
    const at = aliasOf(location.pathname);
    if (at) throw redirect({ href: at + (at.includes('?') ? '' : location.searchStr), replace: true });
    throw notFound();
  },
});

interface SimulatorSearch {
  handset?: string;
  to?: string;
  show?: string; // the id of a text
  pane?: 'scripts'; // else the trace
  kind?: 'texts' | 'receipts' | 'webhooks'; // of the trace's events
  of?: string; // the handset whose events the trace shows
  script?: string; // played once
  bare?: boolean; // one phone and nothing else, as on a real one
}

// A number in the query string may have lost its plus or become a JavaScript number.
function phoneNumber(value: unknown): string {
  const digits = String(value).replace(/\D/g, '');
  return digits.length > 6 ? `+${digits}` : digits;
}

function NotFound() {
  const t = useT();
  return (
    <EmptyState title={t('app.notFound')}>
      <Link className={partStyles.button} to="/">
        {t('app.goHome')}
      </Link>
    </EmptyState>
  );
}

function Failed({ error, reset }: { error: unknown; reset: () => void }) {
  const t = useT();
  return <ErrorState title={t('app.failed')} error={error} retry={reset} />;
}

export function makeRouter(cache: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([login, setup, password, elsewhere, shell.addChildren([home, desk.addChildren([deskChat, deskNew]), monitor.addChildren([monitorChat]), wall, history.addChildren([historyChat]), admin.addChildren([adminPage]), simulator, me])]),
    context: { cache },
    defaultPreload: 'intent',
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: Failed,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
