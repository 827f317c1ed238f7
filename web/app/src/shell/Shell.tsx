// The frame of every page: bar, rail, connection, keys.
import { useMantineColorScheme } from '@mantine/core';
import { Link, Outlet, useNavigate, useRouteContext, useRouterState } from '@tanstack/react-router';
import { CircleHelp, LogOut, Search, UserRound } from 'lucide-react';
import { Suspense, useEffect, useLayoutEffect } from 'react';
import { signOut, type Session } from '../api/client.ts';
import { useLink } from '../api/link.ts';
import { noteUse, sitting, useUse } from '../api/sitting.ts';
import { useLang, useT } from '../i18n/index.ts';
import { aria, useCombo } from '../keys/registry.ts';
import { listen, useKey } from '../keys/useKey.ts';
import { Announcer } from '../parts/announce.tsx';
import { useNow } from '../parts/clock.ts';
import { Coming } from '../parts/coming.tsx';
import { Avatar, Kbd, Tip } from '../parts/index.tsx';
import { later, warm } from '../parts/later.ts';
import { Menu, MenuItem, MenuLabel, MenuLine } from '../parts/menu.tsx';
import { Toasts } from '../parts/toast.tsx';
import { usePrefs } from '../prefs.ts';
import { useUi } from '../ui.ts';
import { unlockSoundOnFirstUse } from './alerts.ts';
import { Bell } from './Bell.tsx';
import { useWaiting } from './chats.ts';
import { endingOf } from './ending.ts';
import { useHeard } from './heard.ts';
import { LinkBanner, LinkPane, LinkWord } from './LinkState.tsx';
import { LiveProvider, useConnected, useDesk } from './live.tsx';
import { Mark } from './Mark.tsx';
import { forgetNews, recall } from './news.ts';
import { may, pages } from './pages.ts';
import { loadReads } from './reads.ts';
import s from './shell.module.css';
import { StatusBanner, StatusMenu } from './Status.tsx';

const Ending = later(() => import('./Ending.tsx'));
const KeySheet = later(() => import('./KeySheet.tsx'));
const Palette = later(() => import('./Palette.tsx'));

export function Shell() {
  const session = useRouteContext({ from: '/shell', select: (c) => c.session });
  const heard = useHeard();
  const { user, tenant } = session;
  useLayoutEffect(() => recall(tenant.subdomain, user.id), [tenant.subdomain, user.id]);

  useLayoutEffect(listen, []);
  useEffect(unlockSoundOnFirstUse, []);
  useEffect(() => {
    const timer = setTimeout(warm, 1500); // what is typed after ⌘K is meant for it
    return () => clearTimeout(timer);
  }, []);

  const frame = <Frame session={session} />;
  return may(session, 'desk') || may(session, 'monitor') ? (
    <LiveProvider session={session} heard={heard}>
      {frame}
    </LiveProvider>
  ) : (
    frame
  );
}

function Frame({ session }: { session: Session }) {
  const t = useT();
  const lang = useLang((x) => x.lang);
  const connected = useConnected();
  const navigate = useNavigate();
  const { keysOpen, paletteOpen } = useUi();
  const inChat = useRouterState({ select: (r) => /^\/desk\/./.test(r.location.pathname) });
  const phone = useRouterState({ select: ({ location: l }) => l.pathname === '/simulator' && 'bare' in l.search });
  const wall = useRouterState({ select: ({ location: l }) => l.pathname === '/monitor/wall' && may(session, 'monitor') });
  const phase = useLink((l) => l.phase);
  const theme = usePrefs((p) => (p.theme === 'system' ? 'auto' : p.theme));
  const { setColorScheme } = useMantineColorScheme();
  useCombo('sheet'); // whose key changes changes the bar
  useEffect(() => setColorScheme(theme), [theme]); // it writes to the whole page, so once

  useEffect(() => {
    document.documentElement.lang = lang;
  }, [lang]);
  useEffect(() => {
    if (phase === 'ended') forgetNews();
  }, [phase]);
  useEffect(() => {
    if (connected) void loadReads(connected.shelf);
  }, [connected]);

  useKey('sheet', () => useUi.setState({ keysOpen: true }));
  useKey('commands', () => useUi.setState({ paletteOpen: true }));
  useKey('goDesk', () => void navigate({ to: '/desk' }), may(session, 'desk'));
  useKey('goMonitor', () => void navigate({ to: '/monitor' }), may(session, 'monitor'));
  useKey('goAdmin', () => void navigate({ to: '/admin' }), may(session, 'admin'));
  useKey('goQueues', () => void navigate({ to: '/admin/$', params: { _splat: 'queues' } }), may(session, 'admin'));
  useKey('goSimulator', () => void navigate({ to: '/simulator' }), may(session, 'simulator'));
  useKey('goMe', () => void navigate({ to: '/me' }));
  useKey('panes', nextPane);
  useTitle();

  return (
    <div className={s.shell} data-in-chat={inChat || undefined} data-bare={phone || wall || undefined} data-wall={wall || undefined}>
      <a className={s.skip} href="#content">
        {t('app.skip')}
      </a>
      <Bar session={session} />
      <Rail session={session} />
      <div className={s.banners}>
        {connected && !wall && <LinkBanner />}
        {connected && !wall && <StatusBanner />}
        <Suspense>
          <EndingBanner session={session} />
        </Suspense>
      </div>
      <div className={s.content} id="content" tabIndex={-1}>
        {connected && (phase === 'ended' || phase === 'replaced') ? <LinkPane /> : <Outlet />}
      </div>
      <Toasts />
      <Announcer />
      <Suspense fallback={<Coming />}>
        {keysOpen && <KeySheet />}
        {paletteOpen && <Palette />}
      </Suspense>
    </div>
  );
}

