// The live monitor (spec 5.2; spec 6, 4.3): six figures, the worst alert, queues, agents, chats; a chat beside them.
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { CircleAlert, Expand, History as HistoryIcon, Pause, Play, TriangleAlert, UserRoundPlus } from 'lucide-react';
import { useMemo } from 'react';
import { useWords } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { age, clock, useNow, useTimes } from '../parts/clock.ts';
import { Button, partStyles, Segmented, Select, Skeleton } from '../parts/index.tsx';
import { AgentsTable } from './AgentsTable.tsx';
import { figures, worst, type BoardQueue } from './board.ts';
import { ChatPanel } from './ChatPanel.tsx';
import { ChatsTable } from './ChatsTable.tsx';
import { Figures } from './Figures.tsx';
import { fill } from './full.ts';
import { lastHour, lastHourOf } from './hour.ts';
import s from './monitor.module.css';
import { QueuesTable } from './QueuesTable.tsx';
import { monitorSearch } from './search.ts';
import { useShown, useTold, useWatching } from './useBoards.ts';
import { words } from './words.ts';

export function Monitor() {
  useWatching();
  const say = useWords(words);
  const navigate = useNavigate();
  const { tab, section, queue, team, find, sort, late, agents: order } = monitorSearch(useSearch({ from: '/shell/monitor' }));
  const open = useParams({ strict: false, select: (p) => ('chat' in p ? Number(p.chat) : undefined) });
  const shown = useShown();
  const clockNow = useNow();
  const now = shown.paused || shown.away ? Math.max(shown.at, 1) : clockNow;
  const { boards } = shown;

  const queues = useMemo(() => [...(boards.queues?.values() ?? [])], [boards.queues]);
  const agents = useMemo(() => [...(boards.agents?.values() ?? [])], [boards.agents]);
  const chats = useMemo(() => [...(boards.chats?.values() ?? [])], [boards.chats]);
  const these = queue ? queues.filter((q) => q.queue.id === queue) : queues;
  const them = agents.filter((a) => (!queue || a.queues.includes(queue)) && (!team || a.teams.includes(team)));
  const those = useMemo(() => {
    const mates = team && new Set(agents.filter((a) => a.teams.includes(team)).map((a) => a.user.id));
    return chats.filter((c) => (!queue || c.queue?.id === queue) && (!mates || (c.agent !== null && mates.has(c.agent.id))));
  }, [chats, agents, queue, team]);
  const teams = useMemo(() => [...new Set(agents.flatMap((a) => a.teams))].sort((a, b) => a.localeCompare(b)), [agents]);
  const minute = Math.floor(now / 15_000) * 15_000; // the small charts need not tick
  const hour = useMemo(() => {
    if (boards.partial) return undefined;
    const targets = new Map(queues.map((q) => [q.queue.id, q.wait_target]));
    return lastHour(those, minute, (q) => (q === undefined ? undefined : targets.get(q)));
  }, [those, queues, minute, boards.partial]);
  const told = useTold();
  const numbers = figures(these, them, now);
  const available = told && lastHourOf(them, boards.taken, told, chats, minute, numbers.available);

  const look = (change: Record<string, unknown>) => void navigate({ to: '.', search: (was) => ({ ...was, ...change }), replace: true });
  useKey('monPause', () => shown.pause(!shown.paused));
  useKey('monWall', () => {
    fill();
    void navigate({ to: '/monitor/wall' });
  });

  return (
    <div className={s.split} data-open={open !== undefined || undefined}>
      <main className={s.monitor} data-pane tabIndex={-1}>
        <header className={s.head}>
          <h1>{say('title')}</h1>
          <Select label={say('queueFilter')} value={String(queue ?? '')} onChange={(v) => look({ queue: v ? Number(v) : undefined })} options={[{ value: '', label: say('allQueues') }, ...queues.map((q) => ({ value: String(q.queue.id), label: q.queue.path }))]} />
          {(teams.length > 1 || team) && <Select label={say('teamFilter')} value={team ?? ''} onChange={(v) => look({ team: v || undefined })} options={[{ value: '', label: say('allTeams') }, ...teams.map((v) => ({ value: v, label: v }))]} />}
          <State shown={shown} now={clockNow} />
          <Button aria-pressed={shown.paused} onClick={() => shown.pause(!shown.paused)} keyId="monPause">
            {shown.paused ? <Play aria-hidden /> : <Pause aria-hidden />}
            {shown.paused ? say('go') : say('pause')}
          </Button>
          <Link className={partStyles.button} to="/history/chats">
            <HistoryIcon aria-hidden />
            {say('history')}
          </Link>
          <Link className={partStyles.button} to="/monitor/wall" onClick={(e) => !(e.ctrlKey || e.metaKey || e.shiftKey) && fill()}>
            <Expand aria-hidden />
            {say('wall')}
          </Link>
        </header>
        <div className={s.tabs}>
          <Segmented
            label={say('show')}
            value={tab}
            onChange={(v) => look({ tab: v })}
            options={(['chats', 'agents', 'queues'] as const).map((v) => ({ value: v, label: say(v) }))}
          />
        </div>
        <div className={s.scroll} data-stale={shown.away || undefined} tabIndex={0} role="region" aria-label={say('title')}>
          {boards.queues && boards.agents ? <Figures figures={numbers} hour={boards.chats && hour && { ...hour, available }} /> : <FigureSkeletons />}
          <AlertStrip queues={these} now={now} show={(q) => look({ queue: q, section: 'future', tab: 'chats' })} />
          <div className={s.boards} data-tab={tab}>
            <QueuesTable queues={boards.queues && these} now={now} />
            <AgentsTable agents={boards.agents && them} now={now} order={order} lateOnly={late} look={look} />
          </div>
          <div className={s.chats} data-tab={tab}>
            <ChatsTable chats={boards.chats && those} section={section} find={find} order={sort} look={look} now={now} open={open} partial={boards.partial} queues={these.length} filter={[queue && queues.find((q) => q.queue.id === queue)?.queue.path, team].filter(Boolean).join(', ')} clear={() => look({ queue: undefined, team: undefined })} />
          </div>
        </div>
      </main>
      {open !== undefined && <ChatPanel key={open} chat={open} />}
    </div>
  );
}

