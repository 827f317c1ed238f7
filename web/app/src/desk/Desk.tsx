// The agent desk: list, conversation, contact (spec 6, 4.1).
import { useMediaQuery } from '@mantine/hooks';
import { Link, useNavigate, useParams, useRouteContext } from '@tanstack/react-router';
import { Inbox, MessagesSquare } from 'lucide-react';
import { Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { useLink } from '../api/link.ts';
import { useT } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { Coming } from '../parts/coming.tsx';
import { EmptyState, partStyles } from '../parts/index.tsx';
import { later } from '../parts/later.ts';
import { useItems, type Item } from '../shell/chats.ts';
import { useConnected, useDesk } from '../shell/live.tsx';
import { useUi } from '../ui.ts';
import { useAnswer } from './answer.ts';
import { Conversation } from './Conversation.tsx';
import s from './desk.module.css';
import { useDrafts, loadDrafts } from './drafts.ts';
import { endedHere } from './end.ts';
import { narrowed } from './filter.ts';
import { focusComposer, goes, hasGone, keepFocus, listStop } from './focus.ts';
import { List } from './List.tsx';
import { LoadingChat, LoadingNone, LoadingPanel } from './Loading.tsx';
import { OfferCard } from './OfferCard.tsx';
import { Panel } from './Panel.tsx';
import { useCrossings } from './useCrossings.ts';
import { useFilter } from './useFilter.ts';
import { useShownOrder } from './useShownOrder.ts';

const NewText = later(() => import('./NewText.tsx'));
const WrapUps = later(async () => ({ default: (await import('./WrapUp.tsx')).WrapUps }));

// Supervisors read chats as their agents see them; the transcript stays in the desk's chunk.
export { Transcript } from './Transcript.tsx';

export function Desk() {
  const connected = useConnected();
  const desk = useDesk();
  const items = useItems();
  const { chat: selected } = useParams({ strict: false }) as { chat?: number };
  const item = items.find((i) => i.id === selected);
  const newTextOpen = useUi((u) => u.newTextOpen);
  const listFolded = useUi((u) => u.listFolded);
  const panel = usePanel();
  const phone = useMediaQuery('(width < 720px)', undefined, { getInitialValueInEffect: false });
  const loading = desk === undefined && selected !== undefined;
  const listRef = useRef<HTMLDivElement>(null);
  const order = useShownOrder(items, listRef);
  const filter = useFilter(items.length > 0 && !(phone && selected !== undefined));
  const places = useMemo(() => narrowed(order.places, items, filter.query), [order.places, items, filter.query]);
  const navigate = useNavigate();
  const open = useCallback((id: number) => void navigate({ to: '/desk/$chat', params: { chat: id } }), [navigate]);

  useEffect(() => {
    if (connected && !useDrafts.getState().loaded) void loadDrafts(connected.shelf);
  }, [connected]);

  useLeaving(selected, item, items);
  useChatKeys(places.map((p) => p.id), items, selected, open);
  useOfferKeys(open);
  useKey('newText', () => useUi.setState({ newTextOpen: true }), desk !== undefined);
  useEffect(() => () => void useUi.setState({ newTextOpen: false }), []);
  useKey('foldLeft', () => useUi.setState((u) => ({ listFolded: !u.listFolded })));
  useKey('foldRight', panel.toggle, item !== undefined);
  useKey('close', () => (panel.sheet ? panel.toggle() : selected !== undefined ? void navigate({ to: '/desk' }) : filter.leave()), selected !== undefined || filter.open);

  return (
    <main className={s.desk} data-list-folded={listFolded || undefined} data-panel={(item ?? loading) && panel.open && !panel.sheet ? 'open' : undefined} data-chat={selected || undefined}>
      {phone && selected !== undefined && <Offers />}
      <List ref={listRef} items={items} order={order} places={places} filter={filter} selected={selected} openChat={open} />
      {item ? <Conversation key={item.id} item={item} onPanel={panel.toggle} /> : loading ? <LoadingChat /> : <NoChat count={items.length} selected={selected} ready={desk !== undefined} />}
      <Crossings items={items} />
      {items.some((i) => i.chat.closed?.wrap_up) && (
        <Suspense>
          <WrapUps items={items} />
        </Suspense>
      )}
      {newTextOpen && (
        <Suspense fallback={<Coming />}>
          <NewText />
        </Suspense>
      )}
      {loading && panel.open && !panel.sheet && <LoadingPanel />}
      {item && panel.sheet && <div className={s.veil} onClick={panel.toggle} />}
      {item && panel.open && <Panel item={item} sheet={panel.sheet} onClose={panel.toggle} />}
    </main>
  );
}

// Offers stand above a chat too where list and chat are two levels.
function Offers() {
  const offers = useDesk()?.offers ?? [];
  const away = useLink((l) => l.phase !== 'live');
  if (offers.length === 0 || away) return null;
  return (
    <div className={s.offersAbove}>
      {offers.map((o) => (
        <OfferCard key={o.chat_id} offer={o} />
      ))}
    </div>
  );
}

// usePanel: a pane where there is room, a sheet where there is not.
function usePanel(): { open: boolean; sheet: boolean; toggle: () => void } {
  const narrow = useMediaQuery('(width < 1100px)', undefined, { getInitialValueInEffect: false });
  const { panelFolded, panelSheet } = useUi();
  return {
    open: narrow ? panelSheet : !panelFolded,
    sheet: narrow && panelSheet,
    toggle: () => useUi.setState(narrow ? { panelSheet: !panelSheet } : { panelFolded: !panelFolded }),
  };
}

// useLeaving lets a chat go that ended, once the agent has seen it; one they ended themselves goes at once.
function useLeaving(selected: number | undefined, item: Item | undefined, items: readonly Item[]): void {
  const live = useConnected()?.live;
  const navigate = useNavigate();
  useEffect(() => {
    if (selected === undefined || !live) return;
    return () => live.forget(selected);
  }, [selected, live]);
  const done = item?.chat.closed && !item.chat.closed.wrap_up && endedHere(item.id);
  useEffect(() => {
    if (!done) return;
    goes(item.id);
    void navigate({ to: '/desk' });
  }, [done, item?.id, navigate]);
  useLayoutEffect(() => {
    if (hasGone(selected, items)) keepFocus(listStop());
  }, [selected, items]);
}

function useChatKeys(order: number[], items: readonly Item[], selected: number | undefined, open: (id: number) => void): void {
  const aim = useRef(selected); // where the last key leads, drawn or not: each of two quick ones counts
  const passed = useRef(new Set<number>()); // chats on the way there
  useEffect(() => {
    if (selected !== undefined && selected !== aim.current && passed.current.has(selected)) return;
    aim.current = selected;
    passed.current.clear();
  }, [selected]);
  const step = (by: number) => {
    if (order.length === 0) return;
    const here = aim.current === undefined ? -1 : order.indexOf(aim.current);
    const at = here < 0 && by < 0 ? 0 : here; // from a chat that the list does not show, to its first or its last
    const next = order[(at + by + order.length) % order.length]!;
    aim.current = next;
    passed.current.add(next);
    open(next);
  };
  useKey('next', () => step(1));
  useKey('previous', () => step(-1));
  useKey('nextTyping', () => step(1));
  useKey('previousTyping', () => step(-1));
  useKey('nth', (i) => order[i] !== undefined && open(order[i]));
  useKey('nextReply', () => {
    const waiting = order.filter((id) => id !== selected && items.find((i) => i.id === id)?.section === 'reply');
    if (waiting[0] !== undefined) open(waiting[0]);
  });
  useKey('reply', focusComposer, selected !== undefined);
}

function useOfferKeys(open: (id: number) => void): void {
  const offers = useDesk()?.offers ?? [];
  const away = useLink((l) => l.phase !== 'live');
  const top = away ? undefined : offers.find((o) => o.state === 'open');
  const { answer, decline } = useAnswer(open);
  useKey('answer', () => top && answer(top.chat_id), top !== undefined);
  useKey('decline', () => top && decline(top.chat_id), top !== undefined);
  useKey('answerTyping', () => top && answer(top.chat_id, true), top !== undefined);
}

// Crossings draws nothing: a component of its own, so that the tick draws nothing else.
function Crossings({ items }: { items: readonly Item[] }) {
  useCrossings(items, useDesk()?.offset ?? 0);
  return null;
}

function NoChat({ count, selected, ready }: { count: number; selected: number | undefined; ready: boolean }) {
  const t = useT();
  const session = useRouteContext({ from: '/shell', select: (c) => c.session });
  return (
    <section className={s.none} aria-label={t('desk.pick')} data-pane tabIndex={-1}>
      {!ready ? (
        <LoadingNone />
      ) : selected !== undefined ? (
        <EmptyState icon={Inbox} title={t('desk.pick')}>
          <p>{t('desk.gone')}</p>
        </EmptyState>
      ) : count > 0 ? (
        <EmptyState icon={MessagesSquare} title={t('desk.pick')}>
          <p>{t('desk.pick.text', { n: count })}</p>
        </EmptyState>
      ) : (
        <EmptyState icon={Inbox} title={t('desk.empty.title')}>
          {session.features.simulator && (
            <Link className={partStyles.button} to="/simulator">
              {t('desk.empty.demo')}
            </Link>
          )}
        </EmptyState>
      )}
    </section>
  );
}
