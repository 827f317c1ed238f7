import { Link, useNavigate } from '@tanstack/react-router';
import { Columns3, Download, EllipsisVertical, Search } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { useWords, type Say } from '../i18n/index.ts';
import { aria } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { clock } from '../parts/clock.ts';
import { Button, Kbd, partStyles, Segmented, Tag } from '../parts/index.tsx';
import { Menu, MenuCheck, MenuItem } from '../parts/menu.tsx';
import { tel } from '../parts/tel.ts';
import { found, lasted, reply, sorted, waited, type BoardChat, type Section, type SortKey } from './board.ts';
import { csvOf, download } from './csv.ts';
import { useDialogs } from './Dialogs.tsx';
import s from './monitor.module.css';
import { sortingOf, sortingText, type MonitorSearch, type Sorting } from './search.ts';
import { BoardTable, type BoardColumn } from './Table.tsx';
import { useStill } from './useStill.ts';
import { useTyped } from '../parts/typed.ts';
import { words } from './words.ts';

const page = 100;
const sections: readonly Section[] = ['ongoing', 'future', 'previous'];
const first: Record<Section, Sorting> = { ongoing: { by: 'reply', down: true }, future: { by: 'waited', down: true }, previous: { by: 'id', down: true } };

interface Props {
  chats: readonly BoardChat[] | undefined;
  section: Section;
  find: string | undefined;
  order: string | undefined;
  look: (change: Partial<MonitorSearch>) => void;
  now: number;
  open: number | undefined;
  partial: boolean;
  queues: number;
  filter: string; // what the whole page is narrowed to
  clear: () => void;
}

const sortable: readonly SortKey[] = ['customer', 'id', 'queue', 'agent', 'waited', 'length', 'reply'];

const hiddenKey = 'sidetone.monitor.hidden';

function hiddenBefore(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(hiddenKey) ?? '[]');
    return Array.isArray(kept) ? kept.filter((v) => typeof v === 'string') : [];
  } catch {
    return [];
  }
}