function State({ shown, now }: { shown: ReturnType<typeof useShown>; now: number }) {
  const say = useWords(words);
  if (shown.away && shown.at > 0) {
    return (
      <p className={s.state} data-tone="warn" role="status">
        <CircleAlert aria-hidden />
        {say('lost', { age: age(now - shown.at) })}
      </p>
    );
  }
  if (shown.paused) return <p className={s.state} data-tone="paused">{say('paused', { n: shown.behind })}</p>;
  return <p className={s.state}>{say('updates')}</p>;
}

function AlertStrip({ queues, now, show }: { queues: readonly BoardQueue[]; now: number; show: (queue: number) => void }) {
  const say = useWords(words);
  const { time } = useTimes();
  const alert = worst(queues, now);
  if (!alert) return null;
  const { queue, wait, more } = alert;
  return (
    <div className={s.alert} role="group">
      <TriangleAlert aria-hidden />
      <p>
        <strong>{queue.queue.path}</strong> {say(queue.free > 0 ? 'alert.late' : 'alert.free', { n: queue.waiting, wait: clock(wait), since: time(alert.since) })} {more > 0 && say('alert.more', { n: more })}
      </p>
      <div className={s.alertActs}>
      {queue.free === 0 && (
        <Link className={partStyles.button} to="/admin/$" params={{ _splat: `queues/${queue.queue.id}/agents` }} search={{}}>
          <UserRoundPlus aria-hidden />
          {say('alert.add')}
        </Link>
      )}
      <Button onClick={() => show(queue.queue.id)}>{say('alert.show')}</Button>
      </div>
    </div>
  );
}

function FigureSkeletons() {
  const say = useWords(words);
  return (
    <div className={s.figures} role="status" aria-label={say('loading')}>
      {Array.from({ length: 6 }, (_, i) => (
        <div key={i} className={s.figure}>
          <Skeleton width={80} height={14} />
          <Skeleton width={56} height={28} />
          <Skeleton width={110} height={12} />
        </div>
      ))}
    </div>
  );
}

