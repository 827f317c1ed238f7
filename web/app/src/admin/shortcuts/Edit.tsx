// One shortcut: its keyword, and its text with what it costs.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { Button, SegmentMeter } from '../../parts/index.tsx';
import { languageName } from '../../parts/language.ts';
import { notice } from '../../parts/toast.tsx';
import { count, forcesUnicode } from '../../segments.ts';
import { adminStyles as s, Check, Dialog, SelectField, TextArea, TextField, useAction } from '../parts/index.tsx';
import { words as shared } from '../words.ts';
import { changeShortcut, createShortcut, listQueues, shortcutsKey, type Shortcut } from './api.ts';
import { words } from './words.ts';

const variables = ['CUSTOMER_NAME', 'AGENT_NAME', 'QUEUE_NAME', 'COMPANY_NAME'] as const;
const langs = ['en', 'es', 'fr', 'pt'];
const fields = ['keyword', 'category', 'lang', 'text', 'opt_in', 'queue_id'] as const;

export function EditShortcut({ shortcut, categories, onClose }: { shortcut?: Shortcut; categories: readonly string[]; onClose: () => void }) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const [keyword, setKeyword] = useState(shortcut?.keyword ?? '');
  const [category, setCategory] = useState(shortcut?.category ?? '');
  const [lang, setLang] = useState(shortcut?.lang ?? 'en');
  const [text, setText] = useState(shortcut?.text ?? '');
  const [optIn, setOptIn] = useState(shortcut?.opt_in ?? false);
  const [queue, setQueue] = useState(String(shortcut?.queue?.id ?? ''));
  const queues = useQuery({ queryKey: ['admin', 'shortcuts', 'queues'], queryFn: listQueues });
  const box = useRef<HTMLTextAreaElement>(null);
  const list = useId();
  const save = useAction(async () => {
    const body = { keyword, category, lang, text, opt_in: optIn, queue_id: Number(queue) || undefined };
    await (shortcut ? changeShortcut(shortcut.id, body) : createShortcut(body));
    await cache.invalidateQueries({ queryKey: shortcutsKey });
    notice(say('saved', { keyword }));
    onClose();
  });
  // A variable is written where the caret is.
  const insert = (name: string) => {
    const at = box.current!;
    at.focus();
    at.setRangeText(`@{${name}}`, at.selectionStart, at.selectionEnd, 'end');
    setText(at.value);
  };
  const bare = text.replace(/@\{[A-Z_]+\}/g, '');
  const cost = count(bare);
  const offender = forcesUnicode(bare);
  const plain = offender?.replacement;

  return (
    <Dialog wide title={shortcut ? say('edit', { keyword: shortcut.keyword }) : say('add')} onClose={onClose} problem={save.elsewhere(...fields)} submit={{ label: base('act.save'), busy: save.busy, run: () => void save.run() }}>
      <div className={s.columns}>
        <TextField label={say('keyword')} hint={say('keyword.hint')} value={keyword} onChange={setKeyword} error={save.at('keyword')} maxLength={40} spellCheck={false} data-autofocus />
        <TextField label={say('category')} optional value={category} onChange={setCategory} error={save.at('category')} maxLength={40} list={list} />
        <datalist id={list}>
          {categories.map((c) => (
            <option key={c} value={c} />
          ))}
        </datalist>
      </div>
      <TextArea ref={box} label={say('text')} lang={lang} value={text} onChange={setText} error={save.at('text')} rows={4} maxLength={1600} />
      <div className={s.row} role="group" aria-label={say('variables')}>
        <span className={s.hint}>{say('variables')}</span>
        {variables.map((v) => (
          <Button key={v} onClick={() => insert(v)}>
            {say(`variable.${v}`)}
          </Button>
        ))}
      </div>
      <div className={s.row} role="status">
        <SegmentMeter segments={cost.segments} perSegment={cost.perSegment} left={cost.left} tone={offender ? 'warn' : undefined} />
        <span className={s.hint}>{say('meter', { encoding: cost.encoding, n: cost.segments })}</span>
        {offender && <span className={s.hint}>{say('meter.forced', { char: offender.char })}</span>}
        {offender && plain != null && <Button onClick={() => setText(text.replaceAll(offender.char, plain))}>{say('meter.replace', { plain })}</Button>}
      </div>
      <div className={s.columns}>
        <SelectField label={say('lang')} value={lang} onChange={setLang} error={save.at('lang')} options={[...new Set([...langs, lang])].map((l) => ({ value: l, label: languageName(l) }))} />
        <SelectField
          label={say('queue')}
          value={queue}
          onChange={setQueue}
          error={save.at('queue_id')}
          options={[{ value: '', label: say('queue.all') }, ...(shortcut?.queue && !shortcut.queue.path ? [{ value: String(shortcut.queue.id), label: say('queue.gone') }] : []), ...(queues.data ?? []).map((q) => ({ value: String(q.id), label: q.path }))]}
        />
      </div>
      <Check label={say('optIn')} hint={say('optIn.hint')} on={optIn} onChange={setOptIn} />
    </Dialog>
  );
}
