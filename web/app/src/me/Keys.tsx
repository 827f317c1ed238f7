// Every key of the registry, to be changed, with single letters on or off (spec 6, section 7; WCAG 2.1.4).
import { useRef, useState, type KeyboardEvent } from 'react';
import { Dialog, Field, Switch } from '../admin/parts/index.tsx';
import { useT, useWords } from '../i18n/index.ts';
import '../i18n/keyWords.ts';
import { changed, clashOf, pressed, refusal, type Refusal } from '../keys/keymap.ts';
import { bindings, comboOf, keyIds, keysOf, show, type Binding, type KeyId, type Scope } from '../keys/registry.ts';
import { Button, Kbd, Tag } from '../parts/index.tsx';
import { usePrefs } from '../prefs.ts';
import type { Save } from './Me.tsx';
import s from './me.module.css';
import { words } from './words.ts';

const scopes: Scope[] = [...new Set(keyIds.map((id) => bindings[id].scope))];

export function Keys({ save }: { save: Save }) {
  const say = useWords(words);
  const t = useT();
  const own = usePrefs();
  const [changing, setChanging] = useState<KeyId | null>(null);
  const put = (id: KeyId, combo: string | null) => save({ preferences: { keys: changed(own, id, combo) } });

  return (
    <>
      <Switch label={say('keys.single')} on={own.single_keys} onChange={(on) => void save({ preferences: { single_keys: on } })} describedBy="keys-single" />
      <p className={s.hint} id="keys-single">
        {say('keys.single.hint')}
      </p>
      {scopes.map((scope) => (
        <div key={scope} className={s.wide}>
          <table className={s.table} data-keys aria-labelledby={`keys-${scope}`}>
            <caption id={`keys-${scope}`}>{t(`keys.scope.${scope}`)}</caption>
            <thead data-hidden>
              <tr>
                <th scope="col">{say('keys.action')}</th>
                <th scope="col">{say('keys.key')}</th>
                <th scope="col">{say('keys.change')}</th>
              </tr>
            </thead>
            <tbody>
              {keyIds
                .filter((id) => bindings[id].scope === scope)
                .map((id) => (
                  <Row key={id} id={id} change={() => setChanging(id)} reset={() => void put(id, null)} />
                ))}
            </tbody>
          </table>
        </div>
      ))}
      {Object.keys(own.keys).length > 0 && (
        <div>
          <Button onClick={() => void save({ preferences: { keys: {} } })}>{say('keys.resetAll')}</Button>
        </div>
      )}
      {changing && <Change id={changing} close={() => setChanging(null)} put={put} />}
    </>
  );
}

function Row({ id, change, reset }: { id: KeyId; change: () => void; reset: () => void }) {
  const say = useWords(words);
  const t = useT();
  const own = usePrefs();
  const b: Binding = bindings[id];
  const action = t(b.label);
  const all = keysOf(id, { ...own, single_keys: true });
  const live = keysOf(id, own);
  const mine = !b.fixed && own.keys[id] !== undefined;
  const clash = mine ? clashOf(id, all[0]!, own) : undefined;
  return (
    <tr data-key={id}>
      <th scope="row">
        {action}
        {clash && <span className={s.clash}> {say('keys.clash', { action: t(bindings[clash].label) })}</span>}
      </th>
      <td>
        <span className={s.caps}>
          {all.map((c) => (
            <span key={c} data-off={!live.includes(c) || undefined}>
              <Kbd combo={c} />
              {!live.includes(c) && <small> {say('keys.off')}</small>}
            </span>
          ))}
          {mine && <Tag tone="acc">{say('keys.own')}</Tag>}
        </span>
      </td>
      <td>
        {b.fixed ? (
          <span className={s.fixed}>{say('keys.fixed')}</span>
        ) : (
          <>
            {mine && (
              <Button look="quiet" onClick={reset} aria-label={say('keys.resetOf', { action })}>
                {say('keys.reset')}
              </Button>
            )}
            <Button onClick={change} aria-label={say('keys.changeOf', { action })}>
              {say('keys.change')}
            </Button>
          </>
        )}
      </td>
    </tr>
  );
}

function Change({ id, close, put }: { id: KeyId; close: () => void; put: (id: KeyId, combo: string) => Promise<unknown> }) {
  const say = useWords(words);
  const t = useT();
  const own = usePrefs();
  const [combo, setCombo] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const action = t(bindings[id].label);

  const told = (r: Refusal): string => {
    const key = show(combo);
    if (r.why === 'clash') return say('keys.refuse.clash', { key, action: t(bindings[r.with].label), scope: t(`keys.scope.${bindings[r.with].scope}`) });
    return say(`keys.refuse.${r.why}`, { key });
  };
  const press = (e: KeyboardEvent<HTMLInputElement>) => {
    if (['Enter', 'Escape', 'Tab', 'Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'Dead'].includes(e.key)) return;
    e.preventDefault();
    setProblem(undefined);
    setCombo(e.key === 'Backspace' ? '' : pressed(combo, comboOf(e.nativeEvent)));
  };
  const submit = async () => {
    const r = combo === '' ? null : refusal(id, combo, own);
    if (combo === '' || r) {
      setProblem(r ? told(r) : say('keys.none'));
      return field.current?.focus();
    }
    setBusy(true);
    const failed = await put(id, combo);
    setBusy(false);
    if (!failed) close();
  };

  return (
    <Dialog title={say('keys.dialog', { action })} onClose={close} submit={{ label: say('save'), busy, run: () => void submit() }}>
      <Field label={say('keys.press')} hint={say('keys.press.hint')} error={problem}>
        {(described) => <input {...described} ref={field} className={s.capture} data-autofocus readOnly value={combo && show(combo)} data-combo={combo} onKeyDown={press} />}
      </Field>
    </Dialog>
  );
}