function EndingBanner({ session }: { session: Session }) {
  const now = useNow();
  const used = useUse((u) => u.usedAt);
  const live = useLink((l) => l.phase === 'live');
  const over = useLink((l) => l.phase === 'ended' || l.phase === 'replaced');
  useEffect(() => (live ? () => noteUse() : undefined), [live]); // it was in use until the connection broke
  const ending = over ? null : endingOf(sitting(session, used), live, now);
  return ending && <Ending ending={ending} />;
}

// F6 walks the panes of the page.
function nextPane(): void {
  const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter((p) => p.offsetParent !== null);
  const at = panes.findIndex((p) => p.contains(document.activeElement));
  const pane = panes[(at + 1) % panes.length];
  (pane?.querySelector<HTMLElement>('[data-pane-focus]') ?? pane)?.focus();
}

function useTitle(): void {
  const t = useT();
  const waiting = useWaiting();
  const offers = useDesk()?.offers.filter((o) => o.state === 'open').length ?? 0;
  useEffect(() => {
    document.title = offers > 0 ? `${t('offer.title')} · Sidetone` : waiting > 0 ? `(${waiting}) Sidetone` : 'Sidetone';
  }, [offers, waiting, t]);
}

function Bar({ session }: { session: Session }) {
  const t = useT();
  const live = useConnected();
  return (
    <header className={s.bar}>
      <span className={s.mark}>
        <Mark />
      </span>
      <span className={s.tenant}>{session.tenant.name}</span>
      <button type="button" className={s.search} aria-keyshortcuts={aria('commands')} onClick={() => useUi.setState({ paletteOpen: true })}>
        <Search aria-hidden />
        <span>{t('bar.search')}</span>
        <Kbd id="commands" />
      </button>
      <span className={s.right}>
        {live && <LinkWord />}
        {live && may(session, 'desk') && <Bell />}
        {live && may(session, 'desk') && <StatusMenu />}
        <AccountMenu session={session} />
      </span>
    </header>
  );
}

function AccountMenu({ session }: { session: Session }) {
  const t = useT();
  const navigate = useNavigate();
  const leave = () => {
    forgetNews();
    void signOut().then((to) => location.assign(to));
  };
  return (
    <Menu
      button={
        <button type="button" className={s.account}>
          <span data-hidden>{t('bar.account', { name: session.user.name })}</span>
          <Avatar name={session.user.name} size="s" tone={2} />
        </button>
      }
    >
      <MenuLabel>{session.user.email}</MenuLabel>
      <MenuLine />
      <MenuItem icon={<UserRound aria-hidden />} onClick={() => void navigate({ to: '/me' })}>
        {t('bar.me')}
      </MenuItem>
      <MenuItem icon={<LogOut aria-hidden />} onClick={leave}>
        {t('bar.signOut')}
      </MenuItem>
    </Menu>
  );
}

function Rail({ session }: { session: Session }) {
  const t = useT();
  const waiting = useWaiting();
  const allowed = pages.filter((p) => may(session, p.id));
  const path = useRouterState({ select: (r) => r.location.pathname });
  return (
    <nav className={s.rail} aria-label={t('nav.label')}>
      {allowed.map(({ id, to, icon: Icon, label, short, keyId, foot, also }) => {
        const name = id === 'desk' && waiting > 0 ? t('nav.deskCount', { n: waiting }) : t(label);
        return (
          <Tip key={id} label={t(label)} keyId={keyId} position="right">
            <Link to={to} className={s.railItem} data-foot={foot} activeOptions={{ exact: false }} activeProps={{ 'aria-current': 'page' }} aria-current={also && path.startsWith(also) ? 'page' : undefined}>
              <Icon aria-hidden />
              <span data-hidden>{name}</span>
              <span className={s.railWord} aria-hidden>
                {t(short)}
              </span>
              {id === 'desk' && waiting > 0 && (
                <span className={s.badge} aria-hidden>
                  {waiting}
                </span>
              )}
            </Link>
          </Tip>
        );
      })}
      <Tip label={t('nav.keys')} keyId="sheet" position="right">
        <button type="button" className={s.railItem} data-keys-button data-foot={allowed.some((p) => p.foot) ? undefined : true} aria-label={t('nav.keys')} aria-keyshortcuts={aria('sheet')} onClick={() => useUi.setState({ keysOpen: true })}>
          <CircleHelp aria-hidden />
        </button>
      </Tip>
    </nav>
  );
}
