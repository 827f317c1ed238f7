// The ledger: who allowed or refused texts, when, and how we know. Nobody changes it.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { useWords } from '../../i18n/index.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button, Select, Tag } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { DayField, endOf, startOf } from '../parts/days.tsx';
import { useFilters } from '../parts/filters.ts';
import { adminStyles as s, Filter, Table } from '../parts/index.tsx';
import { words as shared } from '../words.ts';
import { actions, consentKey, listLedger, sources, type LedgerQuery, type Line } from './api.ts';
import { words } from './words.ts';

export function useLedgerFilters() {
  const filters = useFilters('q', 'action', 'source', 'from', 'to');
  const { q, action, source, from, to } = filters.value;
  const query: LedgerQuery = {
    address: q.trim() || undefined,
    action: (action || undefined) as LedgerQuery['action'],
    source: (source || undefined) as LedgerQuery['source'],
    from: startOf(from),
    to: endOf(to),
  };
  return { ...filters, query };
}

export function LedgerTools() {
  const say = useWords(words);
  const { value, set } = useLedgerFilters();
  return (
    <>
      <Filter label={say('search')} value={value.q} onChange={(v) => set('q', v)} />
      <Select label={say('action')} value={value.action} onChange={(v) => set('action', v)} options={[{ value: '', label: say('action.any') }, ...actions.map((a) => ({ value: a as string, label: say(`action.${a}`) }))]} />
      <Select label={say('source')} value={value.source} onChange={(v) => set('source', v)} options={[{ value: '', label: say('source.any') }, ...sources.map((a) => ({ value: a as string, label: say(`source.${a}`) }))]} />
      <span className={s.row}>
        <DayField label={say('from')} value={value.from} onChange={(v) => set('from', v)} />
        <DayField label={say('to')} value={value.to} onChange={(v) => set('to', v)} />
      </span>
    </>
  );
}

export function Ledger() {
  const say = useWords(words);
  const base = useWords(shared);
  const { day, time } = useTimes();
  const { query, clear, any, said } = useLedgerFilters();
  const asked = useDeferredValue(JSON.stringify(query));
  const pages = useInfiniteQuery({
    queryKey: [...consentKey, 'ledger', asked],
    queryFn: ({ pageParam }) => listLedger({ ...(JSON.parse(asked) as LedgerQuery), cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: (kept) => kept,
  });
  return (
    <>
      <Table
        label={say('view.ledger')}
        rows={pages.data?.pages.flatMap((p) => p.lines)}
        rowKey={(l) => l.id}
        error={pages.error}
        retry={() => void pages.refetch()}
        filter={any ? { query: said, chosen: said === '', clear } : undefined}
        empty={<p>{say('ledger.empty')}</p>}
        columns={[
          { id: 'when', head: say('when'), short: true, width: '190px', cell: (l) => `${day(l.at)}, ${time(l.at)}` },
          { id: 'number', head: say('number'), short: true, width: '170px', cell: (l) => <span className={s.name}>{tel(l.address)}</span> },
          { id: 'what', head: say('what'), short: true, width: '180px', cell: (l) => <Tag tone={l.action === 'opt_out' ? 'bad' : l.action === 'opt_in' ? 'ok' : undefined}>{say(`action.${l.action}`)}</Tag> },
          { id: 'how', head: say('how'), short: true, width: '150px', cell: (l) => say(`source.${l.source}`) },
          { id: 'evidence', head: say('evidence'), cell: (l) => <Evidence line={l} /> },
        ]}
      />
      {pages.hasNextPage && (
        <p className={s.more}>
          <Button onClick={() => void pages.fetchNextPage()}>{base('load.more')}</Button>
        </p>
      )}
    </>
  );
}

function Evidence({ line }: { line: Line }) {
  const say = useWords(words);
  const first = [
    line.word && say('said', { word: line.word }),
    line.number && say('over', { number: line.number.label || tel(line.number.address) }),
    line.user && say('by', { name: line.user.name }),
    line.scope === 'number' && line.number && say('scope.number', { number: tel(line.number.address) }),
    ...Object.entries(line.evidence).map(([name, value]) => `${name === 'reason' ? say('reason') : name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`),
  ].filter(Boolean);
  return (
    <>
      {first.join(' · ')}
      {line.text_shown && (
        <>
          <br />
          <small>{say('answered', { text: line.text_shown })}</small>
        </>
      )}
    </>
  );
}
