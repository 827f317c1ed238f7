// The history of chats: filters that stand in the address, transcript and why, and all of it as CSV.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useRouteContext, useSearch } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useDeferredValue, useEffect, useState } from 'react';
import { Check, Filter, Page, Table } from '../admin/parts/index.tsx';
import { client, data } from '../api/client.ts';
import type { components } from '../api/console.gen.ts';
import { useWords } from '../i18n/index.ts';
import { useTimes } from '../parts/clock.ts';
import { Button, partStyles, Select } from '../parts/index.tsx';
import { tel } from '../parts/tel.ts';
import { may } from '../shell/pages.ts';
import { asked, historySearch, type HistorySearch } from './search.ts';
import { HistoryChat } from './HistoryChat.tsx';
import s from './monitor.module.css';
import { words } from './words.ts';

type Listed = components['schemas']['HistoryChat'];

const statuses = ['selecting', 'queued', 'assigned', 'dismissed', 'finished', 'failed', 'canceled'] as const;
const reasons = ['nothing', 'no_response', 'expired', 'after_hours', 'expired_menu_selection', 'end_user_opt_out', 'group_deleted_no_substitute'] as const;

export function History() {
  const say = useWords(words);
  const own = useRouteContext({ from: '/shell', select: (c) => !may(c.session, 'monitor') }); // an agent sees their own
  const { day, time } = useTimes();
  const navigate = useNavigate();
  const f = historySearch(useSearch({ from: '/shell/history/chats' }));
  const open = useParams({ strict: false, select: (p) => ('chat' in p ? Number(p.chat) : undefined) });
  const [typed, setTyped] = useState(f.q ?? '');
  const q = useDeferredValue(typed.trim());
  const filters = useQuery({ queryKey: ['history', 'filters', own], queryFn: async () => ({ queues: await data(client.GET('/queues')), users: own ? undefined : await data(client.GET('/users', { params: { query: { limit: 200 } } })) }) });
  const look = (change: Partial<HistorySearch>) => void navigate({ to: '.', search: (was: HistorySearch) => ({ ...was, ...change }), replace: true });
  useEffect(() => {
    if (q !== (f.q ?? '')) look({ q: q || undefined });
  });
  const ask = asked(f);
  const pages = useInfiniteQuery({
    queryKey: ['history', ask],
    queryFn: ({ pageParam }) => data(client.GET('/chats', { params: { query: { ...ask, after: pageParam, limit: 50 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: (kept) => kept,
    staleTime: 0,
  });
  const rows = pages.data?.pages.flatMap((p) => p.chats);
  const any = { value: '', label: say('history.any') };
  const filtered = Object.keys(f).length > 0;
  const clear = () => {
    setTyped('');
    void navigate({ to: '.', search: {}, replace: true });
  };
  const csv = `/api/console/chats.csv?${new URLSearchParams(Object.entries(ask).filter(([, v]) => v !== undefined).map(([k, v]) => [k, String(v)]))}`;
  const show = (c: Listed) => void navigate({ to: '/history/chats/$chat', params: { chat: c.id }, search: (was) => was });

  return (
    <main className={s.split} data-open={open !== undefined || undefined}>
      <Page
        title={say('history.title')}
        about={say(own ? 'history.aboutOwn' : 'history.about')}
        actions={
          <a className={partStyles.button} href={csv} download>
            <Download aria-hidden />
            {say('history.csv')}
          </a>
        }
        tools={
          <div className={s.filters}>
            <Filter label={say('history.search')} value={typed} onChange={setTyped} />
            <Labelled label={say('history.status')}>
              <Select label={say('history.status')} value={f.status ?? ''} onChange={(v) => look({ status: v || undefined })} options={[any, ...statuses.map((v) => ({ value: v as string, label: say(`status.${v}`) }))]} />
            </Labelled>
            <Labelled label={say('col.queue')}>
              <Select label={say('col.queue')} value={String(f.queue ?? '')} onChange={(v) => look({ queue: v ? Number(v) : undefined })} options={[any, ...(filters.data?.queues ?? []).map((x) => ({ value: String(x.id), label: x.path }))]} />
            </Labelled>
            {!own && (
              <Labelled label={say('history.agent')}>
                <Select label={say('history.agent')} value={String(f.agent ?? '')} onChange={(v) => look({ agent: v ? Number(v) : undefined })} options={[any, ...(filters.data?.users?.users ?? []).map((x) => ({ value: String(x.id), label: x.name }))]} />
              </Labelled>
            )}
            <Labelled label={say('history.reason')}>
              <Select label={say('history.reason')} value={f.reason ?? ''} onChange={(v) => look({ reason: v || undefined })} options={[any, ...reasons.map((v) => ({ value: v as string, label: say(`reason.${v}`) }))]} />
            </Labelled>
            <Labelled label={say('history.from')}>
              <input type="date" aria-label={say('history.from')} value={f.from ?? ''} onChange={(e) => look({ from: e.target.value || undefined })} />
            </Labelled>
            <Labelled label={say('history.to')}>
              <input type="date" aria-label={say('history.to')} value={f.to ?? ''} onChange={(e) => look({ to: e.target.value || undefined })} />
            </Labelled>
            <Check label={say('history.flag')} on={f.flagged ?? false} onChange={(on) => look({ flagged: on || undefined })} />
            {filtered && <Button look="quiet" onClick={clear}>{say('history.clear')}</Button>}
          </div>
        }
      >
        <Table
          label={say('history.title')}
          rows={rows}
          rowKey={(c) => c.id}
          error={pages.error}
          retry={() => void pages.refetch()}
          filter={filtered ? { query: f.q ?? '', chosen: Object.keys(f).some((k) => k !== 'q'), clear } : undefined}
          empty={<p>{say('history.empty')}</p>}
          open={show}
          current={(c) => c.id === open}
          columns={[
            {
              id: 'customer',
              head: say('col.customer'),
              short: true,
              cell: (c) => (
                <Link className={s.rowLink} to="/history/chats/$chat" params={{ chat: c.id }} search={(was) => was}>
                  {c.end_user.name || tel(c.end_user.number)}
                </Link>
              ),
            },
            { id: 'id', head: say('col.id'), spare: true, short: true, cell: (c) => <span className={s.id}>{c.id}</span> },
            { id: 'queue', head: say('col.queue'), short: true, cell: (c) => c.queue?.path ?? '–' },
            { id: 'type', head: say('col.type'), spare: true, short: true, cell: (c) => c.type },
            { id: 'agent', head: say('col.agent'), short: true, cell: (c) => c.agent?.name ?? '–' },
            { id: 'state', head: say('col.state'), short: true, cell: (c) => (`sub.${c.sub_status}` in words ? say(`sub.${c.sub_status}` as keyof typeof words) : c.sub_status) },
            { id: 'disposition', head: say('col.disposition'), spare: true, short: true, cell: (c) => c.disposition ?? '–' },
            { id: 'created', head: say('col.created'), short: true, cell: (c) => `${day(c.created_at)}, ${time(c.created_at)}` },
            { id: 'ended', head: say('col.ended'), spare: true, short: true, cell: (c) => (c.ended_at ? `${day(c.ended_at)}, ${time(c.ended_at)}` : '–') },
            { id: 'last', head: say('col.last'), cell: (c) => <span className={s.preview}>{c.preview}</span> },
          ]}
        />
        {pages.hasNextPage && (
          <p className={s.none}>
            <Button onClick={() => void pages.fetchNextPage()}>{say('load.more')}</Button>
          </p>
        )}
      </Page>
      {open !== undefined && <HistoryChat key={open} chat={open} />}
    </main>
  );
}

function Labelled({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <span className={s.labelled}>
      <span aria-hidden>{label}</span>
      {children}
    </span>
  );
}
