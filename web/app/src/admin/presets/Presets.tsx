// Presets: what agents send by one press during a call, in their order, with CSV both ways (spec 1.9, 3.3).
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, Download, Trash2, Upload } from 'lucide-react';
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
import { Resolved } from '../shortcuts/Resolved.tsx';
import { words as shared } from '../words.ts';
import { deletePreset, importPresets, listPresets, orderPresets, presetsKey, type Preset } from './api.ts';
import { EditPreset } from './Edit.tsx';
import { words } from './words.ts';

export default function Presets() {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const [gone, setGone] = useState<Preset>();
  const { value, set, clear, any, said } = useFilters('q', 'lang');
  const list = useQuery({ queryKey: presetsKey, queryFn: listPresets });
  const all = list.data?.presets;
  const [open, setOpen] = useOpened(all, 'new', 'import');
  const needle = value.q.trim().toLocaleLowerCase();
  const rows = all?.filter((x) => (!needle || [x.label, x.text].some((v) => v.toLocaleLowerCase().includes(needle))) && (!value.lang || x.lang === value.lang));
  const langs = [...new Set(all?.map((x) => x.lang))].sort();
  useKey('add', () => setOpen('new'), !open && !gone);

  // A preset takes the place of its neighbor among those that are shown.
  const move = useAction(async (x: Preset, by: -1 | 1) => {
    const other = rows![rows!.indexOf(x) + by]!;
    const ids = all!.map((p) => p.id).filter((id) => id !== x.id);
    ids.splice(ids.indexOf(other.id) + (by === 1 ? 1 : 0), 0, x.id);
    await orderPresets(ids);
    await cache.invalidateQueries({ queryKey: presetsKey });
    notice(say('moved', { label: x.label, n: ids.indexOf(x.id) + 1 }));
  });

  return (
    <Page
      title={base('nav.presets')}
      about={say('about')}
      actions={
        <>
          <a className={partStyles.button} href="/api/console/presets.csv" download>
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
          {langs.length > 1 && <Select label={say('lang')} value={value.lang} onChange={(v) => set('lang', v)} options={[{ value: '', label: say('lang.any') }, ...langs.map((l) => ({ value: l, label: languageName(l) }))]} />}
          {move.error && <p className={s.error}>{move.error.message}</p>}
        </>
      }
      foot={rows && rows.length > 0 && <footer className={s.foot}>{say('total', { n: rows.length })}</footer>}
    >
      <Table
        label={base('nav.presets')}
        rows={rows}
        rowKey={(x) => x.id}
        error={list.error}
        retry={() => void list.refetch()}
        filter={any ? { query: said, chosen: said === '', clear } : undefined}
        empty={
          <>
            <p>{say('empty')}</p>
            <Button onClick={() => setOpen('new')}>{say('add')}</Button>
          </>
        }
        open={setOpen}
        columns={[
          {
            id: 'label',
            head: say('label'),
            width: '190px',
            cell: (x) => (
              <button type="button" className={s.rowLink} onClick={() => setOpen(x)}>
                {x.label}
              </button>
            ),
          },
          { id: 'text', head: say('text'), cell: (x) => <Resolved of={x} /> },
          { id: 'queue', head: say('queue'), width: '180px', cell: (x) => (x.queue ? x.queue.path || <Tag tone="warn">{say('queue.gone')}</Tag> : <small>{say('queue.all')}</small>) },
          { id: 'lang', head: say('lang'), width: '100px', cell: (x) => languageName(x.lang) },
          { id: 'segments', head: say('segments'), align: 'end', width: '90px', cell: (x) => x.ready?.segments },
          {
            id: 'act',
            head: '',
            name: base('act.delete'),
            align: 'end',
            width: '128px',
            cell: (x) => (
              <>
                <IconButton icon={ArrowUp} label={say('up', { label: x.label })} disabled={move.busy || rows?.[0] === x} onClick={() => void move.run(x, -1)} />
                <IconButton icon={ArrowDown} label={say('down', { label: x.label })} disabled={move.busy || rows?.at(-1) === x} onClick={() => void move.run(x, 1)} />
                <IconButton icon={Trash2} label={say('delete.title', { label: x.label })} onClick={() => setGone(x)} />
              </>
            ),
          },
        ]}
      />
      {open === 'import' && (
        <CsvImport
          title={say('import.title')}
          text={say('import.text')}
          example={'label,text,lang\nSend a photo,"Reply with a photo of the item, please. @{COMPANY_NAME}",en'}
          act={say('import.act')}
          onClose={() => setOpen(undefined)}
          run={async (csv) => {
            const done = await importPresets(csv);
            await cache.invalidateQueries({ queryKey: presetsKey });
            return say('import.done', { added: done.added, changed: done.changed, same: done.unchanged });
          }}
        />
      )}
      {open && open !== 'import' && <EditPreset key={open === 'new' ? open : open.id} preset={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} />}
      {gone && <Delete preset={gone} onClose={() => setGone(undefined)} />}
    </Page>
  );
}

function Delete({ preset, onClose }: { preset: Preset; onClose: () => void }) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const { label } = preset;
  const remove = useAction(async () => {
    await deletePreset(preset.id);
    await cache.invalidateQueries({ queryKey: presetsKey });
    notice(say('deleted', { label }));
    onClose();
  });
  return <Confirm title={say('delete.title', { label })} text={say('delete.text')} label={base('act.delete')} busy={remove.busy} problem={remove.error?.message} onClose={onClose} run={() => void remove.run()} />;
}
