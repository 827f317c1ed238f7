// The rows of the list, in their sections. Of a long list those in sight are drawn, and the one that the Tab key or the focus
// is at (spec 6, 1.6).
import { useRouter } from '@tanstack/react-router';
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { ArrowRightLeft, ArrowUpRight, Timer } from 'lucide-react';
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type CSSProperties, type FocusEvent, type KeyboardEvent, type MouseEvent, type Ref, type RefObject } from 'react';
import { useT } from '../i18n/index.ts';
import { age, clock, useNow } from '../parts/clock.ts';
import { Avatar } from '../parts/index.tsx';
import type { Item } from '../shell/chats.ts';
import { useDesk } from '../shell/live.tsx';
import { lastText } from './filter.ts';
import { focusWhenOpen } from './focus.ts';
import s from './list.module.css';
import type { Place, Section } from './order.ts';
import { ownWait, urgency } from './target.ts';

const sections: Section[] = ['reply', 'waiting', 'wrapUp', 'ended'];
const titles = { reply: 'desk.needsReply', waiting: 'desk.waiting', wrapUp: 'desk.wrapUp', ended: 'desk.ended' } as const;

// Up to so many rows all are drawn.
const drawnWhole = 60;
const height = { heading: 35, row: 62 }; // before they are measured

type Entry = { section: Section; count: number } | { place: Place; item: Item; nth: number; of: number };

interface Props {
  items: readonly Item[];
  places: readonly Place[];
  selected: number | undefined;
  narrowed: boolean; // to those that fit a filter
  query: string; // that was typed for it
  openChat: (id: number) => void;
  scroll: RefObject<HTMLElement | null>;
  above: readonly unknown[]; // what stands above the rows: where it changes, they move
}

