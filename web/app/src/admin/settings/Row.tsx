// One setting: its name, its control, where its value comes from, and the way back.
import { RotateCcw } from 'lucide-react';
import { useId } from 'react';
import { useWords } from '../../i18n/index.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button } from '../../parts/index.tsx';
import { languageName } from '../../parts/language.ts';
import { Chips, FieldError, Switch, adminStyles } from '../parts/index.tsx';
import { readable, type Setting } from './setting.ts';
import s from './settings.module.css';
import { useNames } from './useNames.ts';
import type { Settings } from './useSettings.ts';
import { words } from './words.ts';

// Row: `titled` says that a heading above has the name already.
export function Row({ of, settings, locked, titled }: { of: Setting; settings: Settings; locked: boolean; titled?: boolean }) {
  const { nameOf, docOf } = useNames();
  const id = useId();
  const problem = settings.problem(of.key);
  const described = problem ? `${id}-doc ${id}-error` : `${id}-doc`;
  return (
    <div className={s.row} data-key={of.key}>
      <div className={s.what} data-titled={titled}>
        <label htmlFor={id} id={`${id}-label`} data-hidden={titled}>
          {nameOf(of.key)}
        </label>
        <p id={`${id}-doc`}>{docOf(of)}</p>
      </div>
      <div className={s.control}>
        <Control id={id} of={of} settings={settings} locked={locked} describedBy={described} invalid={problem !== undefined} />
        {problem && <FieldError id={`${id}-error`}>{problem}</FieldError>}
      </div>
      <Source of={of} settings={settings} locked={locked} />
    </div>
  );
}

interface ControlProps {
  id: string;
  of: Setting;
  settings: Settings;
  locked: boolean;
  describedBy: string;
  invalid: boolean;
}

function Control({ id, of, settings, locked, describedBy, invalid }: ControlProps) {
  const say = useWords(words);
  const { nameOf, optionOf, unitOf } = useNames();
  const value = settings.value(of.key);
  const own = settings.own(of.key);
  const set = (v: unknown) => settings.set(of.key, v);
  const common = { id, disabled: locked, 'aria-describedby': describedBy, 'aria-invalid': invalid || undefined, className: adminStyles.input, 'data-inherited': own ? undefined : true };

  switch (of.kind) {
    case 'switch':
      return <Switch label={nameOf(of.key)} hideLabel on={value === true} onChange={set} disabled={locked} describedBy={describedBy} />;
    case 'choice':
      return (
        <select {...common} value={String(value)} onChange={(e) => set(e.target.value)}>
          {of.options?.map((o) => (
            <option key={o} value={o}>
              {optionOf(o)}
            </option>
          ))}
        </select>
      );
    case 'duration':
    case 'count': {
      const n = typeof value === 'number' && !Number.isNaN(value) ? value : undefined;
      const unit = of.kind === 'duration' ? unitOf(of.unit ?? '') : '';
      const more = n === undefined ? '' : n === 0 && of.off ? say('off') : readable(n, of.unit);
      return (
        <span className={s.number}>
          <input {...common} type="text" inputMode="numeric" value={n ?? ''} onChange={(e) => set(e.target.value.trim() === '' ? NaN : Number(e.target.value))} />
          {unit && <span>{unit}</span>}
          {more && <small>{more}</small>}
        </span>
      );
    }
    case 'words':
      return <Chips label={nameOf(of.key)} hideLabel value={Array.isArray(value) ? value : []} onChange={set} disabled={locked} own={own} />;
    case 'line':
      if (of.key === 'default_language') {
        const langs = settings.languages.includes(String(value)) ? settings.languages : [String(value), ...settings.languages];
        return (
          <select {...common} value={String(value)} onChange={(e) => set(e.target.value)}>
            {langs.map((l) => (
              <option key={l} value={l} lang={l}>
                {languageName(l)}
              </option>
            ))}
          </select>
        );
      }
      return (
        <>
          <input {...common} type="text" value={String(value ?? '')} list={of.key === 'time_zone' ? `${id}-zones` : undefined} onChange={(e) => set(e.target.value)} />
          {of.key === 'time_zone' && (
            <datalist id={`${id}-zones`}>
              {Intl.supportedValuesOf('timeZone').map((z) => (
                <option key={z} value={z} />
              ))}
            </datalist>
          )}
        </>
      );
    default:
      return null;
  }
}

// Source says where the value comes from, who set it and when, and offers the way back.
export function Source({ of, settings, locked }: { of: Setting; settings: Settings; locked: boolean }) {
  const say = useWords(words);
  const { nameOf, valueOf } = useNames();
  const { day } = useTimes();
  const own = settings.own(of.key);
  if (settings.changed(of.key) && !own) return <span className={s.source}>{settings.queue === undefined ? say('from.default') : say('unsaved')}</span>;
  if (!own) {
    const from = of.source === 'queue' ? say('from.queue', { queue: of.queue?.name ?? '' }) : say(of.source === 'tenant' ? 'from.tenant' : 'from.default');
    return <span className={s.source}>{from}</span>;
  }
  const back = valueOf(of, settings.inherited(of.key));
  const short = back.length > 0 && back.length <= 18;
  const reset = short ? say('reset', { value: back }) : say('resetPlain');
  const at = of.changed && !settings.changed(of.key) ? (of.changed.by ? say('changedBy', { name: of.changed.by.name, day: day(of.changed.at) }) : day(of.changed.at)) : say(settings.changed(of.key) ? 'unsaved' : 'from.own');
  return (
    <span className={s.source}>
      {!locked && (
        <Button look="quiet" className={s.reset} aria-label={say('resetOf', { name: nameOf(of.key), reset })} onClick={() => settings.set(of.key, null)}>
          <RotateCcw aria-hidden />
          {reset}
        </Button>
      )}
      <small>{at}</small>
    </span>
  );
}
