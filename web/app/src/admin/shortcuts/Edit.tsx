// One shortcut: its keyword, and its text with what it costs.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useRef } from 'react';
import { useWords } from '../../i18n/index.ts';
import { Button, SegmentMeter } from '../../parts/index.tsx';
import { languageName } from '../../parts/language.ts';
import { notice } from '../../parts/toast.tsx';
import { count, forcesUnicode } from '../../segments.ts';
import { adminStyles as s, Check, Dialog, SelectField, TextArea, TextField, useAction } from '../parts/index.tsx';
import { useShared } from '../parts/useShared.tsx';
import { words as shared } from '../words.ts';
import { changeShortcut, createShortcut, listQueues, listShortcuts, shortcutsKey, type Shortcut } from './api.ts';
import { words } from './words.ts';

const variables = ['CUSTOMER_NAME', 'AGENT_NAME', 'QUEUE_NAME', 'COMPANY_NAME'] as const;
const langs = ['en', 'es', 'fr', 'pt'];
const fields = ['keyword', 'category', 'lang', 'text', 'opt_in', 'queue_id'] as const;

const draftOf = (of?: Shortcut) => ({ keyword: of?.keyword ?? '', category: of?.category ?? '', lang: of?.lang ?? 'en', text: of?.text ?? '', opt_in: of?.opt_in ?? false, queue: String(of?.queue?.id ?? '') });

export function EditShortcut({ shortcut, categories, onClose }: { shortcut?: Shortcut; categories: readonly string[]; onClose: () => void }) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const queues = useQuery({ queryKey: ['admin', 'shortcuts', 'queues'], queryFn: listQueues });
  const saved = async () => {
    const found = shortcut && (await listShortcuts()).shortcuts.find((x) => x.id === shortcut.id);
    return found && draftOf(found);
  };
  const { draft, set, settled, clashes } = useShared(draftOf(shortcut), saved, {
    nameOf: (key) => say(key === 'opt_in' ? 'optIn' : key),
    textOf: (key, value) => {
      if (key === 'opt_in') return base(value ? 'field.on' : 'field.off');
      if (key === 'lang') return languageName(String(value));
      if (key === 'queue') return value ? (queues.data?.find((q) => String(q.id) === value)?.path ?? say('queue.gone')) : say('queue.all');
      return String(value) || '–';
    },
  });
  const { keyword, category, lang, text, opt_in: optIn, queue } = draft;
  const setText = (text: string) => set({ text });
  const box = useRef<HTMLTextAreaElement>(null);
  const list = useId();
  const save = useAction(async () => {
    const next = await settled();
    if (!next) return;
    const { queue, ...rest } = next;
    const body = { ...rest, queue_id: Number(queue) || undefined };
    await (shortcut ? changeShortcut(shortcut.id, body) : createShortcut(body));
    await cache.invalidateQueries({ queryKey: shortcutsKey });
    notice(say('saved', { keyword: next.keyword }));
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

  if (clashes) return clashes;
  return (
    <Dialog wide title={shortcut ? say('edit', { keyword: shortcut.keyword }) : say('add')} onClose={onClose} problem={save.elsewhere(...fields)} submit={{ label: base('act.save'), busy: save.busy, run: () => void save.run() }}>
      <div className={s.columns}>
        <TextField label={say('keyword')} hint={say('keyword.hint')} value={keyword} onChange={(keyword) => set({ keyword })} error={save.at('keyword')} maxLength={40} spellCheck={false} data-autofocus />
        <TextField label={say('category')} optional value={category} onChange={(category) => set({ category })} error={save.at('category')} maxLength={40} list={list} />
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
        <SelectField label={say('lang')} value={lang} onChange={(lang) => set({ lang })} error={save.at('lang')} options={[...new Set([...langs, lang])].map((l) => ({ value: l, label: languageName(l) }))} />
        <SelectField
          label={say('queue')}
          value={queue}
          onChange={(queue) => set({ queue })}
          error={save.at('queue_id')}
          options={[{ value: '', label: say('queue.all') }, ...(shortcut?.queue && !shortcut.queue.path ? [{ value: String(shortcut.queue.id), label: say('queue.gone') }] : []), ...(queues.data ?? []).map((q) => ({ value: String(q.id), label: q.path }))]}
        />
      </div>
      <Check label={say('optIn')} hint={say('optIn.hint')} on={optIn} onChange={(on) => set({ opt_in: on })} />
    </Dialog>
  );
}
