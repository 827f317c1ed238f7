// The tree: one Tab stop, arrows inside; reordered by drag, by buttons and by Alt and the arrows.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, ChevronDown, ChevronRight, EyeOff, GripVertical, Plus, User, UserX } from 'lucide-react';
import { useRef, useState, type DragEvent, type KeyboardEvent } from 'react';
import { useWords } from '../../i18n/index.ts';
import { useKey } from '../../keys/useKey.ts';
import { announce } from '../../parts/announce.tsx';
import { Button, IconButton, Kbd, Segmented, Tag } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { notice } from '../../parts/toast.tsx';
import { listNumbers, numbersKey } from '../numbers/api.ts';
import { useFilters } from '../parts/filters.ts';
import { Filter } from '../parts/index.tsx';
import { useGo, useSession } from '../place.ts';
import { moveQueue, orderQueues, queuesKey, type Channel, type Queue } from './api.ts';
import s from './queues.module.css';
import { NewRow } from './NewRow.tsx';
import { dropped, filtered, flat, lineOf, siblings, stepped, treeOf, type Node, type Slot } from './tree.ts';
import { words } from './words.ts';

interface Props {
  all: readonly Queue[];
  channel: Channel;
  open: Queue | undefined;
  locked: boolean;
  onAdd: () => void;
}

