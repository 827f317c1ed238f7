// The agent's chats by whose turn it is, with what is offered above them.
import { ChevronDown, ChevronRight, Pause, Plus, Search } from 'lucide-react';
import { Suspense, useLayoutEffect, useRef, type KeyboardEvent, type Ref } from 'react';
import { flushSync } from 'react-dom';
import { useLink } from '../api/link.ts';
import { useT } from '../i18n/index.ts';
import { aria } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { Button, IconButton, Kbd, Skeleton } from '../parts/index.tsx';
import { later } from '../parts/later.ts';
import type { Item } from '../shell/chats.ts';
import { useDesk } from '../shell/live.tsx';
import { befell, useSetStatus } from '../shell/Status.tsx';
import { useUi } from '../ui.ts';
import { focusWhenOpen, listStop } from './focus.ts';
import s from './list.module.css';
import { LoadingRows } from './Loading.tsx';
import { OfferCard } from './OfferCard.tsx';
import type { Place } from './order.ts';
import { Rows } from './Rows.tsx';
import type { Filtering } from './useFilter.ts';
import type { ShownOrder } from './useShownOrder.ts';

const Stats = later(() => import('./Stats.tsx'));
const Dismissed = later(() => import('./Dismissed.tsx'));
const Waiting = later(() => import('./Waiting.tsx'));

// The same element whatever the list does: it is drawn when it has something new itself.
const stats = (
  <Suspense>
    <Stats />
  </Suspense>
);

interface Props {
  ref: Ref<HTMLDivElement>;
  items: readonly Item[];
  order: ShownOrder;
  places: readonly Place[]; // of the order, those that the filter leaves
  filter: Filtering;
  selected: number | undefined;
  openChat: (id: number) => void;
}

export function List({ ref, items, order, places, filter, selected, openChat }: Props) {
  const t = useT();
  const desk = useDesk();
  const away = useLink((l) => l.phase === 'lost');
  const passedOn = useLink((l) => l.offersPaused);
  const open = items.filter((i) => !i.chat.closed || i.chat.closed.wrap_up).length;
  const scroll = useRef<HTMLDivElement>(null);
  const narrow = (query: string) => {
    scroll.current?.scrollTo(0, 0);
    filter.set(query);
  };
  // The row that was found has the focus; where none was, the chosen one as soon as it is there again.
  const leave = () => {
    if (places.length > 0) listStop()?.focus();
    flushSync(filter.leave);
    if (places.length === 0) listStop()?.focus();
  };
  const enter = () => {
    if (!places[0]) return;
    focusWhenOpen(places[0].id);
    openChat(places[0].id);
  };
  const moved = filter.query === '' ? order.moved : 0;

  return (
    <section ref={ref} className={s.list} aria-label={t('desk.list')} data-list data-pane tabIndex={-1}>
      <header className={s.listHead}>
        <h1>{t('desk.title')}</h1>
        {desk && <Slots used={open} limit={desk.limit} />}
        <Button className={s.newText} disabled={away} aria-keyshortcuts={aria('newText')} onClick={() => useUi.setState({ newTextOpen: true })}>
          <Plus aria-hidden />
          {t('desk.newText')}
        </Button>
      </header>
      {filter.open && <Filter filter={filter} onChange={narrow} onEnter={enter} onLeave={leave} found={places.length} of={items.length} />}
      <div ref={scroll} className={s.scroll}>
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
        {!desk && <LoadingRows />}
        {desk && items.length === 0 && <NoChats />}
        {items.length > 0 && places.length === 0 && (
          <div className={s.noChats}>
            <p>{t('desk.filter.none', { query: filter.query.trim() })}</p>
            <Button onClick={leave}>{t('desk.filter.clear')}</Button>
          </div>
        )}
        {moved > 0 && (
          <button type="button" className={s.moved} data-lasting={order.lasting || undefined} onClick={order.release}>
            {t('desk.moved', { n: moved })}
          </button>
        )}
        {places.length > 0 && filter.may && (
          <div className={s.filterPlace}>
            <IconButton icon={Search} label={t('desk.filter')} keyId="deskFilter" aria-expanded={filter.open} onClick={filter.open ? leave : filter.ask} />
          </div>
        )}
        <Rows items={items} places={places} selected={selected} narrowed={filter.open} query={filter.query} openChat={openChat} scroll={scroll} above={[desk?.offers, away, passedOn, moved > 0]} />
        {desk && <LaidAside />}
      </div>
      {stats}
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

interface FilterProps {
  filter: Filtering;
  onChange: (query: string) => void;
  onEnter: () => void;
  onLeave: () => void;
  found: number;
  of: number;
}

// Filter is the field above the rows, there from its key or its button until it is left: down to the rows, Enter into the first chat, Esc back
// to the whole list.
function Filter({ filter, onChange, onEnter, onLeave, found, of }: FilterProps) {
  const t = useT();
  const { asked, query } = filter;
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (asked === 0) return; // it came with the address
    field.current?.focus();
    field.current?.select();
  }, [asked]);
  const press = (e: KeyboardEvent) => {
    const act = { Escape: onLeave, Enter: onEnter, ArrowDown: () => listStop()?.focus() }[e.key];
    if (!act || e.nativeEvent.isComposing || e.altKey || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    act();
  };
  return (
    <label className={s.filter}>
      <Search aria-hidden />
      <input
        ref={field}
        type="search"
        maxLength={100}
        aria-label={t('desk.filter')}
        aria-keyshortcuts={aria('deskFilter')}
        placeholder={t('desk.filter')}
        value={query}
        onChange={(e) => onChange(e.target.value)}
        onKeyDown={press}
      />
      <span role="status">{query.trim() !== '' && t('desk.slots', { n: found, limit: of })}</span>
    </label>
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

function Slots({ used, limit }: { used: number; limit: number }) {
  const t = useT();
  return (
    <span className={s.slots} role="img" aria-label={t('desk.slotsLabel', { n: used, limit })}>
      {t('desk.slots', { n: used, limit })}
      {limit <= 10 && (
        <span className={s.pips}>
          {Array.from({ length: limit }, (_, i) => (
            <i key={i} data-used={i < used || undefined} />
          ))}
        </span>
      )}
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
      <Suspense fallback={<Skeleton width="60%" height={16} />}>
        <Waiting status={status} />
      </Suspense>
    </div>
  );
}

