// Several of a list, by checkbox: roles, teams, members.
import type { ReactNode } from 'react';
import { useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import s from './copy.module.css';
import { Check, FieldError, TextField } from './index.tsx';
import { words } from './words.ts';

const many = 12; // a longer list has a search

interface Choice<V> {
  value: V;
  label: string;
  hint?: ReactNode;
  disabled?: boolean;
}

export function Choices<V extends string | number>({ label, options, value, onChange, error, none }: { label: string; options: readonly Choice<V>[]; value: readonly V[]; onChange: (value: V[]) => void; error?: string; none?: string }) {
  const say = useWords(words);
  const [search, setSearch] = useState('');
  const shown = options.filter((o) => o.label.toLocaleLowerCase().includes(search.trim().toLocaleLowerCase()));
  const hinted = options.some((o) => o.hint);
  return (
    <fieldset className={s.choices}>
      <legend>{label}</legend>
      {options.length > many && <TextField hideLabel label={say('search.in', { list: label })} placeholder={say('search.in', { list: label })} value={search} onChange={setSearch} />}
      {options.length === 0 && none && <p>{none}</p>}
      <div className={hinted ? s.choices : s.many}>
        {shown.map((o) => (
          <Check key={o.value} label={o.label} hint={o.hint} disabled={o.disabled} on={value.includes(o.value)} onChange={(on) => onChange(on ? [...value, o.value] : value.filter((v) => v !== o.value))} />
        ))}
      </div>
      {error && <FieldError>{error}</FieldError>}
    </fieldset>
  );
}
