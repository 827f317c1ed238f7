// The list above the reply: shortcuts with what they will say and cost, categories, attributes. The focus stays in the text;
// the keys come from there.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useImperativeHandle, useState, type KeyboardEvent, type ReactNode, type Ref } from 'react';
import { listShortcuts } from '../api/calls.ts';
import { queryKeys } from '../api/keys.ts';
import { has, useT, type T } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { announce } from '../parts/announce.tsx';
import { Button, Skeleton, Tag } from '../parts/index.tsx';
import { languageName } from '../parts/language.ts';
import s from './suggest.module.css';
import { categories, matching, type Trigger } from './suggest.ts';

export interface SuggestionKeys {
  press: (e: KeyboardEvent) => boolean; // whether the key was for the list
}

interface Option {
  id: string;
  name: string;
  text: ReactNode;
  side?: string;
  lang?: string;
  pick: () => void;
}

interface Props {
  ref: Ref<SuggestionKeys>;
  chat: number;
  lang: string;
  trigger: Trigger;
  onPick: (value: string, shortcut?: number) => void;
  onClose: () => void;
  onActive: (option: string | undefined) => void; // for aria-activedescendant
}

export const suggestionsId = 'suggestions';

export default function Suggestions({ ref, chat, lang, trigger, onPick, onClose, onActive }: Props) {
  const t = useT();
  const base = useId();
  const [at, setAt] = useState(0);
  const [category, setCategory] = useState<string>();
  const { data, error, isFetching, refetch } = useQuery({ queryKey: queryKeys.shortcuts(chat), queryFn: () => listShortcuts({ chat_id: chat }), staleTime: 60_000 });
  const { kind, query } = trigger;

  const options: Option[] = !data
    ? []
    : kind === 'attribute'
      ? data.variables
          .map((v) => ({ id: v, name: attributeName(t, v), text: data.values[v], pick: () => onPick(data.values[v]!) }))
          .filter((o) => o.text !== undefined && `${o.id} ${o.name}`.toLowerCase().includes(query.toLowerCase()))
      : kind === 'category' && category === undefined
        ? categories(data.shortcuts, query, lang).map((c) => ({ id: c.name, name: `#${c.name}`, text: t('suggest.inCategory', { n: c.n }), pick: () => setCategory(c.name) }))
        : matching(data.shortcuts, kind === 'shortcut' ? query : '', lang, category).map((x) => {
            const ready = x.ready ?? { text: x.text, segments: 0 };
            return {
              id: String(x.id),
              name: `/${x.keyword}`,
              text: ready.text,
              lang: x.lang,
              side: ready.segments > 0 ? t('suggest.segments', { n: ready.segments }) : undefined,
              pick: () => onPick(ready.text, x.id),
            };
          });
  const current = options[Math.min(at, options.length - 1)];
  const currentId = current && `${base}-${current.id}`;
  const count = options.length;

  useEffect(() => setAt(0), [kind, query, category]);
  useEffect(() => onActive(currentId), [currentId, onActive]);
  useEffect(() => () => onActive(undefined), [onActive]);
  useEffect(() => {
    if (currentId) document.getElementById(currentId)?.scrollIntoView({ block: 'nearest' });
  }, [currentId]);
  useEffect(() => {
    if (data && count > 0) announce(t('suggest.found', { n: count }));
  }, [data, count, kind, category]);

  useImperativeHandle(ref, () => ({
    press: (e) => {
      if (e.key === 'Escape') {
        onClose();
        return true;
      }
      if (!data && isFetching && (e.key === 'Enter' || e.key === 'Tab')) return true; // what is asked for is on its way: the sign alone is no text to send
      if (!current || e.shiftKey || e.altKey || e.ctrlKey || e.metaKey) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (step !== undefined) setAt((Math.min(at, count - 1) + step + count) % count);
      else if (e.key === 'Enter' || e.key === 'Tab') current.pick();
      else return false;
      return true;
    },
  }));

  const title = category !== undefined ? t('suggest.of', { category }) : t(`suggest.${kind}`, { query });
  if (data && count === 0 && query !== '') return null; // what was typed means itself
  return (
    <div className={s.suggest}>
      <p className={s.head}>
        <span>{title}</span>
        <span aria-hidden>{t('suggest.keys')}</span>
      </p>
      <div className={s.list} role="listbox" id={suggestionsId} aria-label={title} tabIndex={-1}>
        {options.map((o) => (
          <div
            key={o.id}
            id={`${base}-${o.id}`}
            role="option"
            aria-selected={o === current}
            className={s.option}
            onPointerMove={() => setAt(options.indexOf(o))}
            onMouseDown={(e) => e.preventDefault()} // the text keeps the focus
            onClick={o.pick}
          >
            <strong>{o.name}</strong>
            <span lang={o.lang}>{o.text}</span>
            {o.lang && o.lang !== lang && <Tag lang={o.lang}>{languageName(o.lang)}</Tag>}
            <small>{o.side}</small>
          </div>
        ))}
      </div>
      {!data && !error && <Skeleton width="60%" height={16} />}
      {error && (
        <p className={s.note} role="alert">
          {t('suggest.failed')}
          <Button look="link" onClick={() => void refetch()}>
            {t('app.retry')}
          </Button>
        </p>
      )}
      {data && count === 0 && <p className={s.note}>{t(`suggest.none.${kind}`)}</p>}
    </div>
  );
}

function attributeName(t: T, name: string): string {
  const key = `attribute.${name}`;
  return has(key) ? t(key) : name;
}
