import { useWords } from '../i18n/index.ts';
import { clock } from '../parts/clock.ts';
import { toneOfWait, type BoardQueue } from './board.ts';
import s from './monitor.module.css';
import { BoardTable, type BoardColumn } from './Table.tsx';
import { words } from './words.ts';

export function QueuesTable({ queues, now, wide }: { queues: readonly BoardQueue[] | undefined; now: number; wide?: boolean }) {
  const say = useWords(words);
  const wait = (q: BoardQueue) => (q.oldest_at ? Math.max(0, now - Date.parse(q.oldest_at)) : undefined);
  const columns: BoardColumn<BoardQueue>[] = [
    { id: 'queue', head: say('col.queue'), cell: (q) => <strong>{q.queue.path}</strong> },
    { id: 'waiting', head: say('col.waiting'), end: true, cell: (q) => <span data-none={q.waiting === 0 || undefined}>{q.waiting}</span> },
    {
      id: 'longest',
      head: say('col.longest'),
      end: true,
      cell: (q) => {
        const ms = wait(q);
        const tone = ms === undefined ? undefined : toneOfWait(ms, q.wait_target);
        return (
          <span className={s.wait} data-tone={tone}>
            <i aria-hidden>
              <b style={{ width: `${ms && q.wait_target ? Math.min(100, (100 * ms) / (q.wait_target * 1000)) : 0}%` }} />
            </i>
            <span>{ms === undefined ? '–' : clock(ms)}</span>
          </span>
        );
      },
    },
    { id: 'estimate', head: say('col.estimate'), end: true, cell: (q) => (q.estimated_wait === undefined ? '–' : clock(q.estimated_wait * 1000)) },
    { id: 'progress', head: say('col.progress'), end: true, cell: (q) => q.ongoing.inbound + q.ongoing.outbound + q.ongoing.api },
    { id: 'types', head: say('col.types'), cell: (q) => <Types queue={q} /> },
    {
      id: 'level',
      head: say('col.level'),
      end: true,
      cell: (q) => {
        if (q.today.answered === 0) return '–';
        const level = Math.round((100 * q.today.in_target) / q.today.answered);
        return <span data-tone={level < 80 ? 'bad' : undefined}>{level}%</span>;
      },
    },
    {
      id: 'free',
      head: say('col.free'),
      end: true,
      cell: (q) => (
        <span className={s.free} data-tone={q.waiting > 0 && q.free === 0 ? 'bad' : undefined}>
          {say('freeOf', { n: q.available, all: q.agents })}
        </span>
      ),
    },
  ];
  return <BoardTable title={say('queues')} rows={queues} rowKey={(q) => q.queue.id} columns={columns} empty={say('none.queues')} className={s.queues} wide={wide} aside={<Legend />} />;
}

function Types({ queue }: { queue: BoardQueue }) {
  const say = useWords(words);
  const { inbound, outbound, api } = queue.ongoing;
  return (
    <span className={s.types} role="img" aria-label={say('types', { in: inbound, out: outbound, api })}>
      {[inbound, outbound, api].map((n, i) => (n > 0 ? <i key={i} data-kind={i} style={{ flexGrow: n }} /> : null))}
    </span>
  );
}

function Legend() {
  const say = useWords(words);
  return (
    <span className={s.legend} aria-hidden>
      {(['inbound', 'outbound', 'api'] as const).map((kind, i) => (
        <span key={kind}>
          <i data-kind={i} />
          {say(`type.${kind}`)}
        </span>
      ))}
    </span>
  );
}
