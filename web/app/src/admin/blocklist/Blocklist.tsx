// The blocklist: numbers whose texts are dropped and whose calls are refused (spec 1.1).
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Download, Upload } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { useKey } from '../../keys/useKey.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button, partStyles } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { notice } from '../../parts/toast.tsx';
import { useFilters } from '../parts/filters.ts';
import { useOpened } from '../parts/opened.ts';
import { adminStyles as s, Confirm, Dialog, Filter, Page, RemoveButton, Table, TextField, useAction } from '../parts/index.tsx';
import { words as shared } from '../words.ts';
import { addBlock, blocksKey, listBlocks, removeBlock, type Block } from './api.ts';
import { Import } from './Import.tsx';
import { words } from './words.ts';

export default function Blocklist() {
  const say = useWords(words);
  const base = useWords(shared);
  const { day, time } = useTimes();
  const { value, set, clear } = useFilters('q');
  const [open, setOpen] = useOpened<Block, 'add' | 'import'>(undefined, 'add', 'import');
  const [gone, setGone] = useState<Block>();
  const query = useDeferredValue(value.q.trim());
  const pages = useInfiniteQuery({
    queryKey: [...blocksKey, query],
    queryFn: ({ pageParam }) => listBlocks(query, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next_before,
    placeholderData: (kept) => kept,
  });
  const rows = pages.data?.pages.flatMap((p) => p.blocks);
  const total = pages.data?.pages[0]?.total ?? 0;
  const close = () => setOpen(undefined);
  useKey('add', () => setOpen('add'), !open && !gone);

  return (
    <Page
      title={base('nav.blocklist')}
      about={say('about')}
      actions={
        <>
          <a className={partStyles.button} href="/api/console/blocklist.csv" download>
            <Download aria-hidden />
            {base('act.export')}
          </a>
          <Button onClick={() => setOpen('import')}>
            <Upload aria-hidden />
            {base('act.import')}
          </Button>
          <Button look="primary" keyId="add" onClick={() => setOpen('add')}>
            {say('add')}
          </Button>
        </>
      }
      tools={<Filter label={say('search')} value={value.q} onChange={(v) => set('q', v)} />}
      foot={total > 0 && <footer className={s.foot}>{say('total', { n: total })}</footer>}
    >
      <Table
        label={base('nav.blocklist')}
        rows={rows}
        rowKey={(b) => b.id}
        error={pages.error}
        retry={() => void pages.refetch()}
        filter={{ query, clear }}
        empty={
          <>
            <p>{say('empty')}</p>
            <Button onClick={() => setOpen('add')}>{say('add')}</Button>
          </>
        }
        columns={[
          { id: 'number', head: say('number'), short: true, width: '220px', cell: (b) => <span className={s.name}>{tel(b.address)}</span> },
          { id: 'reason', head: say('reason'), cell: (b) => b.reason },
          { id: 'since', head: say('since'), short: true, width: '200px', cell: (b) => `${day(b.created_at)}, ${time(b.created_at)}` },
          { id: 'act', head: '', name: base('act.remove'), align: 'end', width: '64px', cell: (b) => <RemoveButton label={say('remove', { number: tel(b.address) })} onClick={() => setGone(b)} /> },
        ]}
      />
      {pages.hasNextPage && (
        <p className={s.more}>
          <Button onClick={() => void pages.fetchNextPage()}>{base('load.more')}</Button>
        </p>
      )}
      {open === 'add' && <Add onClose={close} />}
      {open === 'import' && <Import onClose={close} />}
      {gone && <Remove block={gone} onClose={() => setGone(undefined)} />}
    </Page>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const say = useWords(words);
  const cache = useQueryClient();
  const [address, setAddress] = useState('');
  const [reason, setReason] = useState('');
  const add = useAction(async () => {
    const block = await addBlock(address, reason);
    await cache.invalidateQueries({ queryKey: blocksKey });
    notice(say('blocked', { number: tel(block.address) }));
    onClose();
  });
  return (
    <Dialog title={say('add')} onClose={onClose} problem={add.elsewhere('address', 'reason')} submit={{ label: say('block'), busy: add.busy, run: () => void add.run() }}>
      <TextField label={say('number')} hint={say('number.hint')} value={address} onChange={setAddress} error={add.at('address')} inputMode="tel" data-autofocus />
      <TextField label={say('reason')} optional value={reason} onChange={setReason} error={add.at('reason')} maxLength={200} />
    </Dialog>
  );
}

function Remove({ block, onClose }: { block: Block; onClose: () => void }) {
  const say = useWords(words);
  const cache = useQueryClient();
  const number = tel(block.address);
  const remove = useAction(async () => {
    await removeBlock(block.id);
    await cache.invalidateQueries({ queryKey: blocksKey });
    notice(say('removed', { number }));
    onClose();
  });
  return <Confirm title={say('remove.title')} text={say('remove.text', { number })} label={say('remove.act')} busy={remove.busy} problem={remove.error?.message} onClose={onClose} run={() => void remove.run()} />;
}
