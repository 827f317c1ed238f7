// What customers see: the texts the server would send, with what is not saved yet.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { useKey } from '../../keys/useKey.ts';
import { IconButton, Segmented } from '../../parts/index.tsx';
import { languageName } from '../../parts/language.ts';
import { forcesUnicode, count } from '../../segments.ts';
import { momentWhen, type Hours } from '../hours/hours.ts';
import { useFilters } from '../parts/filters.ts';
import type { Settings } from '../settings/useSettings.ts';
import { words as textWords } from '../texts/words.ts';
import { getPreview, previewQueue, type Queue, type QueueChange, type QueueDraft } from './api.ts';
import s from './queues.module.css';
import { words as shared } from '../words.ts';
import { words } from './words.ts';

interface Props {
  queue: Queue;
  edit: QueueChange;
  settings: Settings;
  lang: string; // the language being edited
  languages: readonly string[];
  locked: boolean;
  shown: boolean; // over the rest, where there is no room beside it
  onClose: () => void;
}

export function Preview({ queue, edit, settings, lang: edited, languages, locked, shown, onClose }: Props) {
  const say = useWords(words);
  const text = useWords(textWords);
  const base = useWords(shared);
  useKey('close', onClose, shown);
  const seen = useFilters('see', 'when');
  const lang = seen.value.see || edited;
  const open = seen.value.when !== 'closed';

  const hours = settings.value('hours') as Hours | null;
  const zone = String(settings.value('time_zone') ?? 'UTC');
  const [now] = useState(() => new Date());
  const at = hours ? momentWhen(open, hours, zone, now)?.toISOString() : undefined;
  const draft: QueueDraft = {
    lang,
    ...(at && { at }),
    ...(edit.name !== undefined && { name: edit.name }),
    ...(edit.names && { names: edit.names }),
    ...(Object.keys(settings.draft).length > 0 && !settings.typed && { settings: settings.draft as QueueDraft['settings'] }),
  };
  const [asked, later] = useLater(draft, 350);
  const preview = useQuery({
    queryKey: ['admin', 'preview', queue.id, asked],
    queryFn: () => (locked ? getPreview(queue.id, { lang: asked.lang, at: asked.at }) : previewQueue(queue.id, asked)),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const data = preview.data;
  const segments = data?.texts.reduce((sum, x) => sum + x.segments, 0) ?? 0;
  const langs = languages.includes(queue.lang) ? languages : [queue.lang, ...languages];

  return (
    <aside className={s.preview} data-shown={shown || undefined} aria-label={say('preview.title')} data-pane tabIndex={-1}>
      <header>
        <h2>{say('preview.title')}</h2>
        {shown && <IconButton icon={X} label={base('act.close')} className={s.previewClose} onClick={onClose} />}
        <div className={s.previewTools}>
          <Segmented label={say('language')} value={lang} options={langs.map((value) => ({ value, label: value.toUpperCase() }))} onChange={(l) => seen.set('see', l)} />
          {hours && (
            <Segmented
              label={say('preview.when')}
              value={open ? 'open' : 'closed'}
              options={[
                { value: 'open', label: say('preview.open') },
                { value: 'closed', label: say('preview.closed') },
              ]}
              onChange={(v) => seen.set('when', v === 'closed' ? v : '')}
            />
          )}
        </div>
      </header>
      <div className={s.bubbles} tabIndex={0} role="region" aria-label={say('preview.title')} aria-busy={preview.isFetching || later}>
        <p className={s.theirs} lang={lang}>
          {lang.startsWith('es') ? words['preview.hello'][1] : words['preview.hello'][0]}
        </p>
        {preview.error && <p className={s.previewProblem}>{say('preview.problem', { why: preview.error.message })}</p>}
        {!preview.error && data?.texts.length === 0 && <p className={s.then}>{say('preview.nothing')}</p>}
        {!preview.error &&
          data?.texts.map((x, i) => {
            const forced = x.encoding === 'UCS-2' ? forcesUnicode(x.text) : null;
            const c = count(x.text);
            const kind = `kind.${x.kind}`;
            return (
              <div key={i}>
                <p className={s.ours} lang={data.lang}>
                  {x.text}
                </p>
                <p className={s.bubbleMeta} data-tone={forced ? 'warn' : undefined}>
                  {kind in textWords ? text(kind as keyof typeof textWords) : x.kind} · {forced ? text('because', { char: forced.char }) : x.encoding} · {c.units}/{Math.max(1, c.segments) * c.perSegment} · {text('segments', { n: x.segments })}
                </p>
              </div>
            );
          })}
        {!preview.error && data?.status && <p className={s.then}>{say(`preview.${data.status}`)}</p>}
      </div>
      {data && !preview.error && data.texts.length > 0 && <footer>{say('preview.total', { n: data.texts.length, segments: text('segments', { n: segments }), language: languageName(data.lang) })}</footer>}
    </aside>
  );
}

// useLater is a value once it has stood still for a moment, and whether there is a later one.
function useLater<V>(value: V, ms: number): [V, boolean] {
  const key = JSON.stringify(value);
  const [later, setLater] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => setLater(key), ms);
    return () => clearTimeout(timer);
  }, [key, ms]);
  return [JSON.parse(later) as V, later !== key];
}
