// One texting handset, as its owner sees it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouteContext } from '@tanstack/react-router';
import { ArrowUp, X } from 'lucide-react';
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type FormEvent, type RefObject } from 'react';
import type { Handset, SimulatorNumber } from '../api/client.ts';
import { useT } from '../i18n/index.ts';
import { aria } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { announce } from '../parts/announce.tsx';
import { useNow, useTimes } from '../parts/clock.ts';
import { IconButton, initials, Select } from '../parts/index.tsx';
import { tel } from '../parts/tel.ts';
import { merge, textFrom, textsOf, type PhoneText } from './carrier.ts';
import { Chips } from './Chips.tsx';
import { useBook } from './handsets.ts';
import { Attached, PhotoMenu, SentPicture, usePhotos } from './Photos.tsx';
import type { Picture } from './pictures.ts';
import s from './sim.module.css';

interface Props {
  bare?: boolean; // nothing else is on the page
  handset: Handset;
  current: boolean;
  numbers: readonly SimulatorNumber[]; // all that it can text, and those that have texted it
  to: SimulatorNumber | undefined;
  trouble: string; // what is set to go wrong here
  shown: string | undefined; // the id of a text to show
  onNumber: (e164: string) => void;
  onSent: (id: string, pictures: readonly string[]) => void;
  onCurrent: () => void;
  onClose: (() => void) | undefined;
}

interface Pending {
  key: number;
  text: string;
  pictures: readonly Picture[];
  problem?: string;
}

export function Phone({ bare, handset, current, numbers, to, trouble, shown, onNumber, onSent, onCurrent, onClose }: Props) {
  const t = useT();
  const id = useId();
  const cache = useQueryClient();
  const query = textsOf(handset.number);
  const all = useQuery(query).data;
  const texts = useMemo(() => (all ?? []).filter((x) => x.from === to?.e164 || x.to === to?.e164), [all, to?.e164]);
  const [pending, setPending] = useState<readonly Pending[]>([]);
  const [draft, setDraft] = useState('');
  const photos = usePhotos();
  const input = useRef<HTMLInputElement>(null);
  useKey('phone', () => input.current?.focus(), current);
  useAnnounced(texts, to?.label ?? '');
  const others = useOthers(handset, all, to, numbers);

  const send = (text: string, pictures: readonly Picture[] = []) => {
    if (!to || (text.trim() === '' && pictures.length === 0)) return;
    const key = Date.now() + Math.random();
    const at = new Date().toISOString();
    setPending((p) => [...p, { key, text, pictures }]);
    textFrom(handset.number, to.e164, text, pictures.map((p) => p.source)).then(
      ({ id }) => {
        onSent(id, pictures.map((p) => p.source));
        setPending((p) => p.filter((x) => x.key !== key));
        if (pictures.length > 0) return void cache.invalidateQueries(query); // the carrier says where they lie
        cache.setQueryData(query.queryKey, (known) =>
          known && merge(known, { id, at, from: handset.number, to: to.e164, text, segments: 1, media: null, direction: 'in', status: 'received' }),
        );
      },
      (e: Error & { status?: number }) =>
        setPending((p) => p.map((x) => (x.key === key ? { ...x, problem: e.status ? t('sim.answered', { status: e.status }) : e.message } : x))),
    );
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    send(draft, photos.photos);
    setDraft('');
    photos.clear();
  };
  const nothing = draft.trim() === '' && photos.photos.length === 0;

  return (
    <section className={s.place} aria-label={t('sim.phone', { name: handset.name })} data-pane tabIndex={-1} data-current={current || undefined} onFocus={onCurrent}>
      <header className={s.number}>
        <strong>{handset.name}</strong>
        {to && <Select id={`${id}n`} label={t('sim.to')} value={to.e164} options={numbers.map((n) => ({ value: n.e164, label: n.label || tel(n.e164) }))} onChange={onNumber} />}
        <label htmlFor={`${id}n`} data-hidden>
          {t('sim.to')}
        </label>
        {onClose && <IconButton icon={X} label={bare ? t('sim.all') : t('sim.close', { name: handset.name })} onClick={onClose} />}
      </header>
      <div className={s.phone}>
        <div className={s.screen}>
          <StatusBar />
          <Brand to={to} />
          {trouble && <p className={s.trouble}>{trouble}</p>}
          {others.map((o) => (
            <button key={o.e164} type="button" className={s.other} onClick={() => onNumber(o.e164)}>
              {t('sim.other', { label: o.label, n: o.n })}
            </button>
          ))}
          <Thread texts={texts} pending={pending} shown={shown} name={handset.name} />
          <form
            className={s.write}
            onSubmit={submit}
            onDragOver={(e) => e.preventDefault()}
            onDrop={(e) => {
              e.preventDefault();
              void photos.addFiles([...e.dataTransfer.files]);
            }}
          >
            <Attached photos={photos.photos} remove={photos.remove} />
            <PhotoMenu onPick={(p) => photos.add([p])} onFiles={(files) => void photos.addFiles(files)} />
            <input
              ref={input}
              value={draft}
              onChange={(e) => setDraft(e.target.value)}
              onPaste={(e) => {
                if (e.clipboardData.files.length === 0) return;
                e.preventDefault();
                void photos.addFiles([...e.clipboardData.files]);
              }}
              placeholder={t('sim.message')}
              aria-label={t('sim.message')}
              aria-keyshortcuts={current ? aria('phone') : undefined}
              autoComplete="off"
              data-pane-focus
            />
            <button type="submit" className={s.send} aria-label={t('sim.send')} aria-disabled={nothing}>
              <ArrowUp aria-hidden />
            </button>
          </form>
          <span className={s.homeBar} aria-hidden />
        </div>
      </div>
      <Chips send={send} />
    </section>
  );
}

