// One texting handset, as its owner sees it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowUp } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, useState, type FormEvent } from 'react';
import type { Handset, SimulatorNumber } from '../api/client.ts';
import { useRouteContext } from '@tanstack/react-router';
import { useT } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { announce } from '../parts/announce.tsx';
import { useNow, useTimes } from '../parts/clock.ts';
import { Button, initials, Select } from '../parts/index.tsx';
import { tel } from '../parts/tel.ts';
import { merge, textFrom, textsOf, type PhoneText } from './carrier.ts';
import s from './sim.module.css';

interface Props {
  handset: Handset;
  numbers: readonly SimulatorNumber[];
  to: SimulatorNumber | undefined;
  shown: string | undefined; // the id of a text to show
  onNumber: (e164: string) => void;
}

interface Pending {
  key: number;
  text: string;
  problem?: string;
}

const quickTexts = ['1', '2', 'BACK', 'EXIT', 'HELP', 'STOP', 'START'];

export function Phone({ handset, numbers, to, shown, onNumber }: Props) {
  const t = useT();
  const cache = useQueryClient();
  const query = textsOf(handset.number);
  const texts = (useQuery(query).data ?? []).filter((x) => x.from === to?.e164 || x.to === to?.e164);
  const [pending, setPending] = useState<readonly Pending[]>([]);
  const [draft, setDraft] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useKey('phone', () => input.current?.focus());
  useAnnounced(texts, to?.label ?? '');

  const send = (text: string) => {
    if (!to || text.trim() === '') return;
    const key = Date.now() + Math.random();
    const at = new Date().toISOString();
    setPending((p) => [...p, { key, text }]);
    textFrom(handset.number, to.e164, text).then(
      ({ id }) => {
        setPending((p) => p.filter((x) => x.key !== key));
        cache.setQueryData(query.queryKey, (all) =>
          all && merge(all, { id, at, from: handset.number, to: to.e164, text, segments: 1, media: null, direction: 'in', status: 'received' }),
        );
      },
      (e: Error & { status?: number }) =>
        setPending((p) => p.map((x) => (x.key === key ? { ...x, problem: e.status ? t('sim.answered', { status: e.status }) : e.message } : x))),
    );
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    send(draft);
    setDraft('');
  };

  return (
    <section className={s.stage} aria-label={t('sim.phone', { name: handset.name })} data-pane tabIndex={-1}>
      {to && numbers.length > 1 && (
        <div className={s.number}>
          <label htmlFor="sim-number">{t('sim.to')}</label>
          <Select id="sim-number" label={t('sim.to')} value={to.e164} options={numbers.map((n) => ({ value: n.e164, label: `${n.label}, ${tel(n.e164)}` }))} onChange={onNumber} />
        </div>
      )}
      <div className={s.phone}>
        <div className={s.screen}>
          <StatusBar />
          <Brand to={to} />
          <Thread texts={texts} pending={pending} shown={shown} name={handset.name} />
          <form className={s.write} onSubmit={submit}>
            <input ref={input} value={draft} onChange={(e) => setDraft(e.target.value)} placeholder={t('sim.message')} aria-label={t('sim.message')} aria-keyshortcuts="R" autoComplete="off" data-pane-focus />
            <button type="submit" aria-label={t('sim.send')} aria-disabled={draft.trim() === ''}>
              <ArrowUp aria-hidden />
            </button>
          </form>
          <span className={s.homeBar} aria-hidden />
        </div>
      </div>
      <div className={s.quick} role="group" aria-label={t('sim.quick')}>
        {quickTexts.map((q) => (
          <Button key={q} onClick={() => send(q)}>
            {q}
          </Button>
        ))}
      </div>
    </section>
  );
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

function Thread({ texts, pending, shown, name }: { texts: readonly PhoneText[]; pending: readonly Pending[]; shown: string | undefined; name: string }) {
  const t = useT();
  const { time, day } = useTimes();
  const box = useRef<HTMLOListElement>(null);
  const end = texts.at(-1);

  useLayoutEffect(() => {
    const el = box.current;
    if (el) el.scrollTop = el.scrollHeight;
  }, [texts.length, pending.length]);
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
          <p>{p.text}</p>
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
  return (
    <>
      {when && <li className={s.when}>{when}</li>}
      <li className={text.direction === 'in' ? s.mine : s.theirs} data-id={text.id} data-shown={shown || undefined}>
        {text.media?.map((m) => <img key={m} src={new URL(m).pathname} alt="" />)}
        {text.text && <p>{text.text}</p>}
      </li>
    </>
  );
}
