// A CSV file, all of it or nothing: every line at fault is named.
import { useState, type ReactNode } from 'react';
import { Refused } from '../../api/client.ts';
import type { components } from '../../api/console.gen.ts';
import { useWords } from '../../i18n/index.ts';
import s from './copy.module.css';
import { adminStyles, Dialog, Field, FieldError, TextArea, useAction } from './index.tsx';
import { words } from './words.ts';

type Problem = components['schemas']['ImportProblem'];

interface Props {
  title: string;
  text: ReactNode;
  example: string;
  act: string;
  run: (csv: string) => Promise<ReactNode>; // what came of it
  onClose: () => void;
}

export function CsvImport({ title, text, example, act, run, onClose }: Props) {
  const say = useWords(words);
  const [csv, setCsv] = useState('');
  const [done, setDone] = useState<ReactNode>();
  const load = useAction(async () => {
    if (!csv.trim()) throw new Error(say('import.nothing'));
    setDone(await run(csv));
  });
  if (done !== undefined) {
    return (
      <Dialog title={title} onClose={onClose}>
        <div role="status">{done}</div>
      </Dialog>
    );
  }
  const problems = problemsOf(load.error);
  return (
    <Dialog wide title={title} onClose={onClose} submit={{ label: act, busy: load.busy, run: () => void load.run() }}>
      <p className={adminStyles.hint}>{text}</p>
      <Field label={say('import.file')}>
        {(described) => <input className={adminStyles.input} type="file" accept=".csv,text/csv,text/plain" {...described} onChange={(e) => void e.target.files?.[0]?.text().then(setCsv)} />}
      </Field>
      <TextArea label={say('import.lines')} value={csv} onChange={setCsv} rows={6} placeholder={example} spellCheck={false} error={problems.length > 0 ? undefined : load.error?.message} />
      {problems.length > 0 && (
        <div className={s.faultsBox} tabIndex={0} role="region" aria-label={say('import.faults', { n: problems.length })}>
          <FieldError>{say('import.faults', { n: problems.length })}</FieldError>
          <table className={s.faults}>
            <thead>
              <tr>
                <th scope="col">{say('import.line')}</th>
                <th scope="col">{say('import.column')}</th>
                <th scope="col">{say('import.problem')}</th>
              </tr>
            </thead>
            <tbody>
              {problems.map((p, i) => (
                <tr key={i}>
                  <td>{p.line}</td>
                  <td>{p.column}</td>
                  <td>{p.message}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Dialog>
  );
}

function problemsOf(error: unknown): readonly Problem[] {
  if (!(error instanceof Refused)) return [];
  return (error.body as { problems?: Problem[] } | undefined)?.problems ?? [];
}