// useOthers counts what came from numbers that the phone does not show now, since they were last looked at.
function useOthers(handset: Handset, all: readonly PhoneText[] | undefined, to: SimulatorNumber | undefined, numbers: readonly SimulatorNumber[]): { e164: string; label: string; n: number }[] {
  const seen = useBook((b) => b.seen);
  const key = (e164: string) => `${handset.number} ${e164}`;
  const lastHere = (all ?? []).filter((x) => x.from === to?.e164).at(-1)?.at;
  useEffect(() => {
    if (to && lastHere && lastHere > (useBook.getState().seen[key(to.e164)] ?? '')) useBook.setState((b) => ({ seen: { ...b.seen, [key(to.e164)]: lastHere } }));
  });
  return numbers
    .filter((n) => n !== to)
    .map((n) => ({ e164: n.e164, label: n.label || tel(n.e164), n: (all ?? []).filter((x) => x.from === n.e164 && x.at > (seen[key(n.e164)] ?? '')).length }))
    .filter((o) => o.n > 0);
}

// useAnnounced tells what arrives at the phone, once, and nothing that was there before.
function useAnnounced(texts: readonly PhoneText[], label: string): void {
  const { time } = useTimes();
  const t = useT();
  const last = texts.filter((x) => x.direction === 'out').at(-1);
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (!last || told.current === last.id) return;
    const first = told.current === null;
    told.current = last.id;
    if (!first || Date.now() - Date.parse(last.at) < 3000) announce(t('chat.said', { who: label, time: time(last.at), text: last.text }));
  }, [last, label, t, time]);
}

function StatusBar() {
  const now = useNow();
  const { time } = useTimes();
  return (
    <div className={s.statusBar} aria-hidden>
      <span>{time(now).replace(/\s?[AP]M$/i, '')}</span>
      <i className={s.island} />
      <svg viewBox="0 0 46 12" width="46" height="12" fill="currentColor">
        <rect x="0" y="8" width="3" height="4" rx="1" />
        <rect x="4.500" y="6" width="3" height="6" rx="1" />
        <rect x="9" y="3" width="3" height="9" rx="1" />
        <rect x="13.500" y="0" width="3" height="12" rx="1" />
        <rect x="22.500" y=".5" width="20" height="11" rx="3.500" fill="none" stroke="currentColor" opacity=".5" />
        <rect x="24" y="2" width="14" height="8" rx="2" />
        <rect x="43.500" y="4" width="2" height="4" rx="1" opacity=".5" />
      </svg>
    </div>
  );
}

