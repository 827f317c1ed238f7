// The phone numbers: added, verified several at once, assigned to queues, and how each does (spec 1.1).
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../desk/reason.ts';
import { useLang, useWords } from '../../i18n/index.ts';
import { useKey } from '../../keys/useKey.ts';
import { announce } from '../../parts/announce.tsx';
import { Button, Tag } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { useFilters } from '../parts/filters.ts';
import { adminStyles as s, Check, Filter, Page, Table } from '../parts/index.tsx';
import { ReadOnly } from '../parts/ReadOnly.tsx';
import { useGo, useMayChange, usePlace } from '../place.ts';
import { listQueues, queuesKey } from '../queues/api.ts';
import { words as shared } from '../words.ts';
import { Add } from './Add.tsx';
import { listNumbers, numbersKey, verifyNumbers, type PhoneNumber, type Verification } from './api.ts';
import { each } from './lines.ts';
import { NumberSheet } from './NumberSheet.tsx';
import own from './numbers.module.css';
import { words } from './words.ts';

type Progress = ReadonlyMap<number, 'waiting' | 'asking' | Verification | string>;

export default function Numbers() {
  const say = useWords(words);
  const base = useWords(shared);
  const locked = !useMayChange();
  const go = useGo();
  const { rest } = usePlace();
  const cache = useQueryClient();
  const numbers = useQuery({ queryKey: numbersKey, queryFn: listNumbers, refetchInterval: 15_000 });
  const queues = useQuery({ queryKey: queuesKey, queryFn: listQueues });
  const filters = useFilters('q');
  const query = filters.value.q;
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [progress, setProgress] = useState<Progress>(new Map());
  const [adding, setAdding] = useState(false);
  const [asking, setAsking] = useState(false);
  useKey('add', () => setAdding(true), !locked && !adding);

  const pathOf = (id?: number) => queues.data?.find((q) => q.id === id)?.path;
  const rows = numbers.data?.filter((n) => matches(`${n.address} ${n.label} ${n.status_text} ${pathOf(n.queue_id) ?? ''}`, query));
  const open = numbers.data?.find((n) => String(n.id) === rest[0]);

  // verify asks about each number for itself, so that each says how it went as soon as it is known.
  const verify = async (ids: readonly number[]) => {
    setAsking(true);
    setProgress(new Map(ids.map((id) => [id, 'waiting'])));
    const put = (id: number, what: 'asking' | Verification | string) => setProgress((p) => new Map(p).set(id, what));
    let verified = 0;
    await each(ids, 3, async (id) => {
      put(id, 'asking');
      try {
        const [answer] = await verifyNumbers([id]);
        if (answer?.outcome === 'verified') verified++;
        if (answer) put(id, answer);
        await cache.invalidateQueries({ queryKey: numbersKey });
      } catch (e) {
        put(id, e instanceof Error ? e.message : String(e));
      }
    });
    setAsking(false);
    setChosen(new Set());
    announce(say('verify.done', { n: verified, of: ids.length }));
  };
  const picked = rows?.filter((n) => chosen.has(n.id)).map((n) => n.id) ?? [];

  return (
    <div className={own.split} data-open={open ? true : undefined}>
      <Page
        title={base('nav.numbers')}
        about={say('about')}
        actions={
          !locked && (
            <Button look="primary" keyId="add" onClick={() => setAdding(true)}>
              {say('add')}
            </Button>
          )
        }
        tools={
          <>
            <Filter label={say('search')} value={query} onChange={(v) => filters.set('q', v)} />
            {picked.length > 0 && (
              <Button size="form" aria-disabled={asking || undefined} onClick={() => !asking && void verify(picked)}>
                {say('verify.n', { n: picked.length })}
              </Button>
            )}
          </>
        }
      >
        {locked && <ReadOnly />}
        <Table
          label={base('nav.numbers')}
          rows={rows}
          rowKey={(n) => n.id}
          error={numbers.error}
          retry={() => void numbers.refetch()}
          filter={{ query, clear: filters.clear }}
          empty={
            <>
              <p>{say('empty')}</p>
              {!locked && <Button onClick={() => setAdding(true)}>{say('add')}</Button>}
            </>
          }
          open={(n) => go(`numbers/${n.id}`)}
          current={(n) => n.id === open?.id}
          columns={[
            ...(locked
              ? []
              : [
                  {
                    id: 'select',
                    head: <Check label={say('select.all')} hideLabel on={!!rows?.length && picked.length === rows.length} onChange={(on) => setChosen(new Set(on ? rows?.map((n) => n.id) : []))} />,
                    width: '48px',
                    cell: (n: PhoneNumber) => (
                      <Check
                        label={say('select.one', { number: tel(n.address) })}
                        hideLabel
                        on={chosen.has(n.id)}
                        onChange={(on) => setChosen((c) => new Set(on ? [...c, n.id] : [...c].filter((id) => id !== n.id)))}
                      />
                    ),
                  },
                ]),
            {
              id: 'number',
              head: say('col.number'),
              cell: (n) => (
                <>
                  <button type="button" className={s.rowLink} onClick={() => go(`numbers/${n.id}`)}>
                    {tel(n.address)}
                  </button>
                  {n.label && <div className={s.sub}>{n.label}</div>}
                </>
              ),
            },
            { id: 'status', head: say('col.status'), cell: (n) => <Status of={n} progress={progress.get(n.id)} /> },
            {
              id: 'for',
              head: say('col.for'),
              cell: (n) => (
                <span className={own.tags}>
                  {n.capabilities.map((c) => (
                    <Tag key={c}>{say(`cap.${c}`)}</Tag>
                  ))}
                  {n.global_outbound && <Tag tone="acc">{say('global')}</Tag>}
                </span>
              ),
            },
            {
              id: 'queue',
              head: say('col.queue'),
              cell: (n) => (n.queue_id ? (pathOf(n.queue_id) ?? '') : n.capabilities.includes('inbound') ? <span className={own.warn}>{say('queue.noAnswer')}</span> : <span className={s.sub}>–</span>),
            },
            { id: 'limit', head: say('col.limit'), spare: true, align: 'end', cell: (n) => (
                <>
                  {say('limit', { n: n.segments_per_second })}
                  <div className={s.sub}>{say('limit.used', { n: n.health.ended_24h >= 10_000 ? '10,000+' : n.health.ended_24h })}</div>
                </>
              ) },
            { id: 'health', head: say('col.health'), spare: true, cell: (n) => <Health of={n} /> },
          ]}
        />
      </Page>
      {open && (
        <NumberSheet
          key={open.id}
          number={open}
          all={numbers.data ?? []}
          queues={queues.data ?? []}
          locked={locked}
          asking={asking}
          verify={() => void verify([open.id])}
          progress={<Status of={open} progress={progress.get(open.id)} />}
          onClose={() => go('numbers')}
        />
      )}
      {adding && <Add onClose={() => setAdding(false)} verify={(ids) => void verify(ids)} />}
    </div>
  );
}

