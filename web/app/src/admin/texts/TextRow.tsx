// One text the channel sends by itself: folded to a line, opened to a field with variables and a segment count.
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { Button, Tag } from '../../parts/index.tsx';
import { languageName } from '../../parts/language.ts';
import { count, forcesUnicode } from '../../segments.ts';
import { adminStyles, FieldError } from '../parts/index.tsx';
import { Source } from '../settings/Row.tsx';
import type { Setting } from '../settings/setting.ts';
import type { Settings } from '../settings/useSettings.ts';
import { words as shared } from '../words.ts';
import s from './texts.module.css';
import { words } from './words.ts';

export function TextRow({ of, settings, locked, asked = false }: { of: Setting; settings: Settings; locked: boolean; asked?: boolean }) { // asked: the address names it
  const say = useWords(words);
  const base = useWords(shared);
  const id = useId();
  const box = useRef<HTMLTextAreaElement>(null);
  const row = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(asked && !locked);
  const [jump, setJump] = useState({ to: -1 }); // where a variable that was inserted wants the caret
  const kind = of.text!.kind;
  const name = `kind.${kind}` in words ? say(`kind.${kind}` as keyof typeof words) : kind;
  const value = String(settings.value(of.key) ?? '');
  const problem = settings.problem(of.key);
  const borrowed = !settings.own(of.key) && of.text!.in !== of.text!.lang;
  const opened = open || problem !== undefined;

  useEffect(() => {
    if (open) box.current?.focus();
  }, [open]);
  useEffect(() => {
    if (asked) row.current?.scrollIntoView({ block: 'center' });
  }, [asked]);
  // Before the next key: a caret that moves later than that would put its letter in the wrong place.
  useLayoutEffect(() => {
    if (jump.to >= 0) box.current?.setSelectionRange(jump.to, jump.to);
  }, [jump]);
  const insert = (variable: string) => {
    const at = box.current;
    const [from, to] = at ? [at.selectionStart, at.selectionEnd] : [value.length, value.length];
    const text = `@{${variable}}`;
    settings.set(of.key, value.slice(0, from) + text + value.slice(to));
    setJump({ to: from + text.length });
    at?.focus();
  };

  return (
    <div ref={row} className={s.row} data-key={of.key} data-open={opened || undefined}>
      <div className={s.line}>
        <span className={s.name} id={`${id}-name`}>
          {name} {borrowed && <Tag tone="warn">{say('other', { language: languageName(of.text!.in) })}</Tag>}
        </span>
        {!opened && (
          <span className={s.said} lang={of.text!.in} data-own={settings.own(of.key) || undefined}>
            {value || <em>{say('empty')}</em>}
          </span>
        )}
        <span className={s.end}>
          <Source of={of} settings={settings} locked={locked} />
        </span>
        {!locked && (
          <Button aria-expanded={opened} aria-label={opened ? undefined : say('edit', { name })} onClick={() => setOpen(!opened)}>
            {opened ? say('done') : base('act.edit')}
          </Button>
        )}
      </div>
      {opened && (
        <div className={s.editor}>
          <textarea
            ref={box}
            id={id}
            className={adminStyles.input}
            aria-labelledby={`${id}-name`}
            aria-describedby={`${id}-count${problem ? ` ${id}-error` : ''}`}
            aria-invalid={problem ? true : undefined}
            data-inherited={settings.own(of.key) ? undefined : true}
            lang={of.text!.lang}
            rows={3}
            value={value}
            onChange={(e) => settings.set(of.key, e.target.value)}
          />
          {problem && <FieldError id={`${id}-error`}>{problem}</FieldError>}
          <Count id={`${id}-count`} text={value} />
          <div className={s.variables} role="group" aria-label={say('variable')}>
            <span aria-hidden>{say('variable')}</span>
            {settings.variables.map((v) => (
              <button key={v} type="button" onClick={() => insert(v)}>
                {`variable.${v}` in words ? say(`variable.${v}` as keyof typeof words) : v}
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

function Count({ text, id }: { text: string; id?: string }) {
  const say = useWords(words);
  const c = count(text);
  const forced = forcesUnicode(text);
  return (
    <p className={s.count} id={id} data-tone={forced ? 'warn' : undefined}>
      {forced && c.encoding === 'UCS-2' ? say('because', { char: forced.char }) : c.encoding} · {c.units}/{Math.max(c.segments, 1) * c.perSegment} · {say('segments', { n: c.segments })}
      {/@\{\w+\}/.test(text) && ` · ${say('needs')}`}
    </p>
  );
}
