// The do-not-contact list: what the ledger adds up to.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { notice } from '../../parts/toast.tsx';
import { CsvImport } from '../parts/CsvImport.tsx';
import { useFilters } from '../parts/filters.ts';
import { adminStyles as s, Dialog, Filter, RemoveButton, Table, TextField, useAction } from '../parts/index.tsx';
import { useMayChange } from '../place.ts';
import { words as shared } from '../words.ts';
import { consentKey, importListed, listListed, listNumber, sources, unlist, type Listed as Entry } from './api.ts';
import { words } from './words.ts';

export function ListTools() {
  const say = useWords(words);
  const { value, set } = useFilters('q');
  return <Filter label={say('search')} value={value.q} onChange={(v) => set('q', v)} />;
}

export function Listed() {
  const say = useWords(words);
  const base = useWords(shared);
  const { day, time } = useTimes();
  const may = useMayChange();
  const { value, clear } = useFilters('q');
  const [gone, setGone] = useState<Entry>();
  const query = useDeferredValue(value.q.trim());
  const pages = useInfiniteQuery({
    queryKey: [...consentKey, 'list', query],
    queryFn: ({ pageParam }) => listListed(query, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next_before,
    placeholderData: (kept) => kept,
  });
  const total = pages.data?.pages[0]?.total ?? 0;
  const known = (source: string) => sources.find((x) => x === source);
  return (
    <>
      <Table
        label={say('view.list')}
        rows={pages.data?.pages.flatMap((p) => p.entries)}
        rowKey={(e) => e.id}
        error={pages.error}
        retry={() => void pages.refetch()}
        filter={{ query, clear }}
        empty={<p>{say('list.empty')}</p>}
        columns={[
          {
            id: 'number',
            head: say('number'),
            width: '220px',
            cell: (e) => (
              <>
                <span className={s.name}>{tel(e.address)}</span>
                {e.number && (
                  <>
                    <br />
                    <small>{say('scope.number', { number: e.number.label || tel(e.number.address) })}</small>
                  </>
                )}
              </>
            ),
          },
          { id: 'since', head: say('when'), short: true, width: '200px', cell: (e) => `${day(e.since)}, ${time(e.since)}` },
          { id: 'how', head: say('how'), short: true, width: '170px', cell: (e) => say(`source.${known(e.source) ?? 'unknown'}`) },
          { id: 'reason', head: say('evidence'), cell: (e) => [e.word && say('said', { word: e.word }), e.reason, e.by && say('by', { name: e.by.name })].filter(Boolean).join(' · ') },
          ...(may ? [{ id: 'act', head: '', name: say('list.remove.act'), align: 'end' as const, width: '64px', cell: (e: Entry) => <RemoveButton label={say('list.remove', { number: tel(e.address) })} onClick={() => setGone(e)} /> }] : []),
        ]}
      />
      {pages.hasNextPage && (
        <p className={s.more}>
          <Button onClick={() => void pages.fetchNextPage()}>{base('load.more')}</Button>
        </p>
      )}
      {total > 0 && <p className={s.total}>{say('list.total', { n: total })}</p>}
      {gone && <Remove entry={gone} onClose={() => setGone(undefined)} />}
    </>
  );
}

export function Add({ onClose }: { onClose: () => void }) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const [address, setAddress] = useState('');
  const [reason, setReason] = useState('');
  const add = useAction(async () => {
    await listNumber(address, reason);
    await cache.invalidateQueries({ queryKey: consentKey });
    notice(say('list.added', { number: address.trim() }));
    onClose();
  });
  return (
    <Dialog title={say('list.add')} onClose={onClose} problem={add.elsewhere('address', 'reason')} submit={{ label: base('act.add'), busy: add.busy, run: () => void add.run() }}>
      <p className={s.hint}>{say('list.add.text')}</p>
      <TextField label={say('number')} hint={say('list.hint')} value={address} onChange={setAddress} error={add.at('address')} inputMode="tel" data-autofocus />
      <TextField label={say('reason')} hint={say('reason.hint')} value={reason} onChange={setReason} error={add.at('reason')} maxLength={200} />
    </Dialog>
  );
}

function Remove({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const say = useWords(words);
  const cache = useQueryClient();
  const [reason, setReason] = useState('');
  const number = tel(entry.address);
  const remove = useAction(async () => {
    await unlist(entry.id, reason);
    await cache.invalidateQueries({ queryKey: consentKey });
    notice(say('list.removed', { number }));
    onClose();
  });
  return (
    <Dialog title={say('list.remove', { number })} onClose={onClose} problem={remove.elsewhere('reason')} submit={{ label: say('list.remove.act'), busy: remove.busy, run: () => void remove.run(), danger: true }}>
      <p>{say('list.remove.text')}</p>
      <TextField label={say('reason')} hint={say('reason.hint')} value={reason} onChange={setReason} error={remove.at('reason')} maxLength={200} data-autofocus />
    </Dialog>
  );
}

export function ImportList({ onClose }: { onClose: () => void }) {
  const say = useWords(words);
  const cache = useQueryClient();
  return (
    <CsvImport
      title={say('import.title')}
      text={say('import.text')}
      example={'address,reason\n+14155550199,Asked by letter'}
      act={say('import.act')}
      onClose={onClose}
      run={async (csv) => {
        const done = await importListed(csv);
        await cache.invalidateQueries({ queryKey: consentKey });
        return (
          <>
            <p>{say('import.done', { n: done.added })}</p>
            {done.duplicate_lines.length > 0 && <p>{say('import.twice', { lines: done.duplicate_lines.join(', ') })}</p>}
          </>
        );
      }}
    />
  );
}