function Status({ of, progress }: { of: PhoneNumber; progress: 'waiting' | 'asking' | Verification | string | undefined }) {
  const say = useWords(words);
  if (progress === 'waiting' || progress === 'asking') return <span role="status">{say(`verify.${progress}`)}</span>;
  if (typeof progress === 'string') return <span className={own.bad}>{say('verify.unchanged', { why: progress })}</span>;
  const reason = progress?.reason ?? of.check_error;
  const unchanged = progress?.outcome === 'unchanged';
  return (
    <>
      <Tag tone={of.status === 'failed' ? 'bad' : of.status === 'unverified' ? 'warn' : 'ok'}>{say(`status.${of.status}`)}</Tag>
      {reason && <div className={of.status === 'failed' || unchanged ? own.bad : s.sub}>{unchanged ? say('verify.unchanged', { why: reason }) : reason}</div>}
    </>
  );
}

function Health({ of }: { of: PhoneNumber }) {
  const say = useWords(words);
  const lang = useLang((l) => l.lang);
  const { queued, pause_reason, ended_24h, error_rate_24h } = of.health;
  if (pause_reason) return <span className={own.bad}>{say('health.paused', { why: sentenceOf(lang, pause_reason) })}</span>;
  const bad = ended_24h >= 20 && error_rate_24h > 0.1;
  return (
    <span className={bad ? own.warn : s.sub}>
      {queued > 0 ? say('health.queued', { n: queued }) : say('health.fine')}
      {ended_24h > 0 && ` · ${say('health.rate', { rate: percent(error_rate_24h) })}`}
    </span>
  );
}

export function percent(part: number): string {
  return new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 }).format(part);
}

function matches(text: string, query: string): boolean {
  const digits = query.replace(/\D/g, '');
  return text.toLowerCase().includes(query.trim().toLowerCase()) || (digits.length > 2 && text.replace(/\D/g, '').includes(digits));
}
