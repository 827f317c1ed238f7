// Users: who works here, what they may do, and how they get in (spec 6, 4.6).
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useDeferredValue } from 'react';
import { has, useT, useWords } from '../../i18n/index.ts';
import { useKey } from '../../keys/useKey.ts';
import { Button, Dot, partStyles, Select, Tag } from '../../parts/index.tsx';
import { useFilters } from '../parts/filters.ts';
import { adminStyles as s, Filter, Page, Table } from '../parts/index.tsx';
import { useGo, useMayChange, usePlace } from '../place.ts';
import { listQueues, queuesKey } from '../queues/api.ts';
import { listTeams, teamsKey } from '../teams/api.ts';
import { words as shared } from '../words.ts';
import { listUsers, pageSize, usersKey, type Person, type Role } from './api.ts';
import { EditUser, NewUser } from './Edit.tsx';
import { words } from './words.ts';

export const roles: readonly Role[] = ['agent', 'manager', 'admin', 'developer'];

export default function Users() {
  const say = useWords(words);
  const base = useWords(shared);
  const go = useGo();
  const { rest } = usePlace();
  const may = useMayChange();
  const { value, set, clear, any, said } = useFilters('q', 'role', 'team', 'state');
  const query = useDeferredValue(value.q.trim());
  const filter = { search: query || undefined, role: (value.role || undefined) as Role | undefined, team_id: Number(value.team) || undefined, state: (value.state || undefined) as 'enabled' | 'disabled' | undefined };
  const pages = useInfiniteQuery({
    queryKey: [...usersKey, filter],
    queryFn: ({ pageParam }) => listUsers(filter, pageParam),
    initialPageParam: 0,
    getNextPageParam: (last, all) => (last.users.length === pageSize ? all.length * pageSize : undefined),
    placeholderData: (kept) => kept,
  });
  const teams = useQuery({ queryKey: teamsKey, queryFn: listTeams });
  const queues = useQuery({ queryKey: queuesKey, queryFn: listQueues });
  const rows = pages.data?.pages.flatMap((p) => p.users);
  const total = pages.data?.pages[0]?.total ?? 0;
  const close = () => go('users', { ...Object.fromEntries(Object.entries(value).filter(([, v]) => v)) });
  const open = (to: string) => go(`users/${to}`, { ...Object.fromEntries(Object.entries(value).filter(([, v]) => v)) });
  useKey('add', () => open('new'), may && rest.length === 0);
  const teamName = (id: number) => teams.data?.find((t) => t.id === id)?.name ?? '';

  return (
    <Page
      title={base('nav.users')}
      about={say('about')}
      actions={
        <>
          <a className={partStyles.button} href="/api/console/users.csv" download>
            <Download aria-hidden />
            {base('act.export')}
          </a>
          {may && (
            <Button look="primary" keyId="add" onClick={() => open('new')}>
              {say('add')}
            </Button>
          )}
        </>
      }
      tools={
        <>
          <Filter label={say('search')} value={value.q} onChange={(v) => set('q', v)} />
          <Select label={say('role')} value={value.role} onChange={(v) => set('role', v)} options={[{ value: '', label: say('role.any') }, ...roles.map((r) => ({ value: r as string, label: say(`role.${r}`) }))]} />
          {teams.data && teams.data.length > 0 && (
            <Select label={say('team')} value={value.team} onChange={(v) => set('team', v)} options={[{ value: '', label: say('team.any') }, ...teams.data.map((t) => ({ value: String(t.id), label: t.name }))]} />
          )}
          <Select
            label={say('state')}
            value={value.state}
            onChange={(v) => set('state', v)}
            options={[
              { value: '', label: say('state.any') },
              { value: 'enabled', label: say('state.enabled') },
              { value: 'disabled', label: say('state.disabled') },
            ]}
          />
        </>
      }
      foot={total > 0 && <footer className={s.foot}>{say('total', { n: total })}</footer>}
    >
      <Table
        label={base('nav.users')}
        rows={rows}
        rowKey={(p) => p.id}
        error={pages.error}
        retry={() => void pages.refetch()}
        filter={any ? { query: said, chosen: said === '', clear } : undefined}
        empty={<p>{say('empty')}</p>}
        open={may ? (p) => open(String(p.id)) : undefined}
        columns={[
          {
            id: 'name',
            head: say('name'),
            width: '280px',
            cell: (p) => (
              <>
                {may ? (
                  <button type="button" className={s.rowLink} onClick={() => open(String(p.id))}>
                    {p.name}
                  </button>
                ) : (
                  <span className={s.name}>{p.name}</span>
                )}
                <br />
                <small>{p.email}</small>
              </>
            ),
          },
          {
            id: 'roles',
            head: say('roles'),
            cell: (p) => (
              <span className={s.row}>
                {p.roles.map((r) => (
                  <Tag key={r}>{say(`role.${r}`)}</Tag>
                ))}
              </span>
            ),
          },
          { id: 'teams', head: say('teams'), cell: (p) => p.team_ids.map(teamName).filter(Boolean).join(', ') },
          { id: 'queues', head: say('queues'), cell: (p) => <Serves ids={p.queue_ids} all={queues.data} /> },
          { id: 'limit', head: say('limit'), align: 'end', width: '130px', cell: (p) => p.chat_limit ?? <small>{say('limit.default')}</small> },
          { id: 'status', head: say('status'), short: true, width: '230px', cell: (p) => <Now person={p} /> },
        ]}
      />
      {pages.hasNextPage && (
        <p className={s.more}>
          <Button onClick={() => void pages.fetchNextPage()}>{base('load.more')}</Button>
        </p>
      )}
      {may && rest[0] === 'new' && <NewUser onClose={close} />}
      {may && rest[0] && rest[0] !== 'new' && <EditUser key={rest[0]} id={Number(rest[0])} onClose={close} />}
    </Page>
  );
}

function Now({ person }: { person: Person }) {
  const say = useWords(words);
  const t = useT();
  if (person.disabled) return <Tag tone="bad">{say('disabled')}</Tag>;
  const key = `status.${person.status}`;
  return (
    <span className={s.now}>
      <Dot tone={person.status === 'available' && person.connected ? 'ok' : undefined} />
      {has(key) ? t(key) : person.status}
      {person.status === 'available' && !person.connected && <small>{say('status.away')}</small>}
    </span>
  );
}

// Serves names the queues that somebody is assigned to; those of their teams stand with the teams.
function Serves({ ids, all }: { ids: readonly number[]; all: readonly { id: number; name: string; path: string }[] | undefined }) {
  const say = useWords(words);
  const mine = all?.filter((q) => ids.includes(q.id)) ?? [];
  const few = mine.slice(0, 2).map((q) => q.name).join(', ');
  return <span title={mine.map((q) => q.path).join('\n')}>{mine.length > 2 ? say('queues.more', { few, more: mine.length - 2 }) : few}</span>;
}
