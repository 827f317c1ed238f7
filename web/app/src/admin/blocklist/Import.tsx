// A CSV file of numbers to block: all of it or nothing, and the line at fault is named.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { adminStyles as s, Dialog, Field, TextArea, useAction } from '../parts/index.tsx';
import { blocksKey, importBlocks, type BlockImport } from './api.ts';
import { words } from './words.ts';

export function Import({ onClose }: { onClose: () => void }) {
  const say = useWords(words);
  const cache = useQueryClient();
  const [csv, setCsv] = useState('');
  const [done, setDone] = useState<BlockImport>();
  const load = useAction(async () => {
    if (!csv.trim()) throw new Error(say('import.nothing'));
    setDone(await importBlocks(csv));
    await cache.invalidateQueries({ queryKey: blocksKey });
  });
  if (done) {
    return (
      <Dialog title={say('import.title')} onClose={onClose}>
        <p role="status">{say('import.done', { n: done.added })}</p>
        {done.duplicate_lines.length > 0 && <p>{say('import.twice', { n: done.duplicate_lines.length, lines: done.duplicate_lines.join(', ') })}</p>}
      </Dialog>
    );
  }
  return (
    <Dialog title={say('import.title')} onClose={onClose} submit={{ label: say('import.act'), busy: load.busy, run: () => void load.run() }}>
      <p className={s.hint}>{say('import.text')}</p>
      <Field label={say('import.file')}>
        {(described) => <input className={s.input} type="file" accept=".csv,text/csv,text/plain" {...described} onChange={(e) => void e.target.files?.[0]?.text().then(setCsv)} />}
      </Field>
      <TextArea label={say('import.lines')} value={csv} onChange={setCsv} rows={8} error={load.error?.message} spellCheck={false} />
    </Dialog>
  );
}
