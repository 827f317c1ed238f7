// The administration: a side navigation and one page. Pages come when they are opened (pages.ts).
import { Link, useNavigate } from '@tanstack/react-router';
import { Suspense, useEffect } from 'react';
import { useWords } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { EmptyState, Tip } from '../parts/index.tsx';
import { useUi } from '../ui.ts';
import s from './admin.module.css';
import { Forbidden } from './Forbidden.tsx';
import { PageSkeleton } from './parts/index.tsx';
import { adminPages, groups, holds, type AdminPage } from './pages.ts';
import { usePlace, useSession } from './place.ts';
import { words } from './words.ts';

export function Admin() {
  const say = useWords(words);
  const { id, page } = usePlace();
  const session = useSession();
  const navigate = useNavigate();
  const allowed = adminPages.filter((p) => holds(session, p.read));
  const first = allowed[0]?.id;
  const folded = useUi((u) => u.listFolded);

  useEffect(() => {
    if (id === '' && first) void navigate({ to: '/admin/$', params: { _splat: first }, replace: true });
  }, [id, first, navigate]);
  useEffect(() => {
    document.querySelector(`.${s.navLink}[aria-current]`)?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [id]);
  useKey('foldLeft', () => useUi.setState((u) => ({ listFolded: !u.listFolded })));

  return (
    <div className={s.admin} data-icons={page?.wide || folded || undefined} data-bare={allowed.length === 0 || undefined}>
      <nav className={s.nav} aria-label={say('nav.label')} data-pane>
        {groups.map((group) => {
          const inGroup = allowed.filter((p) => p.group === group);
          return (
            inGroup.length > 0 && (
              <section key={group} aria-labelledby={`nav-${group}`}>
                <h2 id={`nav-${group}`}>{say(`nav.${group}`)}</h2>
                {inGroup.map((p) => (
                  <NavLink key={p.id} page={p} icons={page?.wide || folded} />
                ))}
              </section>
            )
          );
        })}
      </nav>
      <main className={s.page} key={id}>
        {page === undefined ? id !== '' && <Missing /> : holds(session, page.read) ? <Suspense fallback={<PageSkeleton />}>{<page.component />}</Suspense> : <Forbidden roles={page.read} />}
      </main>
    </div>
  );
}

function NavLink({ page, icons }: { page: AdminPage; icons: boolean | undefined }) {
  const say = useWords(words);
  const Icon = page.icon;
  const link = (
    <Link to="/admin/$" params={{ _splat: page.id }} className={s.navLink} activeProps={{ 'aria-current': 'page' }} activeOptions={{ exact: false, includeSearch: false }}>
      <Icon aria-hidden />
      <span>{say(page.label)}</span>
    </Link>
  );
  return icons ? (
    <Tip label={say(page.label)} position="right">
      {link}
    </Tip>
  ) : (
    link
  );
}

function Missing() {
  const say = useWords(words);
  return (
    <EmptyState>
      <h1 className={s.stateTitle}>{say('missing.title')}</h1>
      <p>{say('missing.text')}</p>
    </EmptyState>
  );
}