function Brand({ to }: { to: SimulatorNumber | undefined }) {
  const { session } = useRouteContext({ from: '/shell' });
  const name = session.tenant.name;
  return (
    <header className={s.brand}>
      <span aria-hidden>{initials(name).slice(0, 1)}</span>
      <h2>{name}</h2>
      <p>{to ? tel(to.e164) : ''}</p>
    </header>
  );
}

// useAtEnd keeps the last text in sight while what is around it, a photo or the letters change their size, unless somebody has
// scrolled away.
function useAtEnd(box: RefObject<HTMLOListElement | null>) {
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    let atEnd = true;
    const follow = () => {
      if (atEnd) el.scrollTop = el.scrollHeight;
    };
    const note = () => {
      atEnd = el.scrollTop + el.clientHeight >= el.scrollHeight - 8;
    };
    const sized = new ResizeObserver(follow);
    sized.observe(el);
    el.addEventListener('load', follow, true);
    el.addEventListener('scroll', note, { passive: true });
    void document.fonts.ready.then(follow);
    return () => {
      sized.disconnect();
      el.removeEventListener('load', follow, true);
      el.removeEventListener('scroll', note);
    };
  }, [box]);
}

function Thread({ texts, pending, shown, name }: { texts: readonly PhoneText[]; pending: readonly Pending[]; shown: string | undefined; name: string }) {
  const t = useT();
  const { time, day } = useTimes();
  const box = useRef<HTMLOListElement>(null);
  const end = texts.at(-1);

  useLayoutEffect(() => {
    const el = box.current;
    if (el) el.scrollTop = el.scrollHeight;
  }, [texts.length, pending.length]);
  useAtEnd(box);
  useEffect(() => {
    if (shown) box.current?.querySelector(`[data-id="${CSS.escape(shown)}"]`)?.scrollIntoView({ block: 'center' });
  }, [shown]);

  return (
    <ol className={s.thread} ref={box} aria-label={t('sim.thread', { name })} tabIndex={0}>
      {texts.length === 0 && pending.length === 0 && <li className={s.threadEmpty}>{t('sim.phoneEmpty')}</li>}
      {texts.map((x, i) => (
        <Bubble key={x.id} text={x} when={newTime(texts[i - 1], x) ? `${day(x.at)} ${time(x.at)}` : null} shown={x.id === shown} />
      ))}
      {end?.direction === 'in' && pending.length === 0 && <li className={s.carried}>{t('sim.carried')}</li>}
      {pending.map((p) => (
        <li key={p.key} className={s.mine} data-pending={p.problem === undefined || undefined}>
          {p.pictures.map((x, i) => (
            <img key={i} src={x.shown} alt={x.name} />
          ))}
          {p.text && <p>{p.text}</p>}
          <small data-problem={p.problem !== undefined || undefined} role={p.problem ? 'alert' : undefined}>
            {p.problem ? t('sim.notSent', { why: p.problem }) : t('sim.sending')}
          </small>
        </li>
      ))}
    </ol>
  );
}

function newTime(before: PhoneText | undefined, text: PhoneText): boolean {
  return !before || Date.parse(text.at) - Date.parse(before.at) > 15 * 60_000;
}

function Bubble({ text, when, shown }: { text: PhoneText; when: string | null; shown: boolean }) {
  const t = useT();
  const lost = text.status === 'failed' || text.status === 'undelivered';
  return (
    <>
      {when && <li className={s.when}>{when}</li>}
      <li className={text.direction === 'in' ? s.mine : s.theirs} data-id={text.id} data-shown={shown || undefined} data-lost={lost || undefined}>
        {text.media?.map((m, i) => <SentPicture key={i} address={m} />)}
        {text.text && <p>{text.text}</p>}
        {lost && <small>{text.error_code ? t('sim.lostCode', { code: text.error_code }) : t('sim.lost')}</small>}
      </li>
    </>
  );
}
