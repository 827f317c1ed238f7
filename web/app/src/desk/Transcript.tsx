// What was said, in order. Only appended texts are announced, by the shell; the log itself stays quiet.
import { ArrowDown, CheckCheck, Check, ChevronDown, ChevronRight, CircleAlert, Clock, HelpCircle } from 'lucide-react';
import { Suspense, useLayoutEffect, useMemo, useRef, useState, type ReactNode, type RefObject } from 'react';
import { useLink } from '../api/link.ts';
import type { Outgoing } from '../api/live.ts';
import type { Log, Row } from '../api/log.ts';
import type { ChatEvent, Message } from '../api/protocol.ts';
import { has, useLang, useT, type T } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { clock, startOfDay, useTimes } from '../parts/clock.ts';
import { Button, Skeleton } from '../parts/index.tsx';
import { later } from '../parts/later.ts';
import { tel } from '../parts/tel.ts';
import { notice } from '../parts/toast.tsx';
import { count } from '../segments.ts';
import type { Item } from '../shell/chats.ts';
import { useConnected, useDesk, useOutbox } from '../shell/live.tsx';
import { useUi } from '../ui.ts';
import { canGoAgain, sendAgain } from './again.ts';
import { keepFocus } from './focus.ts';
import { draw, type Line, type Unseen } from './lines.ts';
import { fromOf, isVideo, MediaTiles } from './Media.tsx';
import { reasonOf } from './reason.ts';
import s from './transcript.module.css';
import { eventOf, flagOf, fold, waitBefore } from './transcript.ts';

const FlagNote = later(async () => ({ default: (await import('./Asides.tsx')).FlagNote }));
const Whisper = later(async () => ({ default: (await import('./Asides.tsx')).Whisper }));

// A long chat starts with its last rows; the earlier ones are one click away. That bounds what is drawn.
const page = 200;

export function Transcript({ item, log, unseen }: { item: Item; log: Log; unseen: Unseen }) {
  const t = useT();
  const { day } = useTimes();
  const catching = useLink((l) => l.catching.has(item.id));
  const outbox = useOutbox().filter((o) => o.chat_id === item.id);
  const { opening, body } = useMemo(() => fold(log.rows), [log.rows]);
  const [shown, setShown] = useState(page);
  const hidden = Math.max(0, body.length - shown);
  const lines = useMemo(() => draw(body.slice(hidden), unseen, startOfDay), [body, hidden, unseen]);
  const flag = useMemo(() => flagOf(log.rows), [log.rows]);
  const onlyToday = lines.filter((l) => l.kind === 'day').length < 2 && day(Date.now()) === (log.rows[0] ? day(log.rows[0].at) : '');
  const { box, pill, toEnd } = useEnd(log.rows, outbox.length);
  const lastPhoto = () => {
    const photo = [...(box.current?.querySelectorAll<HTMLElement>('button:has(> img)') ?? [])].at(-1);
    if (!photo) return;
    keepFocus(photo); // where the viewer gives it back
    photo.click();
  };
  useKey('photo', lastPhoto, useMemo(() => log.rows.some(hasPhoto), [log.rows]));

  return (
    <div className={s.transcriptPane}>
      {catching && log.rows.length > 0 && <p className={s.catching}>{t('link.catching')}</p>}
      <div className={s.transcript} ref={box} role="log" aria-live="off" aria-label={t('chat.transcript', { name: item.name })} tabIndex={0}>
        <div className={s.measure}>
          {log.rows.length === 0 && catching && <SkeletonTexts />}
          {opening.length > 0 && <Opening rows={opening} all={log.rows} item={item} />}
          {hidden > 0 && (
            <Button look="quiet" className={s.earlier} onClick={() => setShown(shown + page)}>
              {t('chat.earlier', { n: Math.min(hidden, page) })}
            </Button>
          )}
          {lines.map((line) => (line.kind === 'day' && onlyToday ? null : <LineView key={line.key} line={line} item={item} rows={log.rows} />))}
          {flag && !item.chat.closed && (
            <Suspense>
              <FlagNote chat={item.id} />
            </Suspense>
          )}
          {outbox.map((o) => (
            <OutgoingText key={o.client_id} entry={o} />
          ))}
        </div>
      </div>
      {pill !== null && (
        <button type="button" className={s.pill} onClick={toEnd}>
          <ArrowDown aria-hidden />
          {pill > 0 ? t('chat.pill', { n: pill }) : t('chat.latest')}
        </button>
      )}
    </div>
  );
}