export function Rows({ items, places, selected, narrowed, query, openChat, scroll, above }: Props) {
  const { options } = useRouter();
  const search = options.stringifySearch(query.trim() === '' ? {} : { q: query.trim() });
  const entries = useMemo(() => entriesOf(items, places), [items, places]);
  const box = useRef<HTMLDivElement>(null);
  const known = selected !== undefined && places.some((p) => p.id === selected);
  const stop = known ? selected : places[0]?.id;
  const { shown, style, total, measure, bring, held } = useWindow(entries, stop, box, scroll, above);

  useEffect(() => {
    if (known) bring(selected);
  }, [known, selected, bring]);
  useEffect(() => {
    if (!narrowed && held.current !== undefined) bring(held.current); // among all of them again
  }, [narrowed, held, bring]);

  // rove moves the focus inside the list, which is one stop of the Tab key.
  const rove = (e: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step === undefined || e.altKey || e.ctrlKey || e.metaKey) return;
    const at = places.findIndex((p) => p.id === idOf(document.activeElement));
    const next = places[at + step];
    if (at < 0 || !next) return;
    e.preventDefault();
    bring(next.id, true);
  };
  const hold = (e: FocusEvent<HTMLElement>) => {
    held.current = e.type === 'focus' ? idOf(e.target) : undefined;
  };

  return (
    <div ref={box} className={s.rows} style={total === undefined ? undefined : { height: total }} onKeyDown={rove} onFocus={hold} onBlur={hold}>
      {sections.map((section) => {
        const part = shown.filter((i) => sectionOf(entries[i]!) === section);
        const heading = entries[part[0] ?? -1];
        if (!heading || !('count' in heading)) return null;
        return (
          <section key={section} aria-labelledby={`s-${section}`} className={s.section}>
            <Heading section={section} count={heading.count} index={part[0]!} ref={measure} style={style(part[0]!)} />
            <ul>
              {part.slice(1).map((i) => {
                const entry = entries[i]!;
                if ('count' in entry) return null;
                const { item, nth, of } = entry;
                return (
                  <li key={item.id} ref={measure} data-index={i} style={style(i)} aria-setsize={total === undefined ? undefined : of} aria-posinset={total === undefined ? undefined : nth}>
                    <Row item={item} section={section} search={search} current={item.id === selected} stop={item.id === stop} openChat={openChat} />
                  </li>
                );
              })}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function Heading({ section, count, index, ref, style }: { section: Section; count: number; index: number; ref?: Ref<HTMLHeadingElement>; style?: CSSProperties }) {
  const t = useT();
  return (
    <h2 id={`s-${section}`} ref={ref} data-index={index} style={style}>
      {t(titles[section])} <span>{count}</span>
    </h2>
  );
}

// entriesOf are the headings and rows from top to bottom.
function entriesOf(items: readonly Item[], places: readonly Place[]): Entry[] {
  const byId = new Map(items.map((i) => [i.id, i]));
  return sections.flatMap((section): Entry[] => {
    const rows = places.filter((p) => p.section === section && byId.has(p.id));
    if (rows.length === 0) return [];
    return [{ section, count: rows.length }, ...rows.map((place, i) => ({ place, item: byId.get(place.id)!, nth: i + 1, of: rows.length }))];
  });
}

const sectionOf = (e: Entry) => ('count' in e ? e.section : e.place.section);
const keyOf = (e: Entry) => ('count' in e ? e.section : e.item.id);
const idOf = (row: Element | null) => Number(row?.closest('[data-row]')?.getAttribute('data-row')) || undefined;
const find = (box: HTMLElement | null, id: number) => box?.querySelector<HTMLElement>(`[data-row="${id}"]`);

interface Window {
  shown: readonly number[]; // the entries that are drawn
  total: number | undefined; // the height of all of them; undefined where all are drawn, in the flow of the page
  style: (entry: number) => CSSProperties | undefined;
  measure: ((element: HTMLElement | null) => void) | undefined;
  bring: (id: number, focus?: boolean) => void; // into sight
  held: RefObject<number | undefined>; // the row with the focus, which stays however far one scrolls
}

function useWindow(entries: readonly Entry[], stop: number | undefined, box: RefObject<HTMLElement | null>, scroll: RefObject<HTMLElement | null>, above: readonly unknown[]): Window {
  const long = entries.length > drawnWhole;
  const held = useRef<number>(undefined);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    if (long) setTop(box.current?.offsetTop ?? 0);
  }, [long, box, ...above]);

  const virtual = useVirtualizer({
    enabled: long,
    count: entries.length,
    getScrollElement: () => scroll.current,
    estimateSize: (i) => ('count' in entries[i]! ? height.heading : height.row),
    getItemKey: (i) => keyOf(entries[i]!),
    initialRect: { width: 312, height: 900 },
    scrollMargin: top,
    scrollPaddingStart: 40,
    overscan: 6,
    rangeExtractor: (range: Range) => {
      const always = entries.flatMap((e, i) => ('count' in e || e.item.id === stop || e.item.id === held.current ? i : []));
      return [...new Set([...always, ...defaultRangeExtractor(range)])].sort((a, b) => a - b);
    },
  });

  const wanted = useRef<number>(undefined); // a row to be focused as soon as it is drawn
  useLayoutEffect(() => {
    const row = wanted.current === undefined ? null : find(box.current, wanted.current);
    if (!row) return;
    wanted.current = undefined;
    row.focus();
  });

  const latest = useRef(entries);
  latest.current = entries;
  const bring = useCallback(
    (id: number, focus = false) => {
      const row = find(box.current, id);
      if (focus && row) return row.focus();
      if (focus) wanted.current = id;
      const at = latest.current.findIndex((e) => 'item' in e && e.item.id === id);
      if (virtual.options.enabled && at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
      else row?.scrollIntoView({ block: 'nearest' });
    },
    [virtual, box],
  );

  if (!long) return { shown: entries.map((_, i) => i), total: undefined, style: () => undefined, measure: undefined, bring, held };
  const drawn = virtual.getVirtualItems();
  const tops = new Map(drawn.map((v) => [v.index, v.start - top]));
  return {
    shown: drawn.map((v) => v.index),
    total: virtual.getTotalSize(),
    style: (i) => ({ position: 'absolute', insetInline: 0, top: tops.get(i) }),
    measure: virtual.measureElement,
    bring,
    held,
  };
}

interface RowProps {
  item: Item;
  section: Section;
  search: string; // of the address
  current: boolean;
  stop: boolean;
  openChat: (id: number) => void;
}

// A row is a link of the browser's own: a router's would look at every change of the address, in every row.
const Row = memo(function Row({ item, section, search, current, stop, openChat }: RowProps) {
  const t = useT();
  const { id, chat, name, last, unread, handed } = item;
  const ours = chat.started_by === 'agent' || chat.started_by === 'api';
  const mine = last?.message.sender === 'agent';
  const text = lastText(item);
  const press = (e: MouseEvent) => {
    if (e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return; // a new window
    e.preventDefault();
    if (e.detail === 0) focusWhenOpen(id);
    openChat(id);
  };
  return (
    <a
      href={`/desk/${id}${search}`}
      className={s.row}
      data-row={id}
      data-pane-focus={stop || undefined}
      data-unread={unread > 0 || undefined}
      tabIndex={stop ? 0 : -1}
      aria-current={current ? 'true' : undefined}
      onClick={press}
    >
      <span className={s.rowFace}>
        <Avatar name={chat.end_user.name} />
        {handed ? <ArrowRightLeft aria-hidden /> : ours && <ArrowUpRight aria-hidden />}
      </span>
      <span className={s.rowText}>
        <span className={s.rowName}>
          {name}
          {handed && <span data-hidden>, {t('desk.handed')}</span>}
        </span>
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
    </a>
  );
});

// RowClock shows how long the customer has waited; its colour is the agent's, who answers for the time since they have the chat.
function RowClock({ section, since, chat }: { section: Section; since: number; chat: Item['chat'] }) {
  const t = useT();
  const now = useNow();
  const offset = useDesk()?.offset ?? 0;
  const waited = now + offset - since;
  const ends = chat.closed?.wrap_up?.until;
  if (ends) return <span className={s.clock}>{clock(Date.parse(ends) - offset - now)}</span>;
  if (section !== 'reply') return <span className={s.clock}>{age(waited)}</span>;
  const how = urgency(ownWait(chat, since, now + offset), chat.response_target);
  return (
    <span className={s.clock} data-urgency={how}>
      {how !== 'calm' && <Timer aria-hidden />}
      {waited < 3_600_000 ? clock(waited) : age(waited)}
      {how !== 'calm' && <span data-hidden>, {t(how === 'over' ? 'desk.overTarget' : 'desk.nearTarget')}</span>}
    </span>
  );
}
