// One queue: a form with sections, each value with its source, saved together.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowLeft, Ellipsis, Eye, Play } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Refused } from '../../api/client.ts';
import { useWords } from '../../i18n/index.ts';
import { Button, ErrorState, IconButton, partStyles, Segmented } from '../../parts/index.tsx';
import { languageName } from '../../parts/language.ts';
import { Menu, MenuItem, MenuLine } from '../../parts/menu.tsx';
import { notice } from '../../parts/toast.tsx';
import type { Hours } from '../hours/hours.ts';
import { HoursEditor } from '../hours/HoursEditor.tsx';
import { words as hourWords } from '../hours/words.ts';
import { Chips, SaveBar, SelectField, Switch, TextField, useAction, adminStyles } from '../parts/index.tsx';
import { listNumbers, numbersKey, type PhoneNumber } from '../numbers/api.ts';
import { useFilters } from '../parts/filters.ts';
import { useEdit } from '../parts/useEdit.ts';
import { useLeaveGuard } from '../parts/useLeaveGuard.tsx';
import { useGo, usePlace, useSession } from '../place.ts';
import { Row, Source } from '../settings/Row.tsx';
import { changeSettings, getSettings } from '../settings/api.ts';
import { groups } from '../settings/setting.ts';
import form from '../settings/settings.module.css';
import { Clashes } from '../settings/Clashes.tsx';
import type { Clash } from '../settings/conflict.ts';
import { useNames } from '../settings/useNames.ts';
import { useSettings } from '../settings/useSettings.ts';
import { words as settingWords } from '../settings/words.ts';
import { TextRow } from '../texts/TextRow.tsx';
import { words as shared } from '../words.ts';
import { changeQueue, listQueues, queuesKey, type Queue, type QueueChange } from './api.ts';
import { CopyQueue, DeleteQueue, MoveQueue } from './dialogs.tsx';
import { Members } from './Members.tsx';
import { Preview } from './Preview.tsx';
import { QueueNumbers } from './QueueNumbers.tsx';
import s from './queues.module.css';
import { names, siblings } from './tree.ts';
import { useWordClash } from './useWordClash.ts';
import { words } from './words.ts';

type Edit = Omit<QueueChange, 'settings'>;
// numberOf is a number by which customers come to a queue: its own, or that of the nearest queue above it.
function numberOf(queue: Queue | undefined, all: readonly Queue[], numbers: readonly PhoneNumber[]): string | undefined {
  if (!queue) return undefined;
  const own = numbers.find((n) => n.queue_id === queue.id && n.capabilities.includes('inbound'));
  return own?.address ?? numberOf(all.find((q) => q.id === queue.parent_id), all, numbers);
}

const identityNames: Partial<Record<keyof Edit, 'keywords' | 'keywords.langs' | 'language.tree' | 'names.langs'>> = { keywords: 'keywords', lang_keywords: 'keywords.langs', lang: 'language.tree', names: 'names.langs' };

type SectionId = 'menu' | 'hours' | 'timeouts' | 'routing' | 'wrapUp' | 'messages' | 'numbers' | 'agents';