const hasPhoto = (r: Row) => r.type === 'message' && (r.message.media?.some((m) => m.state === 'ready' && !isVideo(m)) ?? false);

// useEnd keeps the end in sight unless the agent scrolled up; then it counts what came instead.
function useEnd(rows: readonly Row[], outgoing: number): { box: RefObject<HTMLDivElement | null>; pill: number | null; toEnd: () => void } {
  const box = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const [leftAt, setLeftAt] = useState<number | null>(null);
  const count = rows.length;
  const latest = useRef(count);
  latest.current = count;

  useLayoutEffect(() => {
    const el = box.current;
    if (el && stuck.current) el.scrollTop = el.scrollHeight;
  }, [count, outgoing]);

  useLayoutEffect(() => {
    const el = box.current;
    if (!el) return;
    let top = el.scrollTop;
    const scrolled = () => {
      const atEnd = el.scrollHeight - el.scrollTop - el.clientHeight < 48;
      const up = el.scrollTop < top; // not so where the text below grew
      top = el.scrollTop;
      if (atEnd === stuck.current || !(atEnd || up)) return;
      stuck.current = atEnd;
      setLeftAt(atEnd ? null : latest.current);
    };
    const sized = new ResizeObserver(() => {
      if (stuck.current) el.scrollTop = el.scrollHeight;
    });
    el.addEventListener('scroll', scrolled, { passive: true });
    sized.observe(el);
    if (el.firstElementChild) sized.observe(el.firstElementChild);
    return () => {
      el.removeEventListener('scroll', scrolled);
      sized.disconnect();
    };
  }, []);

  const pill = leftAt === null ? null : rows.slice(leftAt).filter((r) => r.type === 'message' && r.message.sender === 'end_user').length;
  return {
    box,
    pill,
    toEnd: () => {
      const el = box.current;
      if (el) el.scrollTo({ top: el.scrollHeight, behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    },
  };
}

function Opening({ rows, all, item }: { rows: readonly Row[]; all: readonly Row[]; item: Item }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const choice = eventOf(rows, 'menu_choice')?.event;
  const chosen = choice?.queue?.path ?? choice?.text;
  const machines = rows.filter((r) => r.type === 'message' && r.message.sender === 'system').length;
  if (machines === 0 && !choice) return null;
  return (
    <div className={s.opening}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {chosen && <Emphasised text={t('chat.chose', { what: '\u0001' })} strong={chosen} />}
        <strong>{machines > 0 ? t('chat.automated', { n: machines }) : t('chat.opening')}</strong>
        {open ? <ChevronDown aria-hidden /> : <ChevronRight aria-hidden />}
      </button>
      {open && (
        <ol>
          {rows.map((r) =>
            r.type === 'message' ? (
              <li key={r.seq} data-from={r.message.sender} lang={item.chat.lang}>
                {r.message.text}
              </li>
            ) : (
              <li key={r.seq} data-from="event">
                {eventText(t, r.event, r.seq, all, item)}
              </li>
            ),
          )}
        </ol>
      )}
    </div>
  );
}

function Emphasised({ text, strong }: { text: string; strong: string }) {
  const [before, after] = text.split('\u0001');
  return (
    <span>
      {before}
      <strong>{strong}</strong>
      {after}
    </span>
  );
}

function LineView({ line, item, rows }: { line: Line; item: Item; rows: readonly Row[] }) {
  const t = useT();
  const { day, time } = useTimes();
  const me = useDesk()?.agent.id;
  switch (line.kind) {
    case 'day':
      return <p className={s.event}>{day(line.at)}</p>;
    case 'new':
      return (
        <p className={s.newLine}>
          <span>{t('chat.new')}</span>
        </p>
      );
    case 'event': {
      if (line.event.kind === 'whisper') {
        return (
          <Suspense>
            <Whisper event={line.event} at={line.at} />
          </Suspense>
        );
      }
      const text = eventText(t, line.event, line.seq, rows, item, me);
      return text && <p className={s.event}>{text}</p>;
    }
    case 'system':
      return (
        <div className={s.system}>
          <p lang={item.chat.lang}>{line.message.text}</p>
          <p className={s.meta}>
            {t('chat.sentBySystem')} · <Delivery message={line.message} at={line.at} chat={item.id} />
          </p>
        </div>
      );
    case 'text': {
      const { message } = line;
      const mine = message.sender === 'agent';
      const troubled = mine && (message.error !== undefined || ['failed', 'undelivered', 'expired', 'cancelled'].includes(message.status));
      return (
        <div className={s.text} data-mine={mine || undefined} data-last={line.last || undefined}>
          <span data-hidden>{mine ? (message.user?.name ?? t('desk.you', { text: '' })) : item.name}:</span>
          <MediaTiles media={message.media} from={fromOf(message, me)} time={time(line.at)} />
          {message.erased && <p className={s.meta}>{t('chat.erased')}</p>}
          {message.text && (
            <p className={s.bubble} lang={item.chat.lang}>
              {message.text}
            </p>
          )}
          {message.erased && <p className={s.bubble} data-erased><em>{t('desk.erased')}</em></p>}
          {mine ? (
            (line.last || troubled) && (
              <p className={s.meta}>
                <Delivery message={message} at={line.at} chat={item.id} /> · <span className={s.whole}>{t('state.segments', { n: message.segments })}</span>
              </p>
            )
          ) : (
            line.last && <p className={s.meta}>{time(line.at)}</p>
          )}
        </div>
      );
    }
  }
}

// Failed texts that were given another try: one press is one new text.
const triedAgain = new Set<number>();

// Delivery says how far a text of ours came; it never goes back.
function Delivery({ message, at, chat }: { message: Message; at: string; chat: number }) {
  const t = useT();
  const { time } = useTimes();
  const lang = useLang((l) => l.lang);
  const { status, error } = message;
  if (error?.code === 'uncertain') {
    return (
      <State tone="warn" icon={<HelpCircle aria-hidden />}>
        {t('state.uncertain')}
      </State>
    );
  }
  switch (status) {
    case 'queued':
    case 'sending':
      return <State icon={<Clock aria-hidden />}>{t('state.sending')}</State>;
    case 'sent':
      return <State icon={<Check aria-hidden />}>{t('state.sent', { time: time(at) })}</State>;
    case 'delivered':
      return (
        <State tone="ok" icon={<CheckCheck aria-hidden />}>
          {t('state.delivered', { time: time(at) })}
        </State>
      );
    case 'failed':
    case 'undelivered':
    case 'expired':
    case 'cancelled':
      return (
        <State tone="bad" icon={<CircleAlert aria-hidden />}>
          {t(`state.${status}`)}
          {error && `. ${reasonOf(lang, error).replace(/\.$/, '')}, ${t('state.code', { code: error.code })}`}
          {' · '}
          <Button look="link" onClick={() => useUi.setState({ why: { message: message.id } })}>
            {t('state.why')}
          </Button>
          {canGoAgain(message) && <TryAgain message={message} chat={chat} />}
        </State>
      );
    default:
      return <>{time(at)}</>;
  }
}

// TryAgain is for the chat's own agent: others read along, and what has ended takes no text.
function TryAgain({ message, chat }: { message: Message; chat: number }) {
  const t = useT();
  const live = useConnected()?.live;
  const own = useDesk()?.chats[chat];
  const [retried, setRetried] = useState(() => triedAgain.has(message.id));
  if (!live || !own || own.closed || own.opted_out) return null;
  const tried = (was: boolean) => {
    triedAgain[was ? 'add' : 'delete'](message.id);
    setRetried(was);
  };
  const tryAgain = () => {
    tried(true);
    sendAgain(live, chat, message).catch(() => {
      tried(false);
      notice(t('state.notAgain'));
    });
  };
  return (
    <>
      {' · '}
      {retried ? (
        t('state.triedAgain')
      ) : (
        <Button look="link" onClick={tryAgain}>
          {t('state.tryAgain')}
        </Button>
      )}
    </>
  );
}

function State({ tone, icon, children }: { tone?: 'ok' | 'warn' | 'bad'; icon: ReactNode; children: ReactNode }) {
  return (
    <span className={s.state} data-tone={tone}>
      {icon}
      <span>{children}</span>
    </span>
  );
}

function OutgoingText({ entry }: { entry: Outgoing }) {
  const t = useT();
  const { time } = useTimes();
  const live = useConnected()?.live;
  const away = useLink((l) => l.phase !== 'live');
  return (
    <div className={s.text} data-mine data-last data-pending>
      <MediaTiles media={entry.media?.map((id) => ({ id, state: 'ready' as const }))} from="me" time={time(entry.at)} />
      {entry.text && <p className={s.bubble}>{entry.text}</p>}
      <p className={s.meta}>
        {entry.refused ? (
          <State tone="bad" icon={<CircleAlert aria-hidden />}>
            {t('state.refused', { why: entry.refused.message })}
            {!['opted_out', 'chat_ended', 'not_owner'].includes(entry.refused.code) && (
              <>
                {' · '}
                <Button look="link" onClick={() => void live?.resend(entry)}>
                  {t('state.tryAgain')}
                </Button>
              </>
            )}
            {' · '}
            <Button look="link" onClick={() => void live?.discard(entry.client_id)}>
              {t('state.discard')}
            </Button>
          </State>
        ) : (
          <>
            <State icon={<Clock aria-hidden />}>{t(away ? 'state.waiting' : 'state.sending')}</State>
            {entry.text && ` · ${t('state.segments', { n: count(entry.text).segments })}`}
          </>
        )}
      </p>
    </div>
  );
}

// eventText says an event in words; null for one that says nothing to an agent.
export function eventText(t: T, e: ChatEvent, seq: number, rows: readonly Row[], item: Item, me?: number): string | null {
  switch (e.kind) {
    case 'started':
      return item.chat.number ? t('chat.startedOn', { number: tel(item.chat.number) }) : t('chat.started');
    case 'menu_choice':
      return t('chat.chose', { what: e.queue?.path ?? e.text ?? '' });
    case 'queued':
      return e.queue ? t('chat.queuedFor', { queue: e.queue.path }) : t('chat.queued');
    case 'assigned': {
      const waited = waitBefore(rows, seq);
      const mine = e.user?.id === me;
      const values = { name: e.user?.name ?? '', age: waited === null ? '' : clock(waited) };
      if (waited === null) return t(mine ? 'chat.youAnswered' : 'chat.answered', values);
      return t(mine ? 'chat.youAnsweredAfter' : 'chat.answeredAfter', values);
    }
    case 'transfer': {
      const by = e.user?.id === me ? t('chat.you') : (e.user?.name ?? '');
      const text = e.to ? t('chat.askedTo', { by, to: e.to.name }) : t('chat.transferred', { by, to: e.queue?.path ?? '' });
      return e.text ? t('chat.withNote', { text, note: e.text }) : text;
    }
    case 'transfer_failed': {
      if (e.reason === 'closed') {
        const stays = e.to ?? e.user; // a supervisor may have tried
        return t('chat.transferClosed', { queue: e.queue?.path ?? '', who: stays?.id === me ? t('chat.withYou') : (stays?.name ?? '') });
      }
      const why = `chat.transferFailed.${e.reason}`;
      return has(why) ? t(why, { name: e.user?.name ?? '' }) : null;
    }
    case 'taken_over':
    case 'joined':
    case 'left':
      return t(`chat.${e.kind}`, { name: e.user?.id === me ? t('chat.you') : (e.user?.name ?? '') });
    case 'dismissed':
      return t('chat.laidAside');
    case 'resumed':
      return t('chat.resumed');
    case 'moved':
      return t('chat.moved', { queue: e.queue?.path ?? '' });
    case 'opted_out':
      return t('chat.optedOut');
    case 'media_refused': // the text it came with says so in place
    case 'flag':
      return null;
    case 'flag_cleared':
      return t('chat.flagCleared');
    case 'ended':
      return endedText(t, e.by ?? item.chat.closed?.by, e.user?.id !== undefined && e.user.id === me);
    default:
      return e.text ?? null;
  }
}

// endedText goes by who ended it; the agent of a chat stands in the event whoever that was.
function endedText(t: T, by: string | undefined, agentIsMe: boolean): string {
  switch (by?.replace(/^disconnected_by/, '')) {
    case '_by_end_user':
    case '_end_user':
      return t('chat.ended.by_end_user');
    case '_by_agent':
    case '_agent':
      return t(agentIsMe ? 'chat.ended.by_you' : 'chat.ended.by_agent');
    case '_by_system':
    case '_system':
      return t('chat.ended.by_system');
    default:
      return t('chat.ended');
  }
}

export function SkeletonTexts() {
  const t = useT();
  return (
    <div className={s.skeletonTexts} role="status" aria-label={t('chat.loading')}>
      <Skeleton width="46%" height={36} />
      <Skeleton width="60%" height={56} />
      <Skeleton width="38%" height={36} />
    </div>
  );
}

