import { Link } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { Field, SelectField, TextField } from '../admin/parts/index.tsx';
import { words as adminWords } from '../admin/words.ts';
import type { Session } from '../api/client.ts';
import { useWords } from '../i18n/index.ts';
import { Button, partStyles } from '../parts/index.tsx';
import { usePrefs } from '../prefs.ts';
import type { Save } from './Me.tsx';
import s from './me.module.css';
import { words } from './words.ts';

const zones = Intl.supportedValuesOf('timeZone');
const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function Profile({ session, save }: { session: Session; save: Save }) {
  const say = useWords(words);
  const named = useWords(adminWords);
  const { lang, time_zone: zone } = usePrefs();
  const [name, setName] = useState(session.user.name);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const fresh = name.trim() !== session.user.name;

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (busy || !fresh) return;
    if (name.trim() === '' || [...name.trim()].length > 200) return setProblem(say('name.short'));
    setBusy(true);
    setProblem((await save({ name: name.trim() }))?.message);
    setBusy(false);
  };

  return (
    <>
      <form className={s.row} onSubmit={(e) => void submit(e)} noValidate>
        <TextField label={say('name')} hint={say('name.hint')} error={problem} value={name} onChange={setName} autoComplete="name" />
        <Button type="submit" size="form" aria-disabled={busy || !fresh}>
          {busy ? say('saving') : say('save')}
        </Button>
      </form>
      <div className={s.facts}>
        <Field label={say('email')} hint={say('email.hint')}>
          {(described) => <output {...described}>{session.user.email}</output>}
        </Field>
        <Field label={say('roles')}>{(described) => <output {...described}>{sentence(session.user.roles.map((r) => named(`role.${r}`)).join(', '))}</output>}</Field>
      </div>
      <div className={s.facts}>
        <SelectField
          label={say('lang')}
          value={lang}
          options={[
            { value: '', label: say('lang.browser') },
            { value: 'en', label: 'English' },
            { value: 'es', label: 'Español' },
          ]}
          onChange={(v) => void save({ preferences: { lang: v } })}
        />
        <SelectField
          label={say('zone')}
          hint={say('zone.hint')}
          value={zone}
          options={[{ value: '', label: say('zone.browser', { zone: browserZone.replaceAll('_', ' ') }) }, ...[...new Set([...zones, ...(zone ? [zone] : [])])].map((z) => ({ value: z, label: z.replaceAll('_', ' ') }))]}
          onChange={(v) => void save({ preferences: { time_zone: v } })}
        />
      </div>
      <div>
        <p className={s.label}>{say('password')}</p>
        <Link to="/password" search={{ next: '/me' }} className={partStyles.button}>
          {say('password.change')}
        </Link>
        <p className={s.hint}>{say('password.hint')}</p>
      </div>
    </>
  );
}
