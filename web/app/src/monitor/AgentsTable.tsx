import { useT, useWords } from '../i18n/index.ts';
import { clock } from '../parts/clock.ts';
import { Avatar, Dot, Segmented, type Tone } from '../parts/index.tsx';
import { statusWord } from './status.ts';
import { wrapsUp, type BoardAgent } from './board.ts';
import s from './monitor.module.css';
import { sortingOf, sortingText } from './search.ts';
import { BoardTable, type BoardColumn } from './Table.tsx';
import { words } from './words.ts';

const order = ['available', 'wrap_up', 'missed_chat', 'unresponsive'];

function rank(a: BoardAgent): number {
  if (!a.connected) return 9;
  const at = order.indexOf(a.status);
  return at < 0 ? 5 : at;
}

interface Props {
  agents: readonly BoardAgent[] | undefined;
  now: number;
  order: string | undefined;
  lateOnly: boolean | undefined;
  look: (change: { agents?: string; late?: boolean }) => void;
}

export function AgentsTable({ agents, now, order: chosen, lateOnly, look }: Props) {
  const say = useWords(words);
  const t = useT();
  const sort = sortingOf(chosen, ['name', 'state', 'for', 'load'], { by: 'state', down: false });
  const only = lateOnly ? 'late' : 'all';
  const late = (a: BoardAgent) => a.chats.filter((c) => c.response_due_at && Date.parse(c.response_due_at) < now).length;
  const full = (a: BoardAgent) => a.connected && a.status === 'available' && a.chats.length + a.offered + (a.wrapping ?? 0) >= a.limit;
  const rows = agents?.filter((a) => only === 'all' || late(a) > 0).sort((a, b) => {
    const sign = sort.down ? -1 : 1;
    const by = { name: 0, state: rank(a) - rank(b), for: Date.parse(a.since) - Date.parse(b.since), load: a.chats.length - b.chats.length }[sort.by as 'name'] ?? 0;
    return sign * (by || a.user.name.localeCompare(b.user.name));
  });
  const columns: BoardColumn<BoardAgent>[] = [
    {
      id: 'name',
      head: say('col.agent'),
      sort: true,
      cell: (a) => (
        <span className={s.person}>
          <Avatar name={a.user.name} size="s" />
          <strong>{a.user.name}</strong>
        </span>
      ),
    },
    {
      id: 'state',
      head: say('col.state'),
      sort: true,
      cell: (a) => (
        <span className={s.status}>
          {a.connected && a.status !== 'break' && a.status !== 'meal' ? <Dot tone={wrapsUp(a) ? 'acc' : tone(a, full(a))} /> : <i className={s.hollow} aria-hidden />}
          {!a.connected ? say('away') : wrapsUp(a) ? say('wrapping') : full(a) ? say('full') : statusWord(t, a.status)}
        </span>
      ),
    },
    { id: 'for', head: say('col.for'), end: true, sort: true, cell: (a) => clock(now - Date.parse(a.since)) },
    { id: 'channels', head: say('col.channels'), cell: (a) => a.channels.map(() => say('sms')).join(', ') },
    { id: 'load', head: say('col.load'), end: true, sort: true, cell: (a) => <Load agent={a} late={late(a)} /> },
  ];
  const filter = <Segmented label={say('agents')} value={only} onChange={(v) => look({ late: v === 'late' || undefined })} options={(['all', 'late'] as const).map((v) => ({ value: v, label: say(`agents.${v}`) }))} />;
  return <BoardTable title={say('agents')} aside={filter} rows={rows} rowKey={(a) => a.user.id} columns={columns} empty={say(only === 'late' ? 'none.late' : 'none.agents')} className={s.agents} sorting={sort} onSort={(next) => look({ agents: sortingText(next) })} />;
}

function tone(a: BoardAgent, full: boolean): Tone | undefined {
  if (!a.connected) return undefined;
  if (a.status === 'available') return full ? 'warn' : 'ok';
  if (a.status === 'wrap_up') return 'acc';
  return a.status === 'missed_chat' || a.status === 'unresponsive' ? 'bad' : undefined;
}

function Load({ agent, late }: { agent: BoardAgent; late: number }) {
  const say = useWords(words);
  const { limit } = agent;
  const held = agent.chats.length;
  const wrap = agent.wrapping ?? 0;
  return (
    <span className={s.load} role="img" aria-label={wrap > 0 ? say('loadWrap', { n: held, all: limit, wrap }) : late > 0 ? say('loadLate', { n: held, all: limit, late }) : say('load', { n: held, all: limit })}>
      {Array.from({ length: Math.min(Math.max(limit, held + wrap), 12) }, (_, i) => (
        <i key={i} data-tone={i < late ? 'bad' : i < held ? 'held' : i < held + wrap ? 'wrap' : undefined} />
      ))}
    </span>
  );
}