export function ChatsTable({ chats, section, find, order, look, now, open, partial, queues, filter, clear }: Props) {
  const say = useWords(words);
  const navigate = useNavigate();
  const [query, setQuery] = useTyped(find ?? '', (v) => look({ find: v || undefined }));
  const [shown, setShown] = useState(page);
  const [hidden, setHidden] = useState(hiddenBefore);
  const box = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const sort = sortingOf(order, sortable, first[section]);
  const counts = useMemo(() => {
    const n: Record<Section, number> = { ongoing: 0, future: 0, previous: 0 };
    for (const c of chats ?? []) n[c.section]++;
    return n;
  }, [chats]);
  const wanted = sorted((chats ?? []).filter((c) => c.section === section && found(c, query)), sort.by as SortKey, sort.down, now);
  const still = useStill(wanted, (c) => c.chat_id, [section, sort.by, sort.down, query].join());
  const rows = chats && still.rows;
  const go = (step: number) => {
    const links = [...(box.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const at = links.findIndex((l) => l === document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + step))]?.focus();
  };
  useKey('monNext', () => go(1));
  useKey('monPrevious', () => go(-1));
  useKey('monFilter', () => search.current?.focus());
  const show = (c: BoardChat) => void navigate({ to: '/monitor/chats/$chat', params: { chat: c.chat_id }, search: (was) => was });

  const every: BoardColumn<BoardChat>[] = [
    {
      id: 'customer',
      head: say('col.customer'),
      sort: true,
      text: (c) => c.end_user.name || tel(c.end_user.number),
      cell: (c) => (
        <Link to="/monitor/chats/$chat" params={{ chat: c.chat_id }} search={(was) => was} className={s.rowLink} data-row>
          {c.end_user.name || tel(c.end_user.number)}
        </Link>
      ),
    },
    { id: 'id', head: say('col.id'), sort: true, cell: (c) => <span className={s.id}>{c.chat_id}</span>, text: (c) => String(c.chat_id) },
    { id: 'queue', head: say('col.queue'), sort: true, cell: (c) => c.queue?.path ?? '–' },
    { id: 'type', head: say('col.type'), cell: (c) => c.type },
    { id: 'agent', head: say('col.agent'), sort: true, cell: (c) => c.agent?.name ?? '–' },
    { id: 'start', head: say('col.start'), cell: (c) => (c.start_type ? say(`start.${c.start_type}`) : '–') },
    { id: 'state', head: say('col.state'), cell: (c) => <ChatState chat={c} />, text: (c) => stateOf(c, say).text },
    { id: 'waited', head: say('col.waited'), end: true, sort: true, cell: (c) => clockOr(waited(c, now)) },
    { id: 'length', head: say('col.length'), end: true, sort: true, cell: (c) => clock(lasted(c, now)) },
    { id: 'last', head: say('col.last'), cell: (c) => <span className={s.preview}>{c.preview}</span>, text: (c) => c.preview ?? '' },
    {
      id: 'reply',
      head: say('col.reply'),
      end: true,
      sort: true,
      cell: (c) => {
        const r = reply(c, now);
        return <span data-tone={r?.tone}>{r ? clock(r.owed) : '–'}</span>;
      },
      text: (c) => clockOr(reply(c, now)?.owed),
    },
    { id: 'act', head: say('col.actions'), hideHead: true, end: true, cell: (c) => <RowMenu chat={c} show={() => show(c)} /> },
  ];
  const columns = every.filter((c) => !hidden.includes(c.id));
  const choose = (id: string) => {
    const next = hidden.includes(id) ? hidden.filter((h) => h !== id) : [...hidden, id];
    localStorage.setItem(hiddenKey, JSON.stringify(next));
    setHidden(next);
  };
  const save = () => {
    const written = columns.filter((c) => c.id !== 'act');
    const text = (c: BoardColumn<BoardChat>, row: BoardChat) => c.text?.(row) ?? String(c.cell(row) ?? '');
    download(`chats-${section}.csv`, csvOf([written.map((c) => c.head), ...(rows ?? []).map((row) => written.map((c) => text(c, row)))]));
  };

  return (
    <div ref={box} {...still.over}>
      <BoardTable
        title={say('chats')}
        heading={<Segmented label={say('chats')} value={section} onChange={(v) => look({ section: v, sort: undefined })} options={sections.map((v) => ({ value: v, label: chats ? `${say(`tab.${v}`)} ${counts[v]}` : say(`tab.${v}`) }))} />}
        aside={
          <div className={s.tools}>
            {still.moved > 0 && (
              <button type="button" className={s.moved} title={say('moved.held')} onClick={still.release}>
                {say('moved', { n: still.moved })}
              </button>
            )}
            <label className={s.search}>
              <Search aria-hidden />
              <input ref={search} type="search" aria-label={say('search')} aria-keyshortcuts={aria('monFilter')} placeholder={say('search')} value={query} onChange={(e) => setQuery(e.target.value)} />
              <Kbd id="monFilter" />
            </label>
            <Menu
              button={
                <button type="button" className={partStyles.button}>
                  <Columns3 aria-hidden />
                  {say('columns')}
                </button>
              }
            >
              {every
                .filter((c) => c.id !== 'customer' && c.id !== 'act')
                .map((c) => (
                  <MenuCheck key={c.id} checked={!hidden.includes(c.id)} onChange={() => choose(c.id)}>
                    {c.head}
                  </MenuCheck>
                ))}
            </Menu>
            {rows && rows.length > 0 && (
              <Button onClick={save}>
                <Download aria-hidden />
                {say('csv')}
              </Button>
            )}
          </div>
        }
        rows={rows?.slice(0, shown)}
        rowKey={(c) => c.chat_id}
        columns={columns}
        empty={
          query || filter ? (
            <>
              <p>{say('none.match', { filter: [query && `“${query}”`, filter].filter(Boolean).join(', ') })}</p>
              <Button
                onClick={() => {
                  setQuery('');
                  clear();
                }}
              >
                {say('none.clear')}
              </Button>
            </>
          ) : section !== 'previous' && counts.ongoing + counts.future === 0 ? (
            say('none.quiet', { n: queues })
          ) : (
            say(`none.${section}`)
          )
        }
        sorting={sort}
        onSort={(next) => look({ sort: sortingText(next) })}
        current={(c) => c.chat_id === open}
        open={show}
        more={
          <>
            {rows && rows.length > shown && (
              <Button look="quiet" onClick={() => setShown(shown + page)}>
                {say('more', { n: Math.min(page, rows.length - shown) })}
              </Button>
            )}
            {partial && <p className={s.none}>{say('partial')}</p>}
          </>
        }
      />
    </div>
  );
}

const clockOr = (ms: number | undefined) => (ms === undefined ? '–' : clock(ms));

// stateOf is a chat's state in a word, with a tone where it is more than its status.
function stateOf(c: BoardChat, say: Say<typeof words>): { text: string; tone?: 'acc' | 'warn' } {
  if (c.ringing?.length) return { text: say('state.ringing', { names: c.ringing.join(', ') }), tone: 'acc' };
  if (c.transfer) return { text: say('state.transfer', { name: c.transfer.to.name }), tone: 'acc' };
  if (c.flag && c.section !== 'previous') return { text: say('state.flag'), tone: 'warn' };
  const key = `status.${c.status}` as keyof typeof words;
  return { text: key in words ? say(key) : c.status };
}

function ChatState({ chat }: { chat: BoardChat }) {
  const { text, tone } = stateOf(chat, useWords(words));
  return tone ? <Tag tone={tone}>{text}</Tag> : text;
}

function RowMenu({ chat, show }: { chat: BoardChat; show: () => void }) {
  const say = useWords(words);
  const ask = useDialogs((d) => d.ask);
  const name = chat.end_user.name || tel(chat.end_user.number);
  const held = chat.status === 'assigned';
  return (
    <Menu
      button={
        <button type="button" className={s.rowMenu} aria-label={say('act.menu', { name })}>
          <EllipsisVertical aria-hidden />
        </button>
      }
    >
      <MenuItem onClick={show}>{say('act.open')}</MenuItem>
      {held && <MenuItem onClick={() => ask('take', chat)}>{say('act.takeOver')}</MenuItem>}
      {held && <MenuItem onClick={() => ask('transfer', chat)}>{say('act.transfer')}</MenuItem>}
      {chat.section !== 'previous' && <MenuItem onClick={() => ask('end', chat)}>{say('act.end')}</MenuItem>}
    </Menu>
  );
}
