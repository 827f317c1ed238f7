// One preset: its label, and its text with what it costs.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useWords } from '../../i18n/index.ts';
import { Button, SegmentMeter } from '../../parts/index.tsx';
import { languageName } from '../../parts/language.ts';
import { notice } from '../../parts/toast.tsx';
import { count, forcesUnicode } from '../../segments.ts';
import { adminStyles as s, Dialog, SelectField, TextArea, TextField, useAction } from '../parts/index.tsx';
import { useShared } from '../parts/useShared.tsx';
import { words as shortcutWords } from '../shortcuts/words.ts';
import { words as shared } from '../words.ts';
import { changePreset, createPreset, listPresets, listQueues, presetsKey, type Preset } from './api.ts';
import { words } from './words.ts';

const variables = ['CUSTOMER_NAME', 'AGENT_NAME', 'QUEUE_NAME', 'COMPANY_NAME'] as const;
const langs = ['en', 'es', 'fr', 'pt'];
const fields = ['label', 'lang', 'text', 'queue_id'] as const;
const longest = 918;

const draftOf = (of?: Preset) => ({ label: of?.label ?? '', lang: of?.lang ?? 'en', text: of?.text ?? '', queue: String(of?.queue?.id ?? '') });

export function EditPreset({ preset, onClose }: { preset?: Preset; onClose: () => void }) {
  const say = useWords(words);
  const insertSay = useWords(shortcutWords);
  const base = useWords(shared);
  const cache = useQueryClient();
  const queues = useQuery({ queryKey: ['admin', 'presets', 'queues'], queryFn: listQueues });
  const saved = async () => {
    const found = preset && (await listPresets()).presets.find((x) => x.id === preset.id);
    return found && draftOf(found);
  };
  const { draft, set, settled, clashes } = useShared(draftOf(preset), saved, {
    nameOf: say,
    textOf: (key, value) => {
      if (key === 'lang') return languageName(String(value));
      if (key === 'queue') return value ? (queues.data?.find((q) => String(q.id) === value)?.path ?? say('queue.gone')) : say('queue.all');
      return String(value) || '–';
    },
  });
  const { label, lang, text, queue } = draft;
  const setText = (text: string) => set({ text });
  const box = useRef<HTMLTextAreaElement>(null);
  const save = useAction(async () => {
    const next = await settled();
    if (!next) return;
    const { queue, ...rest } = next;
    const body = { ...rest, queue_id: Number(queue) || undefined };
    await (preset ? changePreset(preset.id, body) : createPreset(body));
    await cache.invalidateQueries({ queryKey: presetsKey });
    notice(say('saved', { label: next.label }));
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
    <Dialog wide title={preset ? say('edit', { label: preset.label }) : say('add')} onClose={onClose} problem={save.elsewhere(...fields)} submit={{ label: base('act.save'), busy: save.busy, run: () => void save.run() }}>
      <TextField label={say('label')} hint={say('label.hint')} value={label} onChange={(label) => set({ label })} error={save.at('label')} maxLength={40} data-autofocus />
      <TextArea ref={box} label={say('text')} lang={lang} value={text} onChange={setText} error={save.at('text')} rows={4} maxLength={longest} />
      <div className={s.row} role="group" aria-label={insertSay('variables')}>
        <span className={s.hint}>{insertSay('variables')}</span>
        {variables.map((v) => (
          <Button key={v} onClick={() => insert(v)}>
            {insertSay(`variable.${v}`)}
          </Button>
        ))}
      </div>
      <div className={s.row} role="status">
        <SegmentMeter segments={cost.segments} perSegment={cost.perSegment} left={cost.left} tone={offender ? 'warn' : undefined} />
        <span className={s.hint}>{insertSay('meter', { encoding: cost.encoding, n: cost.segments })}</span>
        {offender && <span className={s.hint}>{insertSay('meter.forced', { char: offender.char })}</span>}
        {offender && plain != null && <Button onClick={() => setText(text.replaceAll(offender.char, plain))}>{insertSay('meter.replace', { plain })}</Button>}
      </div>
      <div className={s.columns}>
        <SelectField label={say('lang')} value={lang} onChange={(lang) => set({ lang })} error={save.at('lang')} options={[...new Set([...langs, lang])].map((l) => ({ value: l, label: languageName(l) }))} />
        <SelectField
          label={say('queue')}
          value={queue}
          onChange={(queue) => set({ queue })}
          error={save.at('queue_id')}
          options={[{ value: '', label: say('queue.all') }, ...(preset?.queue && !preset.queue.path ? [{ value: String(preset.queue.id), label: say('queue.gone') }] : []), ...(queues.data ?? []).map((q) => ({ value: String(q.id), label: q.path }))]}
        />
      </div>
    </Dialog>
  );
}
