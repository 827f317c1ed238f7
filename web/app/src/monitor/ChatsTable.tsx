import { Menu } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { EllipsisVertical, Search } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { useWords } from '../i18n/index.ts';
import { aria } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { clock } from '../parts/clock.ts';
import { Button, Kbd, Segmented, Tag } from '../parts/index.tsx';
import { tel } from '../parts/tel.ts';
import { found, lasted, reply, sorted, waited, type BoardChat, type Section, type SortKey } from './board.ts';
import { useDialogs } from './Dialogs.tsx';
import s from './monitor.module.css';
import { BoardTable, type BoardColumn, type Sorting } from './Table.tsx';
import { words } from './words.ts';

const page = 100;
const sections: readonly Section[] = ['ongoing', 'future', 'previous'];
const first: Record<Section, Sorting> = { ongoing: { by: 'reply', down: true }, future: { by: 'waited', down: true }, previous: { by: 'id', down: true } };

interface Props {
  chats: readonly BoardChat[] | undefined;
  section: Section;
  onSection: (section: Section) => void;
  now: number;
  open: number | undefined;
  partial: boolean;
}

export function ChatsTable({ chats, section, onSection, now, open, partial }: Props) {
  const say = useWords(words);
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  const [sorting, setSorting] = useState<Partial<Record<Section, Sorting>>>({});
  const [shown, setShown] = useState(page);
  const box = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const sort = sorting[section] ?? first[section];
  const counts = useMemo(() => {
    const n: Record<Section, number> = { ongoing: 0, future: 0, previous: 0 };
    for (const c of chats ?? []) n[c.section]++;
    return n;
  }, [chats]);
  const rows = chats && sorted(chats.filter((c) => c.section === section && found(c, query)), sort.by as SortKey, sort.down, now);
  const go = (step: number) => {
    const links = [...(box.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const at = links.findIndex((l) => l === document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + step))]?.focus();
  };
  useKey('monNext', () => go(1));
  useKey('monPrevious', () => go(-1));
  useKey('monFilter', () => search.current?.focus());
  const show = (c: BoardChat) => void navigate({ to: '/monitor/chats/$chat', params: { chat: c.chat_id }, search: (was) => was });

  const columns: BoardColumn<BoardChat>[] = [
    {
      id: 'customer',
      head: say('col.customer'),
      sort: true,
      cell: (c) => (
        <Link to="/monitor/chats/$chat" params={{ chat: c.chat_id }} search={(was) => was} className={s.rowLink} data-row>
          {c.end_user.name || tel(c.end_user.number)}
        </Link>
      ),
    },
    { id: 'id', head: say('col.id'), sort: true, cell: (c) => <span className={s.id}>{c.chat_id}</span> },
    { id: 'queue', head: say('col.queue'), sort: true, cell: (c) => c.queue?.path ?? '–' },
    { id: 'type', head: say('col.type'), cell: (c) => c.type },
    { id: 'agent', head: say('col.agent'), sort: true, cell: (c) => c.agent?.name ?? '–' },
    { id: 'start', head: say('col.start'), cell: (c) => (c.start_type ? say(`start.${c.start_type}`) : '–') },
    { id: 'state', head: say('col.state'), cell: (c) => <ChatState chat={c} /> },
    { id: 'waited', head: say('col.waited'), end: true, sort: true, cell: (c) => clockOr(waited(c, now)) },
    { id: 'length', head: say('col.length'), end: true, sort: true, cell: (c) => clock(lasted(c, now)) },
    { id: 'last', head: say('col.last'), cell: (c) => <span className={s.preview}>{c.preview}</span> },
    {
      id: 'reply',
      head: say('col.reply'),
      end: true,
      sort: true,
      cell: (c) => {
        const r = reply(c, now);
        return <span data-tone={r?.tone}>{r ? clock(r.owed) : '–'}</span>;
      },
    },
    { id: 'act', head: say('col.actions'), hideHead: true, end: true, cell: (c) => <RowMenu chat={c} show={() => show(c)} /> },
  ];

  return (
    <div ref={box}>
      <BoardTable
        title={say('chats')}
        heading={<Segmented label={say('chats')} value={section} onChange={onSection} options={sections.map((v) => ({ value: v, label: `${say(`tab.${v}`)} ${counts[v]}` }))} />}
        aside={
          <label className={s.search}>
            <Search aria-hidden />
            <input ref={search} type="search" aria-label={say('search')} aria-keyshortcuts={aria('monFilter')} placeholder={say('search')} value={query} onChange={(e) => setQuery(e.target.value)} />
            <Kbd id="monFilter" />
          </label>
        }
        rows={rows?.slice(0, shown)}
        rowKey={(c) => c.chat_id}
        columns={columns}
        empty={query ? say('none.match') : say(`none.${section}`)}
        sorting={sort}
        onSort={(next) => setSorting({ ...sorting, [section]: next })}
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

export function ChatState({ chat: c }: { chat: BoardChat }) {
  const say = useWords(words);
  if (c.ringing?.length) return <Tag tone="acc">{say('state.ringing', { names: c.ringing.join(', ') })}</Tag>;
  if (c.transfer) return <Tag tone="acc">{say('state.transfer', { name: c.transfer.to.name })}</Tag>;
  if (c.flag && c.section !== 'previous') return <Tag tone="warn">{say('state.flag')}</Tag>;
  const key = `status.${c.status}` as keyof typeof words;
  return <>{key in words ? say(key) : c.status}</>;
}

function RowMenu({ chat, show }: { chat: BoardChat; show: () => void }) {
  const say = useWords(words);
  const ask = useDialogs((d) => d.ask);
  const name = chat.end_user.name || tel(chat.end_user.number);
  const held = chat.status === 'assigned';
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <button type="button" className={s.rowMenu} aria-label={say('act.menu', { name })}>
          <EllipsisVertical aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={show}>{say('act.open')}</Menu.Item>
        <Menu.Item disabled={!held} onClick={() => ask('take', chat)}>
          {say('act.takeOver')}
        </Menu.Item>
        <Menu.Item disabled={!held} onClick={() => ask('transfer', chat)}>
          {say('act.transfer')}
        </Menu.Item>
        <Menu.Item disabled={chat.section === 'previous'} onClick={() => ask('end', chat)}>
          {say('act.end')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