export function Editor({ queue, all, locked }: { queue: Queue; all: readonly Queue[]; locked: boolean }) {
  const say = useWords(words);
  const base = useWords(shared);
  const setting = useWords(settingWords);
  const hoursSay = useWords(hourWords);
  const { nameOf, heldOf } = useNames();
  const session = useSession();
  const go = useGo();
  const [seeing, setSeeing] = useState(false); // what customers see, on a screen too narrow for both
  const cache = useQueryClient();
  const identityEdit = useEdit<Edit>(queue, async () => {
    const all = await listQueues();
    cache.setQueryData(queuesKey, all);
    return all.find((q) => q.id === queue.id);
  });
  const { edit, clashes } = identityEdit;
  // A queue and its settings are saved in one request: all of it, or nothing.
  const settings = useSettings(queue.id, queue.parent_id ?? null, async (draft) => {
    if (Object.keys(edit).length === 0) return changeSettings(draft, queue.id);
    await changeQueue(queue.id, { ...edit, settings: draft });
    identityEdit.discard();
    await fresh();
    return getSettings(queue.id);
  });
  const shown = useFilters('name', 'lang', 'see'); // the languages of the name, of the texts, of the preview
  const lang = shown.value.name;
  const textLang = shown.value.lang || queue.lang;
  const [dialog, setDialog] = useState<'move' | 'copy' | 'delete'>();
  const scroll = useRef<HTMLDivElement>(null);
  const now = { ...queue, ...edit };
  const count = Object.keys(edit).length + Object.keys(settings.draft).length;
  const guard = useLeaveGuard(count > 0, `/admin/queues/${queue.id}`);
  const [here, setHere] = useState<SectionId>('menu');
  // look finds the section that is being read: the last that has begun.
  const look = () => {
    const box = scroll.current;
    if (!box) return;
    const end = box.scrollTop + box.clientHeight >= box.scrollHeight - 2 && box.scrollTop > 0;
    const begun = [...box.querySelectorAll('section[id]')].filter((x) => x.getBoundingClientRect().top - box.getBoundingClientRect().top < (end ? box.clientHeight : 48));
    const id = begun.at(-1)?.id.replace('queue-', '');
    if (id) setHere(id as SectionId);
  };
  const { rest, search } = usePlace();
  const section = rest[1]; // queues/7/agents
  const ready = settings.all !== undefined;
  const numbers = useQuery({ queryKey: numbersKey, queryFn: listNumbers });
  const leads = numberOf(queue, all, numbers.data ?? []);
  useEffect(() => {
    if (section && ready) document.getElementById(`queue-${section}`)?.scrollIntoView({ block: 'start' });
  }, [section, ready]);

  const fresh = () => Promise.all([cache.invalidateQueries({ queryKey: queuesKey }), cache.invalidateQueries({ queryKey: ['admin', 'preview'] })]);
  const identity = useAction(async () => {
    await changeQueue(queue.id, edit);
    identityEdit.discard();
    await fresh();
    notice(say('saved', { name: now.name }));
  });
  const visible = useAction(async (on: boolean) => {
    await changeQueue(queue.id, { hidden: !on });
    await fresh();
    notice(say(on ? 'visible.on' : 'visible.off', { name: queue.name }));
  });
  const clear = () => {
    identity.clear();
    visible.clear();
    if (settings.elsewhere !== undefined) settings.clear();
  };
  const put = (change: Edit) => {
    clear();
    identityEdit.put(change);
  };
  const show = (key: string) => {
    const row = scroll.current?.querySelector(`[data-key="${CSS.escape(key)}"]`);
    row?.scrollIntoView({ block: 'center' });
    row?.querySelector<HTMLElement>('input, select, textarea')?.focus({ preventScroll: true });
  };
  const choose = (clash: Clash, whose: 'mine' | 'theirs') => (clashes.includes(clash) ? identityEdit : settings).choose(clash, whose);
  const textOf = (key: string, value: unknown): string => {
    const of = settings.find(key);
    if (of) return heldOf(of, value);
    if (key === 'lang') return languageName(String(value));
    const one = (v: unknown) => (Array.isArray(v) ? v.join(', ') : String(v));
    if (Array.isArray(value) || typeof value !== 'object' || value === null) return one(value ?? '') || '–';
    return Object.entries(value).map(([l, v]) => `${languageName(l)}: ${one(v)}`).join('\n') || '–';
  };
  const partOf = (key: string) => (settings.find(key) ? nameOf(key) : say(identityNames[key as keyof Edit] ?? 'name'));
  const save = async () => {
    if (settings.typed) return show(settings.problems[0]!);
    clear();
    // What clashes is shown at once, whichever part of the queue it is in.
    const alone = await Promise.all([Object.keys(edit).length === 0 || identityEdit.alone(), settings.alone()]);
    if (alone.includes(false)) return;
    if (Object.keys(settings.draft).length) await settings.save();
    else await identity.run();
  };

  const refused = identity.error ?? visible.error ?? (settings.elsewhere === undefined ? undefined : settings.refused);
  const field = refused instanceof Refused ? refused.field : undefined;
  useEffect(() => {
    if (refused) show('identity');
  }, [refused]);
  const nameField = lang ? 'names' : 'name';
  const wordField = lang ? 'lang_keywords' : 'keywords';
  const reason = (at: string) => (field === at || field?.startsWith(at + '.') ? refused?.message : undefined);
  const nameError = reason(nameField);
  const clash = useWordClash(lang ? (now.lang_keywords[lang] ?? []) : now.keywords, queue, all, wordField in edit);
  const wordError = reason(wordField) ?? clash?.why;
  const langError = reason('lang');
  const otherError = refused && !nameError && !wordError && !langError ? refused.message : undefined;
  const langs = settings.languages.filter((l) => l !== queue.lang);
  const keysOf = (id: 'timeouts' | 'routing' | 'wrapUp') => groups.find((g) => g.id === id)!.keys.flatMap((k) => settings.find(k) ?? []);
  const place = queue.parent_id === undefined ? -1 : siblings(all, queue.parent_id, queue.channel).filter((q) => !q.hidden).findIndex((q) => q.id === queue.id);
  const sections: SectionId[] = ['menu', 'hours', 'timeouts', 'routing', 'wrapUp', 'messages', ...(queue.channel === 'sms' ? (['numbers'] as const) : []), 'agents'];
  const troubled = (id: SectionId) =>
    (id === 'menu' && (refused !== undefined || clash !== undefined)) ||
    (id === 'agents' && queue.leaf && !queue.hidden && queue.agents === 0) ||
    settings.problems.some((k) => (id === 'hours' ? k === 'hours' || k === 'time_zone' : id === 'messages' ? k.startsWith('text.') : id !== 'menu' && groups.find((g) => g.id === id)?.keys.includes(k)));
  const changedIn = [...(Object.keys(edit).length ? [say('section.menu')] : []), ...Object.keys(settings.draft).map(nameOf)];
  const problems = settings.problems.length + (clash ? 1 : 0);
  const hours = settings.find('hours');
  const zone = settings.find('time_zone');
  const above = queue.path.split(' › ').slice(0, -1).join(' › ');

  return (
    <>
      <main className={s.editor} data-pane tabIndex={-1} aria-label={queue.name}>
        <header className={s.editorHead}>
          <IconButton icon={ArrowLeft} label={say('back')} className={s.back} onClick={() => go('queues', queue.channel === 'ivr' ? { channel: 'ivr' } : {})} />
          <div className={s.heading}>
            {above && <p>{above}</p>}
            <h2>{queue.name}</h2>
          </div>
          <Switch label={say('visible')} on={!queue.hidden} disabled={locked || visible.busy} onChange={(on) => void visible.run(on)} />
          {session.features.simulator && queue.channel === 'sms' && (
            <Link className={partStyles.button} to="/simulator" search={leads ? { to: leads } : {}}>
              <Play aria-hidden />
              {say('try')}
            </Link>
          )}
          <Button size="form" className={s.see} onClick={() => setSeeing(true)}>
            <Eye aria-hidden />
            {say('preview.show')}
          </Button>
          {!locked && (
            <Menu
              button={
                <button type="button" className={partStyles.button} data-look="quiet" data-icon aria-label={say('more', { name: queue.name })}>
                  <Ellipsis aria-hidden />
                </button>
              }
            >
              <MenuItem onClick={() => setDialog('move')}>{say('move')}</MenuItem>
              <MenuItem onClick={() => setDialog('copy')}>{say('copy')}</MenuItem>
              <MenuLine />
              <MenuItem onClick={() => setDialog('delete')}>{say('delete')}</MenuItem>
            </Menu>
          )}
        </header>
        <nav className={s.sections} aria-label={say('section.label')}>
          {sections.map((id) => (
            <button key={id} type="button" aria-current={id === here || undefined} onClick={() => (go(`queues/${queue.id}/${id}`, search, true), document.getElementById(`queue-${id}`)?.scrollIntoView({ block: 'start' }))}>
              {say(`section.${id}`)}
              {troubled(id) && (
                <>
                  <i className={s.trouble} data-tone={id === 'agents' ? 'warn' : undefined} aria-hidden />
                  <span data-hidden>{say('section.problem')}</span>
                </>
              )}
            </button>
          ))}
        </nav>
        <div className={s.editorScroll} ref={scroll} onScroll={look} tabIndex={0} role="region" aria-label={queue.name}>
          <section className={s.part} id="queue-menu" aria-label={say('section.menu')} data-key="identity">
            <Head id="menu" />
            <div className={s.fields}>
              <div className={s.menuRow}>
                {place >= 0 && (
                  <TextField label={say('key')} value={String(place + 1)} disabled onChange={() => {}} />
                )}
                <TextField
                  label={lang ? say('nameIn', { language: languageName(lang) }) : say('name')}
                  hint={lang ? say('names.hint') : undefined}
                  lang={lang || undefined}
                  disabled={locked}
                  value={lang ? (now.names[lang] ?? '') : now.name}
                  error={nameError}
                  onChange={(text) => put(lang ? { names: withLang(now.names, lang, text) } : { name: text })}
                />
                {queue.parent_id === undefined && !lang && (
                  <SelectField label={say('language.tree')} value={now.lang} disabled={locked} error={langError} options={(settings.languages.includes(now.lang) ? settings.languages : [now.lang, ...settings.languages]).map((value) => ({ value, label: languageName(value) }))} onChange={(value) => put({ lang: value })} />
                )}
              </div>
              {langs.length > 0 && <Segmented label={say('language')} value={lang} options={[{ value: '', label: languageName(queue.lang) }, ...langs.map((value) => ({ value, label: languageName(value) }))]} onChange={(l) => shown.put({ name: l, see: '' })} />}
              <Chips
                label={lang ? say('keywordsIn', { language: languageName(lang) }) : say('keywords')}
                value={lang ? (now.lang_keywords[lang] ?? []) : now.keywords}
                disabled={locked}
                error={wordError}
                bad={(word) => word === clash?.word || names(wordError, word)}
                onChange={(list) => put(lang ? { lang_keywords: withLang(now.lang_keywords, lang, list) } : { keywords: list })}
              />
              {otherError && <p className={adminStyles.error}>{otherError}</p>}
            </div>
          </section>
          {settings.error !== null && settings.error !== undefined && !settings.all && <ErrorState title={setting('failed')} error={settings.error} retry={settings.reload} />}
          {hours && zone && (
            <section className={s.part} id="queue-hours" aria-label={say('section.hours')}>
              <Head id="hours">
                <Source of={hours} settings={settings} locked={locked} />
              </Head>
              <div className={s.fields} data-key="hours">
                <HoursEditor value={settings.value('hours') as Hours | null} own={settings.own('hours')} locked={locked} error={settings.problem('hours')} onChange={(v) => settings.set('hours', v)} ownLabel={hoursSay('own')} />
                <Row of={zone} settings={settings} locked={locked} />
              </div>
            </section>
          )}
          {(['timeouts', 'routing', 'wrapUp'] as const).map((id) => (
            <section key={id} className={s.part} id={`queue-${id}`} aria-label={say(`section.${id}`)}>
              <Head id={id} />
              <div className={form.rows}>
                {keysOf(id).map((row) => (
                  <Row key={row.key} of={row} settings={settings} locked={locked} />
                ))}
              </div>
            </section>
          ))}
          <section className={s.part} id="queue-messages" aria-label={say('section.messages')}>
            <Head id="messages" />
            <div className={form.rows}>
              <div>
                <Segmented label={say('language')} value={textLang} options={settings.languages.map((value) => ({ value, label: languageName(value) }))} onChange={(l) => shown.put({ lang: l, see: '' })} />
              </div>
              {settings.all
                ?.filter((x) => x.text?.lang === textLang)
                .map((x) => (
                  <TextRow key={x.key} of={x} settings={settings} locked={locked} />
                ))}
            </div>
          </section>
          {queue.channel === 'sms' && (
            <section className={s.part} id="queue-numbers" aria-label={say('section.numbers')}>
              <Head id="numbers" />
              <QueueNumbers queue={queue} locked={locked} />
            </section>
          )}
          <section className={s.part} id="queue-agents" aria-label={say('section.agents')}>
            <Head id="agents" />
            <Members queue={queue} all={all} />
          </section>
        </div>
        {guard}
        {clashes.length + settings.clashes.length > 0 && (
          <Clashes
            clashes={[...clashes, ...settings.clashes]}
            nameOf={partOf}
            textOf={textOf}
            choose={choose}
            onClose={() => {
              identityEdit.settle();
              settings.settle();
            }}
          />
        )}
        <SaveBar
          count={count}
          where={changedIn.length <= 3 ? base('unsaved.where', { where: changedIn.join('; ') }) : undefined}
          busy={identity.busy || settings.busy}
          problems={
            problems > 0 ? (
              <button type="button" className={form.jump} onClick={() => show(clash ? 'identity' : settings.problems[0]!)}>
                {base('problem.first', { n: problems })}
              </button>
            ) : (
              refused?.message
            )
          }
          save={() => void save()}
          discard={() => {
            identityEdit.discard();
            clear();
            settings.discard();
          }}
        />
      </main>
      <Preview queue={queue} edit={edit} settings={settings} lang={lang || textLang} languages={settings.languages} locked={locked} shown={seeing} onClose={() => setSeeing(false)} />
      {dialog === 'move' && <MoveQueue queue={queue} all={all} onClose={() => setDialog(undefined)} />}
      {dialog === 'copy' && <CopyQueue queue={queue} all={all} onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && <DeleteQueue queue={queue} all={all} onClose={() => setDialog(undefined)} />}
    </>
  );
}

function Head({ id, children }: { id: SectionId; children?: React.ReactNode }) {
  const say = useWords(words);
  return (
    <header className={s.partHead}>
      <h3>{say(`section.${id}`)}</h3>
      <p>{say(`section.${id}.about`)}</p>
      {children}
    </header>
  );
}

// withLang puts a language's value in, and takes an empty one out.
function withLang<V extends string | string[]>(all: Record<string, V>, lang: string, value: V): Record<string, V> {
  const { [lang]: _, ...rest } = all;
  return value.length ? { ...rest, [lang]: value } : rest;
}
