// The wallboard (spec 6, 4.3): the six figures and the queues, large and dark, over the whole window, and nothing to press.
// Esc and the browser's Back leave it, F fills the screen.
import { useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useWords } from '../i18n/index.ts';
import { show, useCombo } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { announce } from '../parts/announce.tsx';
import { age, secondsOf, useNow } from '../parts/clock.ts';
import { figures } from './board.ts';
import { Figures } from './Figures.tsx';
import { useFull } from './full.ts';
import s from './monitor.module.css';
import { QueuesTable } from './QueuesTable.tsx';
import { useShown, useWatching } from './useBoards.ts';
import { words } from './words.ts';

export function Wall() {
  useWatching();
  const say = useWords(words);
  const now = useNow();
  const { boards, away, at } = useShown();
  const queues = [...(boards.queues?.values() ?? [])].sort((a, b) => b.waiting - a.waiting || a.queue.path.localeCompare(b.queue.path));
  const agents = [...(boards.agents?.values() ?? [])];
  const navigate = useNavigate();
  const { history } = useRouter();
  // Back to the monitor as it was left, its filters too.
  const leave = () => (history.canGoBack() ? history.back() : void navigate({ to: '/monitor', replace: true }));
  useKey('close', leave);
  useKey('monFull', useFull(leave));
  return (
    <main className={s.wall} data-stale={away || undefined}>
      <header>
        <h1>{say('wall.title')}</h1>
        <p role="status" data-tone={away ? 'warn' : undefined}>
          {away && at > 0 ? say('lost', { age: age(now - at) }) : ''}
        </p>
        <time>{secondsOf(now)}</time>
      </header>
      <Figures figures={figures(queues, agents, now)} big />
      <QueuesTable queues={boards.queues && queues} now={now} wide />
      <Hint />
    </main>
  );
}

const hintLasts = 8_000;

// Hint says on entry how to leave, and no longer: a wall is read from afar.
function Hint() {
  const say = useWords(words);
  const [there, setThere] = useState(true);
  const close = useCombo('close');
  const full = useCombo('monFull'); // none for who has switched single letters off
  const touch = matchMedia('(hover: none)').matches;
  const keys = [close && say('wall.leave', { key: show(close) }), full && say('wall.full', { key: show(full) })].filter(Boolean).join(' ');
  const text = touch ? say('wall.back') : keys;
  useEffect(() => {
    announce(text);
    const timer = setTimeout(() => setThere(false), hintLasts);
    return () => clearTimeout(timer);
  }, []);
  return there && <p className={s.hint}>{text}</p>;
}
