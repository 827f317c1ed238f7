// Several numbers at once. What is refused stays in the field with its reason; what was added leaves it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLang, useWords } from '../../i18n/index.ts';
import { localeOf } from '../../parts/clock.ts';
import { tel } from '../../parts/tel.ts';
import { notice } from '../../parts/toast.tsx';
import { Check, Dialog, FieldError, SelectField, TextArea, TextField } from '../parts/index.tsx';
import { accountsKey, addNumber, capabilities, listAccounts, numbersKey, type Capability } from './api.ts';
import { callingCodes, international, isAddress, readLines, writeLines, type Country, type Line } from './lines.ts';
import { toggled } from './NumberSheet.tsx';
import own from './numbers.module.css';
import { words } from './words.ts';

export function Add({ onClose, verify }: { onClose: () => void; verify: (ids: number[]) => void }) {
  const say = useWords(words);
  const cache = useQueryClient();
  const accounts = useQuery({ queryKey: accountsKey, queryFn: listAccounts });
  const [text, setText] = useState('');
  const [caps, setCaps] = useState<Capability[]>(['inbound', 'outbound']);
  const [rate, setRate] = useState('1');
  const [account, setAccount] = useState('');
  const [thenVerify, setThenVerify] = useState(true);
  const [busy, setBusy] = useState(false);
  const [at, setAt] = useState<[number, number]>();
  const [problem, setProblem] = useState<string>();
  const [country, setCountry] = useState<Country>('US');
  const lang = useLang((l) => l.lang);
  const several = (accounts.data?.length ?? 0) > 1;

  const run = async () => {
    const lines = readLines(text);
    if (lines.length === 0) return setProblem(say('lines.none'));
    setBusy(true);
    setProblem(undefined);
    const added: number[] = [];
    const refused: { line: Line; why: string }[] = [];
    for (const [i, line] of lines.entries()) {
      setAt([i + 1, lines.length]);
      try {
        const made = await addNumber({ address: international(line.address, country), label: line.label || undefined, capabilities: caps, segments_per_second: Number(rate.replace(',', '.')), account_id: several ? Number(account || accounts.data![0]!.id) : undefined });
        added.push(made.id);
      } catch (e) {
        refused.push({ line, why: e instanceof Error ? e.message : String(e) });
      }
    }
    await cache.invalidateQueries({ queryKey: numbersKey });
    setBusy(false);
    setAt(undefined);
    if (added.length > 0 && thenVerify) verify(added);
    if (refused.length === 0) {
      notice(say('added', { n: added.length }));
      return onClose();
    }
    setText(writeLines(refused.map((r) => r.line)));
    const reasons = refused.map((r, i) => say('lines.bad', { line: i + 1, text: r.why }));
    setProblem([...(added.length ? [say('addedSome', { n: added.length })] : []), ...reasons].join('\n'));
  };

  return (
    <Dialog title={say('add')} onClose={onClose} submit={{ label: at ? say('progress', { n: at[0], of: at[1] }) : say('add'), busy, run: () => void run() }}>
      <SelectField label={say('country')} value={country} options={countries(localeOf(lang))} onChange={(c) => setCountry(c as Country)} />
      <TextArea label={say('lines')} hint={say('lines.hint')} rows={4} value={text} onChange={setText} aria-invalid={problem ? true : undefined} data-autofocus spellCheck={false} />
      <Reading lines={readLines(text)} country={country} />
      {problem && (
        <div className={own.reasons}>
          {problem.split('\n').map((line) => (
            <FieldError key={line}>{line}</FieldError>
          ))}
        </div>
      )}
      <fieldset className={own.caps}>
        <legend>{say('caps')}</legend>
        {capabilities.map((c) => (
          <Check key={c} label={say(`cap.${c}`)} hint={say(`cap.${c}.about`)} on={caps.includes(c)} onChange={(on) => setCaps(toggled(caps, c, on))} />
        ))}
      </fieldset>
      {several && <SelectField label={say('account')} value={account || String(accounts.data![0]!.id)} options={accounts.data!.map((a) => ({ value: String(a.id), label: `${a.carrier} ${a.sid}` }))} onChange={setAccount} />}
      <TextField label={say('rate')} hint={say('rate.hint')} inputMode="decimal" value={rate} onChange={setRate} />
      <Check label={say('thenVerify')} on={thenVerify} onChange={setThenVerify} />
    </Dialog>
  );
}

function countries(locale: string): { value: Country; label: string }[] {
  const names = new Intl.DisplayNames(locale, { type: 'region' });
  return (Object.keys(callingCodes) as Country[]).map((value) => ({ value, label: `${names.of(value) ?? value} +${callingCodes[value]}` }));
}

// Reading says while one types what the lines are taken for.
function Reading({ lines, country }: { lines: readonly Line[]; country: Country }) {
  const say = useWords(words);
  const read = lines.map((l) => ({ ...l, address: international(l.address, country) }));
  const good = read.filter((l) => isAddress(l.address));
  return (
    <div className={own.reading} role="status">
      {good.length > 0 && <p>{good.map((l) => tel(l.address)).join(', ')}</p>}
      {read.filter((l) => !isAddress(l.address)).map((l) => (
        <p key={l.line} data-wrong>
          {say('lines.wrong', { line: l.line, text: l.address })}
        </p>
      ))}
    </div>
  );
}
