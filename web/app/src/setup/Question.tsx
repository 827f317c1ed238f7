// One question of the first run, with its control, its hint and why its answer was refused.
import { CircleAlert } from 'lucide-react';
import { useEffect, useId, useState, type ReactNode } from 'react';
import { useWords } from '../i18n/index.ts';
import { languageName } from '../parts/language.ts';
import { useDraft } from './draft.ts';
import s from './setup.module.css';
import type { Answers, Step } from './steps.ts';
import { words } from './words.ts';

const spoken = ['en', 'es', 'fr', 'pt'];

interface Props {
  step: Step;
  simulator: boolean;
  demoNumber: string;
  again: boolean; // a secret that a reload has forgotten
  problem?: string;
}

export function Question({ step, simulator, demoNumber, again, problem }: Props) {
  const say = useWords(words);
  const draft = useDraft();
  const id = useId();
  const hintOf = step === 'number' && draft.carrier === 'simulator' ? say('number.demo') : step === 'carrier' && !simulator ? say('carrier.none') : say(`${step}.hint`);
  const hint = again && (step === 'password' || step === 'auth') ? say('again') : hintOf;
  const about = `${id}h${problem ? ` ${id}p` : ''}`;
  const put = (change: Partial<Answers>) => useDraft.setState(change);

  useEffect(() => {
    const a = useDraft.getState();
    if (step === 'number' && a.carrier === 'simulator' && a.number === '') useDraft.setState({ number: demoNumber });
    if (step === 'carrier' && !simulator && a.carrier !== 'twilio') useDraft.setState({ carrier: 'twilio' });
  }, [step, demoNumber, simulator]);

  const foot = (
    <>
      {problem && (
        <p className={s.problem} id={`${id}p`} role="alert">
          <CircleAlert aria-hidden />
          <span>{problem}</span>
        </p>
      )}
      <p className={s.hint} id={`${id}h`}>
        {hint}
      </p>
    </>
  );
  const described = { 'aria-describedby': about, 'aria-invalid': problem ? (true as const) : undefined };
  const text = (name: 'token' | 'company' | 'name' | 'email' | 'sid' | 'auth' | 'number', rest: Record<string, string> = {}) => (
    <>
      <label htmlFor={id}>{say(name)}</label>
      <input id={id} data-first {...described} value={draft[name]} onChange={(e) => put({ [name]: e.target.value })} {...rest} />
      {foot}
    </>
  );
  const choice = (name: 'carrier' | 'tree' | 'lang', options: readonly { value: string; label: ReactNode; about?: string; off?: boolean }[]) => (
    <fieldset {...described} role="radiogroup" aria-required>
      <legend>{say(name)}</legend>
      {options.map((o, i) => (
        <label key={o.value} className={s.option} data-off={o.off || undefined}>
          <input type="radio" name={name} value={o.value} data-first={i === 0 || undefined} disabled={o.off} checked={draft[name] === o.value} onChange={() => put({ [name]: o.value })} />
          <span>
            <strong>{o.label}</strong>
            {o.about && <small>{o.about}</small>}
          </span>
        </label>
      ))}
      {foot}
    </fieldset>
  );

  switch (step) {
    case 'password':
      return <Password id={id} described={described} foot={foot} />;
    case 'carrier':
      return choice('carrier', (['simulator', 'twilio'] as const).filter((v) => simulator || v === 'twilio').map((v) => ({ value: v, label: say(`carrier.${v}`), about: say(`carrier.${v}.about`) })));
    case 'tree':
      return choice('tree', (['one', 'shop', 'office'] as const).map((v) => ({ value: v, label: say(`tree.${v}`), about: say(`tree.${v}.about`) })));
    case 'zone':
      return (
        <>
          <label htmlFor={id}>{say('zone')}</label>
          <select id={id} data-first {...described} value={draft.zone} onChange={(e) => put({ zone: e.target.value })}>
            {[...new Set([...Intl.supportedValuesOf('timeZone'), draft.zone])].map((z) => (
              <option key={z} value={z}>
                {z.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
          {foot}
        </>
      );
    case 'lang':
      return choice('lang', spoken.map((value) => ({ value, label: languageName(value) })));
    case 'more':
      return (
        <fieldset {...described}>
          <legend>{say('more')}</legend>
          {spoken
            .filter((l) => l !== draft.lang)
            .map((l, i) => (
              <label key={l} className={s.option}>
                <input type="checkbox" data-first={i === 0 || undefined} checked={draft.more.includes(l)} onChange={(e) => put({ more: e.target.checked ? [...draft.more, l] : draft.more.filter((m) => m !== l) })} />
                <span>
                  <strong>{languageName(l)}</strong>
                </span>
              </label>
            ))}
          {foot}
        </fieldset>
      );
    case 'email':
      return text('email', { type: 'email', autoComplete: 'username', inputMode: 'email' });
    case 'number':
      return text('number', { type: 'tel', autoComplete: 'off', inputMode: 'tel' });
    case 'auth':
      return text('auth', { type: 'password', autoComplete: 'off' });
    case 'name':
      return text('name', { autoComplete: 'name' });
    case 'company':
      return text('company', { autoComplete: 'organization' });
    default:
      return text(step, { autoComplete: 'off', spellCheck: 'false' });
  }
}

function Password({ id, described, foot }: { id: string; described: Record<string, unknown>; foot: ReactNode }) {
  const say = useWords(words);
  const { password, email } = useDraft();
  const [shown, setShown] = useState(false);
  return (
    <>
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <label htmlFor={id}>{say('password')}</label>
      <input id={id} data-first {...described} type={shown ? 'text' : 'password'} autoComplete="new-password" value={password} onChange={(e) => useDraft.setState({ password: e.target.value })} />
      {foot}
      <label className={s.check}>
        <input type="checkbox" checked={shown} onChange={(e) => setShown(e.target.checked)} />
        {say('password.show')}
      </label>
    </>
  );
}
