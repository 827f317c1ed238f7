// The wallboard: the six figures and the queues, large and dark, over the whole window.
import { Link, useNavigate } from '@tanstack/react-router';
import { Expand, X } from 'lucide-react';
import { useRef } from 'react';
import { useWords } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { age, secondsOf, useNow } from '../parts/clock.ts';
import { Button, partStyles } from '../parts/index.tsx';
import { figures } from './board.ts';
import { Figures } from './Figures.tsx';
import s from './monitor.module.css';
import { QueuesTable } from './QueuesTable.tsx';
import { useShown, useWatching } from './useBoards.ts';
import { words } from './words.ts';

export function Wall() {
  useWatching();
  const say = useWords(words);
  const navigate = useNavigate();
  const now = useNow();
  const box = useRef<HTMLElement>(null);
  const { boards, away, at } = useShown();
  const queues = [...(boards.queues?.values() ?? [])].sort((a, b) => b.waiting - a.waiting || a.queue.path.localeCompare(b.queue.path));
  const agents = [...(boards.agents?.values() ?? [])];
  useKey('close', () => void navigate({ to: '/monitor' }));
  return (
    <main className={s.wall} data-stale={away || undefined} ref={box}>
      <header>
        <h1>{say('wall.title')}</h1>
        <p role="status" data-tone={away ? 'warn' : undefined}>
          {away && at > 0 ? say('lost', { age: age(now - at) }) : ''}
        </p>
        <time>{secondsOf(now)}</time>
        <Button onClick={() => void box.current?.requestFullscreen?.()}>
          <Expand aria-hidden />
          {say('wall.full')}
        </Button>
        <Link to="/monitor" className={partStyles.button} aria-label={say('wall.exit')}>
          <X aria-hidden />
        </Link>
      </header>
      <Figures figures={figures(queues, agents, now)} big />
      <QueuesTable queues={boards.queues && queues} now={now} wide />
    </main>
  );
}
