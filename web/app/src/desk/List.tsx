// The agent's chats by whose turn it is, with what is offered above them.
import { Link } from '@tanstack/react-router';
import { ArrowUpRight, ChevronDown, ChevronRight, Pause, Plus, Timer } from 'lucide-react';
import { memo, Suspense, type KeyboardEvent, type Ref } from 'react';
import { useLink } from '../api/link.ts';
import { useT } from '../i18n/index.ts';
import { aria } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { age, clock, useNow } from '../parts/clock.ts';
import { Avatar, Button, Kbd, Skeleton } from '../parts/index.tsx';
import { later } from '../parts/later.ts';
import type { Item } from '../shell/chats.ts';
import { useDesk } from '../shell/live.tsx';
import { befell, useSetStatus } from '../shell/Status.tsx';
import { useUi } from '../ui.ts';
import s from './desk.module.css';
import { focusComposer } from './focus.ts';
import { OfferCard } from './OfferCard.tsx';
import type { Section } from './order.ts';
import { urgency } from './target.ts';
import type { ShownOrder } from './useShownOrder.ts';

const Stats = later(() => import('./Stats.tsx'));
const Dismissed = later(() => import('./Dismissed.tsx'));

interface Props {
  ref: Ref<HTMLDivElement>;
  items: readonly Item[];
  order: ShownOrder;
  selected: number | undefined;
}

const sections: Section[] = ['reply', 'waiting', 'wrapUp', 'ended'];
const titles = { reply: 'desk.needsReply', waiting: 'desk.waiting', wrapUp: 'desk.wrapUp', ended: 'desk.ended' } as const;

export function List({ ref, items, order, selected }: Props) {
  const t = useT();
  const desk = useDesk();
  const away = useLink((l) => l.phase === 'lost');
  const passedOn = useLink((l) => l.offersPaused);
  const byId = new Map(items.map((i) => [i.id, i]));
  const open = items.filter((i) => !i.chat.closed || i.chat.closed.wrap_up).length;
  const first = order.places[0]?.id;

  return (
    <section ref={ref} className={s.list} aria-label={t('desk.list')} data-pane tabIndex={-1}>
      <header className={s.listHead}>
        <h1>{t('desk.title')}</h1>
        {desk && <Slots used={open} limit={desk.limit} />}
        <Button className={s.newText} disabled={away} aria-keyshortcuts={aria('newText')} onClick={() => useUi.setState({ newTextOpen: true })}>
          <Plus aria-hidden />
          {t('desk.newText')}
        </Button>
      </header>
      <div className={s.scroll}>
        {away && (
          <div className={s.paused}>
            <Pause aria-hidden />
            <p>
              {t('link.paused')} {passedOn && t('link.passedOn')}
            </p>
          </div>
        )}
        {desk?.offers.map((o) => (
          <OfferCard key={o.chat_id} offer={o} />
        ))}
        {!desk && <SkeletonRows />}
        {desk && items.length === 0 && <NoChats />}
        {order.moved > 0 && (
          <button type="button" className={s.moved} data-lasting={order.lasting || undefined} onClick={order.release}>
            {t('desk.moved', { n: order.moved })}
          </button>
        )}
        <div onKeyDown={rove}>
          {sections.map((section) => {
            const rows = order.places.filter((p) => p.section === section).flatMap((p) => byId.get(p.id) ?? []);
            if (rows.length === 0) return null;
            return (
              <section key={section} aria-labelledby={`s-${section}`} className={s.section}>
                <h2 id={`s-${section}`}>
                  {t(titles[section])} <span>{rows.length}</span>
                </h2>
                <ul>
                  {rows.map((item) => (
                    <Row key={item.id} item={item} section={section} current={item.id === selected} stop={selected === undefined ? item.id === first : item.id === selected} />
                  ))}
                </ul>
              </section>
            );
          })}
        </div>
        {desk && <LaidAside />}
      </div>
      <Suspense>
        <Stats />
      </Suspense>
      <footer className={s.hints} aria-hidden>
        <Kbd id="next" />
        <Kbd id="previous" /> {t('desk.hint.move')}
        <Kbd id="reply" /> {t('desk.hint.reply')}
        <Kbd id="transfer" /> {t('desk.hint.transfer')}
        <Kbd id="sheet" /> {t('desk.hint.keys')}
      </footer>
    </section>
  );
}

// LaidAside is folded until it is asked for, and loads only then.
function LaidAside() {
  const t = useT();
  const open = useUi((u) => u.dismissedOpen);
  const toggle = () => useUi.setState((u) => ({ dismissedOpen: !u.dismissedOpen }));
  useKey('dismissed', toggle);
  return (
    <section className={s.section} aria-labelledby="s-dismissed">
      <h2 id="s-dismissed">
        <button type="button" className={s.fold} aria-expanded={open} aria-keyshortcuts={aria('dismissed')} onClick={toggle}>
          {open ? <ChevronDown aria-hidden /> : <ChevronRight aria-hidden />}
          {t('desk.dismissed')}
        </button>
      </h2>
      {open && (
        <Suspense fallback={<Skeleton width="80%" height={16} />}>
          <Dismissed />
        </Suspense>
      )}
    </section>
  );
}