export function Tree({ all, channel, open, locked, onAdd }: Props) {
  const say = useWords(words);
  const go = useGo();
  const cache = useQueryClient();
  const session = useSession();
  const numbers = useQuery({ queryKey: numbersKey, queryFn: listNumbers, enabled: session.user.roles.some((r) => r !== 'agent') });
  const filters = useFilters('q');
  const query = filters.value.q;
  const kept = query ? { q: query } : {};
  const [at, setAt] = useState<number>();
  const [dragged, setDragged] = useState<number>();
  const [over, setOver] = useState<number>();
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [slot, setSlot] = useState<Slot>();
  const [back, setBack] = useState<() => Promise<void>>(); // undoes the last move
  const list = useRef<HTMLUListElement>(null);

  const nodes = flat(filtered(treeOf(all, channel), query), query ? undefined : folded);
  const current = nodes.find((n) => n.queue.id === at) ?? nodes.find((n) => n.queue.id === open?.id) ?? nodes[0];
  const idsBeside = (q: Queue) => siblings(all, q.parent_id, q.channel).map((x) => x.id);
  useKey('add', onAdd, !locked);

  const reorder = async (q: Queue, ids: number[] | undefined) => {
    if (!ids) return;
    const was = idsBeside(q);
    setBack(() => () => reorder(q, was));
    const places = new Map(ids.map((id, i) => [id, i]));
    const before = cache.getQueryData<Queue[]>(queuesKey);
    cache.setQueryData<Queue[]>(queuesKey, (x) => x?.map((y) => (places.has(y.id) ? { ...y, position: places.get(y.id)! } : y)));
    announce(say('moved', { name: q.name, n: ids.indexOf(q.id) + 1, of: ids.length }));
    try {
      await orderQueues({ parent_id: q.parent_id, channel: q.parent_id === undefined ? q.channel : undefined, queue_ids: ids });
    } catch (e) {
      cache.setQueryData(queuesKey, before);
      notice(e instanceof Error ? e.message : String(e));
    }
    await cache.invalidateQueries({ queryKey: queuesKey });
    await cache.invalidateQueries({ queryKey: ['admin', 'preview'] });
  };
  const step = (by: -1 | 1) => {
    const q = current?.queue;
    if (q) void reorder(q, stepped(idsBeside(q), q.id, by));
  };
  const atEnd = (by: -1 | 1) => current !== undefined && stepped(idsBeside(current.queue), current.queue.id, by) === undefined;
  useKey('moveUp', () => step(-1), !locked);
  useKey('moveDown', () => step(1), !locked);

  // place hangs a queue elsewhere, and can be undone.
  const place = async (q: Queue, parent: number | undefined, position?: number) => {
    try {
      await moveQueue(q.id, { parent_id: parent, position });
      setBack(() => () => place({ ...q, parent_id: parent }, q.parent_id, idsBeside(q).indexOf(q.id)));
      announce(say('hung', { name: q.name, under: all.find((x) => x.id === parent)?.name ?? say('add.top') }));
    } catch (e) {
      notice(e instanceof Error ? e.message : String(e));
    }
    await cache.invalidateQueries({ queryKey: queuesKey });
    await cache.invalidateQueries({ queryKey: ['admin', 'preview'] });
    focus(q.id);
  };
  const nest = () => {
    const q = current?.queue;
    const above = q && idsBeside(q)[idsBeside(q).indexOf(q.id) - 1];
    if (q && above !== undefined) void place(q, above);
  };
  const unnest = () => {
    const q = current?.queue;
    const parent = all.find((x) => x.id === q?.parent_id);
    if (q && parent) void place(q, parent.parent_id, idsBeside(parent).indexOf(parent.id) + 1);
  };
  useKey('nest', nest, !locked);
  useKey('unnest', unnest, !locked);
  useKey('undo', () => (setBack(undefined), void back?.()), !locked && back !== undefined);

  const drop = async (onto: Queue) => {
    const q = all.find((x) => x.id === dragged);
    setDragged(undefined);
    setOver(undefined);
    if (!q || q.id === onto.id) return;
    if (q.parent_id === onto.parent_id) return reorder(q, dropped(idsBeside(q), q.id, onto.id));
    return place(q, onto.parent_id, idsBeside(onto).indexOf(onto.id));
  };
  const fold = (id: number, on: boolean) => setFolded((f) => new Set(on ? [...f, id] : [...f].filter((x) => x !== id)));

  const focus = (id: number) => {
    setAt(id);
    list.current?.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus();
  };
  const walk = (e: KeyboardEvent) => {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const i = current ? nodes.indexOf(current) : -1;
    const parent = nodes.find((n) => n.queue.id === current?.queue.parent_id);
    const isFolded = current !== undefined && folded.has(current.queue.id);
    const to = { ArrowDown: nodes[i + 1], ArrowUp: nodes[i - 1], Home: nodes[0], End: nodes.at(-1), ArrowLeft: current?.children.length && !isFolded ? undefined : parent, ArrowRight: isFolded ? undefined : current?.children[0] }[e.key];
    if (to) {
      e.preventDefault();
      return focus(to.queue.id);
    }
    if (!current || !['Enter', ' ', 'ArrowRight', 'ArrowLeft'].includes(e.key)) return;
    e.preventDefault();
    const { id, parent_id } = current.queue;
    if (e.key === 'ArrowLeft') return fold(id, current.children.length > 0);
    if (e.key === 'ArrowRight' && isFolded) return fold(id, false);
    // Enter opens; Enter on the open one adds a queue below it.
    if (e.key === 'Enter' && id === open?.id && !locked) return setSlot({ parent: parent_id, after: id });
    go(`queues/${id}`, kept);
  };
  const line = slot && lineOf(all, nodes, slot);

  const loose = numbers.data?.filter((n) => n.capabilities.includes('inbound') && !n.queue_id) ?? [];
  const leading = (q: Queue) => numbers.data?.filter((n) => n.queue_id === q.id).map((n) => tel(n.address)) ?? [];

  return (
    <div className={s.pane} data-pane>
      <header className={s.paneHead}>
        <h1>{say('title')}</h1>
        <Segmented label={say('channel')} value={channel} options={(['sms', 'ivr'] as const).map((value) => ({ value, label: say(`channel.${value}`) }))} onChange={(c) => go('queues', c === 'sms' ? {} : { channel: c })} />
        {!locked && (
          <Button onClick={onAdd} className={s.add} size="form">
            <Plus aria-hidden />
            {say('add')}
          </Button>
        )}
      </header>
      <div className={s.paneFilter}>
        <Filter label={say('filter')} value={query} onChange={(v) => filters.set('q', v)} />
      </div>
      <div className={s.treeScroll}>
        <ul className={s.tree} role="tree" aria-label={say('tree')} ref={list} onKeyDown={walk}>
          {(slot ? [...nodes.slice(0, line), undefined, ...nodes.slice(line)] : nodes).map((n) => n === undefined ? (
            <NewRow key="new" all={all} channel={channel} slot={slot!} depth={slot!.parent === undefined ? 0 : (nodes.find((x) => x.queue.id === slot!.parent)?.depth ?? 0) + 1} onSlot={setSlot} onClose={(id) => (setSlot(undefined), id !== undefined && focus(id))} />
          ) : (
            <Item
              key={n.queue.id}
              node={n}
              folded={n.children.length > 0 ? folded.has(n.queue.id) : undefined}
              onFold={(on) => fold(n.queue.id, on)}
              numbers={leading(n.queue)}
              open={n.queue.id === open?.id}
              tab={n === current}
              over={n.queue.id === over}
              drag={
                locked
                  ? undefined
                  : {
                      start: () => setDragged(n.queue.id),
                      over: (e) => {
                        e.preventDefault();
                        setOver(n.queue.id);
                      },
                      drop: () => void drop(n.queue),
                      end: () => (setDragged(undefined), setOver(undefined)),
                    }
              }
              onOpen={() => {
                setAt(n.queue.id);
                go(`queues/${n.queue.id}`, kept);
              }}
            />
          ))}
        </ul>
        {channel === 'sms' && loose.length > 0 && (
          <section className={s.loose} aria-label={say('unassigned')}>
            <h2>
              {say('unassigned')} <Tag tone="warn">{say('unassigned.n', { n: loose.length })}</Tag>
            </h2>
            {loose.map((n) => (
              <div key={n.id}>
                <p>{say('unassigned.text', { number: tel(n.address) })}</p>
                <Button look="link" className={s.assign} onClick={() => go(`numbers/${n.id}`)}>
                  {say('unassigned.act', { number: tel(n.address) })}
                </Button>
              </div>
            ))}
          </section>
        )}
      </div>
      {!locked && current && (
        <footer className={s.treeFoot}>
          <IconButton icon={ArrowUp} keyId="moveUp" label={say('up', { name: current.queue.name })} aria-disabled={atEnd(-1)} onClick={() => step(-1)} />
          <IconButton icon={ArrowDown} keyId="moveDown" label={say('down', { name: current.queue.name })} aria-disabled={atEnd(1)} onClick={() => step(1)} />
          <span>{say('reorder')}</span>
          <Kbd id="nest" />
          <span>{say('nest')}</span>
        </footer>
      )}
    </div>
  );
}

