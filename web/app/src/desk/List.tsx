// The agent's chats by whose turn it is, with what is offered above them.
import { ChevronDown, ChevronRight, Pause, Plus } from 'lucide-react';
import { Suspense, useRef, type Ref } from 'react';
import { useLink } from '../api/link.ts';
import { useT } from '../i18n/index.ts';
import { aria } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { Button, Kbd, Skeleton } from '../parts/index.tsx';
import { later } from '../parts/later.ts';
import type { Item } from '../shell/chats.ts';
import { useDesk } from '../shell/live.tsx';
import { befell, useSetStatus } from '../shell/Status.tsx';
import { useUi } from '../ui.ts';
import s from './list.module.css';
import { OfferCard } from './OfferCard.tsx';
import { Rows } from './Rows.tsx';
import type { ShownOrder } from './useShownOrder.ts';

const Stats = later(() => import('./Stats.tsx'));
const Dismissed = later(() => import('./Dismissed.tsx'));

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
  selected: number | undefined;
}

export function List({ ref, items, order, selected }: Props) {
  const t = useT();
  const desk = useDesk();
  const away = useLink((l) => l.phase === 'lost');
  const passedOn = useLink((l) => l.offersPaused);
  const open = items.filter((i) => !i.chat.closed || i.chat.closed.wrap_up).length;
  const scroll = useRef<HTMLDivElement>(null);

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
        {!desk && <SkeletonRows />}
        {desk && items.length === 0 && <NoChats />}
        {order.moved > 0 && (
          <button type="button" className={s.moved} data-lasting={order.lasting || undefined} onClick={order.release}>
            {t('desk.moved', { n: order.moved })}
          </button>
        )}
        <Rows items={items} places={order.places} selected={selected} scroll={scroll} above={[desk?.offers, away, passedOn, order.moved > 0]} />
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
