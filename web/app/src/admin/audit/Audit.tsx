// The audit log: who changed what, from what to what, newest first.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useDeferredValue } from 'react';
import { client, data } from '../../api/client.ts';
import type { components, paths } from '../../api/console.gen.ts';
import { useWords } from '../../i18n/index.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button, partStyles, Select } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { DayField, endOf, startOf } from '../parts/days.tsx';
import { useFilters } from '../parts/filters.ts';
import { adminStyles as s, Page, Table } from '../parts/index.tsx';
import { useNames } from '../settings/useNames.ts';
import { everybody, usersKey } from '../users/api.ts';
import { words as shared } from '../words.ts';
import { Changed } from './Changed.tsx';
import { words } from './words.ts';

type Entry = components['schemas']['AuditEntry'];
type Query = NonNullable<paths['/audit']['get']['parameters']['query']>;

const nouns = ['tenant', 'setting', 'user', 'team', 'token', 'queue', 'number', 'shortcut', 'preset', 'blocklist', 'consent', 'carrier_account', 'chat', 'consumer'] as const;

export default function Audit() {
  const say = useWords(words);
  const base = useWords(shared);
  const { day, time } = useTimes();
  const { value, set, clear, any, said } = useFilters('about', 'user', 'from', 'to');
  const query: Query = { action: value.about || undefined, user_id: Number(value.user) || undefined, from: startOf(value.from), to: endOf(value.to) };
  const asked = useDeferredValue(JSON.stringify(query));
  const people = useQuery({ queryKey: [...usersKey, 'all'], queryFn: everybody });
  const pages = useInfiniteQuery({
    queryKey: ['admin', 'audit', asked],
    queryFn: ({ pageParam }) => data(client.GET('/audit', { params: { query: { ...(JSON.parse(asked) as Query), cursor: pageParam, limit: 100 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: (kept) => kept,
  });
  const csv = new URLSearchParams(Object.entries(query).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)]])));

  return (
    <Page
      title={base('nav.audit')}
      about={say('about')}
      actions={
        <a className={partStyles.button} href={`/api/console/audit.csv?${csv}`} download>
          <Download aria-hidden />
          {base('act.export')}
        </a>
      }
      tools={
        <>
          <Select label={say('noun')} value={value.about} onChange={(v) => set('about', v)} options={[{ value: '', label: say('noun.any') }, ...nouns.map((n) => ({ value: n as string, label: say(`noun.${n}`) }))]} />
          <Select label={say('person')} value={value.user} onChange={(v) => set('user', v)} options={[{ value: '', label: say('person.any') }, ...(people.data ?? []).map((p) => ({ value: String(p.id), label: p.name }))]} />
          <DayField label={say('from')} value={value.from} onChange={(v) => set('from', v)} />
          <DayField label={say('to')} value={value.to} onChange={(v) => set('to', v)} />
          {any && <Button onClick={clear}>{base('filter.clear')}</Button>}
        </>
      }
    >
      <Table
        label={base('nav.audit')}
        rows={pages.data?.pages.flatMap((p) => p.entries)}
        rowKey={(e) => e.id}
        error={pages.error}
        retry={() => void pages.refetch()}
        filter={any ? { query: said, chosen: said === '', clear } : undefined}
        empty={<p>{say('empty')}</p>}
        columns={[
          { id: 'when', head: say('when'), short: true, width: '190px', cell: (e) => `${day(e.at)}, ${time(e.at)}` },
          { id: 'who', head: say('who'), short: true, width: '170px', cell: (e) => <span className={s.name}>{e.user?.name ?? (e.token ? say('token', { name: e.token.name }) : say('program'))}</span> },
          { id: 'what', head: say('what'), width: '320px', cell: (e) => <What entry={e} /> },
          { id: 'change', head: say('change'), cell: (e) => <Changed entry={e} name={(id) => people.data?.find((p) => p.id === id)?.name} /> },
        ]}
      />
      {pages.hasNextPage && (
        <p className={s.more}>
          <Button onClick={() => void pages.fetchNextPage()}>{base('load.more')}</Button>
        </p>
      )}
    </Page>
  );
}

// subjectOf names what was changed as its page does: a setting by its title, a number as it is dialed.
function subjectOf({ action, subject = '' }: Entry, nameOf: (key: string) => string): string {
  // A number stays on one line, masked as well.
  if (action !== 'setting.changed') return /^\+\d{7,}$/.test(subject) ? tel(subject).replaceAll(' ', '\u00a0') : subject.startsWith('+') ? subject.replaceAll(' ', '\u00a0') : subject;
  const [, key = subject, place = ''] = /^(\S+)( \(.*\))?$/.exec(subject) ?? [];
  return nameOf(key) + place;
}

function What({ entry }: { entry: Entry }) {
  const say = useWords(words);
  const { nameOf } = useNames();
  const key = `act.${entry.action}`;
  const deed = key in words ? say(key as keyof typeof words) : entry.action.replaceAll(/[._]/g, ' ');
  return (
    <>
      {deed} {entry.subject && <strong className={s.name}>{subjectOf(entry, nameOf)}</strong>}
    </>
  );
}