// rove moves the focus inside the list, which is one stop of the Tab key.
function rove(e: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (step === undefined || e.altKey || e.ctrlKey || e.metaKey) return;
  const rows = [...e.currentTarget.querySelectorAll<HTMLElement>('a[data-row]')];
  const next = rows[rows.indexOf(document.activeElement as HTMLElement) + step];
  if (!next) return;
  e.preventDefault();
  next.focus();
}

function Slots({ used, limit }: { used: number; limit: number }) {
  const t = useT();
  return (
    <span className={s.slots} role="img" aria-label={t('desk.slotsLabel', { n: used, limit })}>
      {limit <= 10 && (
        <span className={s.pips}>
          {Array.from({ length: limit }, (_, i) => (
            <i key={i} data-used={i < used || undefined} />
          ))}
        </span>
      )}
      {t('desk.slots', { n: used, limit })}
    </span>
  );
}

interface RowProps {
  item: Item;
  section: Section;
  current: boolean;
  stop: boolean;
}

// sameRow: in a long list a step from chat to chat draws the two rows it concerns. Items are made anew, what they hold is not.
function sameRow(a: RowProps, b: RowProps): boolean {
  const held = (r: RowProps) => [r.item.chat, r.item.last, r.item.since, r.item.unread, r.section, r.current, r.stop];
  const before = held(a);
  return held(b).every((x, i) => x === before[i]);
}

const Row = memo(function Row({ item, section, current, stop }: RowProps) {
  const t = useT();
  const { id, chat, name, last, unread } = item;
  const ours = chat.started_by === 'agent' || chat.started_by === 'api';
  const mine = last?.message.sender === 'agent';
  const text = last?.message.text ?? chat.preview ?? '';
  return (
    <li>
      <Link
        to="/desk/$chat"
        params={{ chat: id }}
        className={s.row}
        data-row
        data-pane-focus={stop || undefined}
        data-unread={unread > 0 || undefined}
        tabIndex={stop ? 0 : -1}
        aria-current={current ? 'true' : undefined}
        activeOptions={{ exact: true }}
        activeProps={{}}
        onClick={(e) => e.detail === 0 && setTimeout(focusComposer, 50)}
      >
        <span className={s.rowFace}>
          <Avatar name={chat.end_user.name} />
          {ours && <ArrowUpRight aria-hidden />}
        </span>
        <span className={s.rowText}>
          <span className={s.rowName}>{name}</span>
          <span className={s.rowPreview} lang={chat.lang}>
            {mine ? t('desk.you', { text }) : text}
          </span>
          <span className={s.rowQueue}>{ours && !chat.last_consumer_at ? t('desk.outbound') : chat.queue?.path}</span>
        </span>
        <span className={s.rowSide}>
          <RowClock section={section} since={item.since} chat={chat} />
          {unread > 0 && (
            <span className={s.unread}>
              {unread}
              <span data-hidden>{t('desk.unread', { n: unread }).replace(/^\d+/, '')}</span>
            </span>
          )}
        </span>
      </Link>
    </li>
  );
}, sameRow);

// RowClock shows how long the customer has waited; its colour is the agent's, who answers for the time since they have the chat.
function RowClock({ section, since, chat }: { section: Section; since: number; chat: Item['chat'] }) {
  const t = useT();
  const now = useNow();
  const offset = useDesk()?.offset ?? 0;
  const waited = now + offset - since;
  const ends = chat.closed?.wrap_up?.until;
  if (ends) return <span className={s.clock}>{clock(Date.parse(ends) - offset - now)}</span>;
  if (section !== 'reply') return <span className={s.clock}>{age(waited)}</span>;
  const mine = now + offset - Math.max(since, Date.parse(chat.assigned_at ?? chat.created_at));
  const how = urgency(mine, chat.response_target);
  return (
    <span className={s.clock} data-urgency={how}>
      {how !== 'calm' && <Timer aria-hidden />}
      {waited < 3_600_000 ? clock(waited) : age(waited)}
      {how !== 'calm' && <span data-hidden>, {t(how === 'over' ? 'desk.overTarget' : 'desk.nearTarget')}</span>}
    </span>
  );
}

function NoChats() {
  const t = useT();
  const status = useDesk()?.status;
  const set = useSetStatus();
  if (useDesk()?.offers.length) return null;
  return (
    <div className={s.noChats}>
      <p>{t(status === 'available' ? 'desk.none.available' : 'desk.none.away')}</p>
      {status !== 'available' && !befell(status) && <Button keyId="goAvailable" onClick={() => set('available')}>{t('status.goAvailable')}</Button>}
    </div>
  );
}

function SkeletonRows() {
  return (
    <div className={s.skeletons} aria-hidden>
      {[0, 1, 2, 3].map((i) => (
        <div key={i}>
          <Skeleton width={32} height={32} />
          <div>
            <Skeleton width="50%" height={12} />
            <Skeleton width="85%" height={10} />
            <Skeleton width="40%" height={9} />
          </div>
        </div>
      ))}
    </div>
  );
}