interface ItemProps {
  node: Node;
  folded: boolean | undefined; // undefined: there is nothing to fold
  onFold: (on: boolean) => void;
  numbers: string[];
  open: boolean;
  tab: boolean;
  over: boolean;
  drag: { start: () => void; over: (e: DragEvent) => void; drop: () => void; end: () => void } | undefined;
  onOpen: () => void;
}

function Item({ node, folded, onFold, numbers, open, tab, over, drag, onOpen }: ItemProps) {
  const say = useWords(words);
  const { queue, depth, key } = node;
  const unserved = queue.leaf && !queue.hidden && queue.agents === 0;
  return (
    <li
      role="treeitem"
      aria-level={depth + 1}
      aria-expanded={folded === undefined ? undefined : !folded}
      aria-selected={open}
      tabIndex={tab ? 0 : -1}
      data-id={queue.id}
      data-over={over || undefined}
      data-top={depth === 0 || undefined}
      className={s.item}
      style={{ paddingLeft: depth === 0 ? 10 : 26 + (depth - 1) * 20 }}
      draggable={drag !== undefined}
      onDragStart={drag?.start}
      onDragOver={drag?.over}
      onDrop={drag?.drop}
      onDragEnd={drag?.end}
      onClick={onOpen}
    >
      {drag && <GripVertical aria-hidden className={s.grip} />}
      {depth > 0 && folded !== undefined && (
        <span
          className={s.fold}
          aria-hidden
          onClick={(e) => {
            e.stopPropagation();
            onFold(!folded);
          }}
        >
          {folded ? <ChevronRight /> : <ChevronDown />}
        </span>
      )}
      {depth > 0 && <span className={s.key}>{key ?? '–'}</span>}
      <span className={s.itemName}>
        {queue.name}
        {numbers.length > 0 && <small>{numbers.join(', ')}</small>}
      </span>
      {queue.hidden && (
        <>
          <EyeOff aria-hidden />
          <span data-hidden>{say('hidden')}</span>
        </>
      )}
      {queue.leaf && (
        <span className={s.count} data-tone={unserved ? 'warn' : undefined}>
          {unserved ? <UserX aria-hidden /> : <User aria-hidden />}
          <span aria-hidden>{queue.agents}</span>
          <span data-hidden>{unserved ? say('nobody') : say('agents', { n: queue.agents })}</span>
        </span>
      )}
    </li>
  );
}
