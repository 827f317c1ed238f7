// Shortcuts: what agents send by a keyword, with CSV both ways (spec 1.9; spec 6, 4.6).
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Download, Trash2, Upload } from 'lucide-react';
import { useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { useKey } from '../../keys/useKey.ts';
import { Button, IconButton, partStyles, Select, Tag } from '../../parts/index.tsx';
import { languageName } from '../../parts/language.ts';
import { notice } from '../../parts/toast.tsx';
import { CsvImport } from '../parts/CsvImport.tsx';
import { useFilters } from '../parts/filters.ts';
import { useOpened } from '../parts/opened.ts';
import { adminStyles as s, Confirm, Filter, Page, Table, useAction } from '../parts/index.tsx';
import { words as shared } from '../words.ts';
import { deleteShortcut, importShortcuts, listShortcuts, shortcutsKey, type Shortcut } from './api.ts';
import { EditShortcut } from './Edit.tsx';
import { Resolved } from './Resolved.tsx';
import { words } from './words.ts';

export default function Shortcuts() {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const [gone, setGone] = useState<Shortcut>();
  const { value, set, clear, said } = useFilters('q', 'category', 'lang', 'order');
  const list = useQuery({ queryKey: shortcutsKey, queryFn: listShortcuts });
  const all = list.data?.shortcuts;
  const [open, setOpen] = useOpened(all, 'new', 'import');
  const needle = value.q.trim().toLocaleLowerCase();
  const rows = all?.filter(
    (x) => (!needle || [x.keyword, x.category, x.text].some((v) => v.toLocaleLowerCase().includes(needle))) && (!value.category || x.category === value.category) && (!value.lang || x.lang === value.lang),
  );
  const filtered = [value.q, value.category, value.lang].some((v) => v.trim() !== '');
  const by = { used: -1, unused: 1 }[value.order];
  if (by) rows?.sort((a, b) => by * (a.uses!.month - b.uses!.month || a.uses!.total - b.uses!.total));
  const several = (of: (x: Shortcut) => string) => [...new Set(all?.map(of).filter(Boolean))].sort();
  const categories = several((x) => x.category);
  const langs = several((x) => x.lang);
  useKey('add', () => setOpen('new'), !open && !gone);

  return (
    <Page
      title={base('nav.shortcuts')}
      about={say('about')}
      actions={
        <>
          <a className={partStyles.button} href="/api/console/shortcuts.csv" download>
            <Download aria-hidden />
            {base('act.export')}
          </a>
          <Button onClick={() => setOpen('import')}>
            <Upload aria-hidden />
            {base('act.import')}
          </Button>
          <Button look="primary" keyId="add" onClick={() => setOpen('new')}>
            {say('add')}
          </Button>
        </>
      }
      tools={
        <>
          <Filter label={say('search')} value={value.q} onChange={(v) => set('q', v)} />
          {categories.length > 0 && <Select label={say('category')} value={value.category} onChange={(v) => set('category', v)} options={[{ value: '', label: say('category.any') }, ...categories.map((c) => ({ value: c, label: c }))]} />}
          <Select label={say('order')} value={value.order} onChange={(v) => set('order', v)} options={[{ value: '', label: say('order.category') }, { value: 'used', label: say('order.used') }, { value: 'unused', label: say('order.unused') }]} />
          {langs.length > 1 && <Select label={say('lang')} value={value.lang} onChange={(v) => set('lang', v)} options={[{ value: '', label: say('lang.any') }, ...langs.map((l) => ({ value: l, label: languageName(l) }))]} />}
        </>
      }
      foot={rows && rows.length > 0 && <footer className={s.foot}>{say('total', { n: rows.length })}</footer>}
    >
      <Table
        label={base('nav.shortcuts')}
        rows={rows}
        rowKey={(x) => x.id}
        error={list.error}
        retry={() => void list.refetch()}
        filter={filtered ? { query: said, chosen: said === '', clear } : undefined}
        empty={
          <>
            <p>{say('empty')}</p>
            <Button onClick={() => setOpen('new')}>{say('add')}</Button>
          </>
        }
        open={setOpen}
        columns={[
          {
            id: 'keyword',
            head: say('keyword'),
            width: '170px',
            cell: (x) => (
              <button type="button" className={s.rowLink} onClick={() => setOpen(x)}>
                /{x.keyword}
              </button>
            ),
          },
          { id: 'category', head: say('category'), width: '130px', cell: (x) => x.category },
          {
            id: 'text',
            head: say('text'),
            cell: (x) => (
              <>
                <Resolved of={x} /> {x.opt_in && <Tag tone="acc">{say('optIn.tag')}</Tag>}
              </>
            ),
          },
          { id: 'queue', head: say('queue'), width: '150px', cell: (x) => (x.queue ? x.queue.path || <Tag tone="warn">{say('queue.gone')}</Tag> : <small>{say('queue.all')}</small>) },
          { id: 'lang', head: say('lang'), width: '100px', cell: (x) => languageName(x.lang) },
          { id: 'segments', head: say('segments'), align: 'end', width: '90px', cell: (x) => x.ready?.segments },
          { id: 'uses', head: say('uses'), align: 'end', width: '110px', cell: (x) => x.uses && <Uses of={x.uses} /> },
          { id: 'act', head: '', name: base('act.delete'), align: 'end', width: '64px', cell: (x) => <IconButton icon={Trash2} label={say('delete.title', { keyword: x.keyword })} onClick={() => setGone(x)} /> },
        ]}
      />
      {open === 'import' && (
        <CsvImport
          title={say('import.title')}
          text={say('import.text')}
          example={'keyword,text,category\nrefund,"Hi @{CUSTOMER_NAME}, your refund is on its way.",Returns'}
          act={say('import.act')}
          onClose={() => setOpen(undefined)}
          run={async (csv) => {
            const done = await importShortcuts(csv);
            await cache.invalidateQueries({ queryKey: shortcutsKey });
            return say('import.done', { added: done.added, changed: done.changed, same: done.unchanged });
          }}
        />
      )}
      {open && open !== 'import' && <EditShortcut key={open === 'new' ? open : open.id} shortcut={open === 'new' ? undefined : open} categories={categories} onClose={() => setOpen(undefined)} />}
      {gone && <Delete shortcut={gone} onClose={() => setGone(undefined)} />}
    </Page>
  );
}

function Uses({ of }: { of: NonNullable<Shortcut['uses']> }) {
  const say = useWords(words);
  return of.total === 0 ? (
    <small>{say('uses.never')}</small>
  ) : (
    <>
      {of.month} <small>{say('uses.total', { n: of.total })}</small>
    </>
  );
}

function Delete({ shortcut, onClose }: { shortcut: Shortcut; onClose: () => void }) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const { keyword } = shortcut;
  const remove = useAction(async () => {
    await deleteShortcut(shortcut.id);
    await cache.invalidateQueries({ queryKey: shortcutsKey });
    notice(say('deleted', { keyword }));
    onClose();
  });
  return <Confirm title={say('delete.title', { keyword })} text={say('delete.text')} label={base('act.delete')} busy={remove.busy} problem={remove.error?.message} onClose={onClose} run={() => void remove.run()} />;
}
