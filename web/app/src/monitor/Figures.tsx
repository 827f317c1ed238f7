// The six figures of the head, and of the wall: each with its target or what it is made of.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useWords } from '../i18n/index.ts';
import { clock } from '../parts/clock.ts';
import { toneOfWait, type Figures as Numbers } from './board.ts';
import { curve, type LastHour } from './hour.ts';
import s from './monitor.module.css';
import { words } from './words.ts';

// levelGoal is the share of chats that should be answered in target.
const levelGoal = 80;

export function Figures({ figures: f, hour, big }: { figures: Numbers; hour?: LastHour; big?: boolean }) {
  const say = useWords(words);
  const level = f.answered > 0 ? Math.round((100 * f.inTarget) / f.answered) : undefined;
  const longest = f.waiting > 0 ? toneOfWait(f.longest, f.longestTarget) : undefined;
  return (
    <dl className={s.figures} data-big={big || undefined}>
      <Figure label={say('fig.waiting')} values={hour?.waiting} tone={f.waiting > 0 && longest ? 'warn' : undefined} sub={say('fig.waiting.sub', { n: f.waitingIn })}>
        {f.waiting}
      </Figure>
      <Figure label={say('fig.longest')} values={hour?.longest} goal={f.longestTarget && f.longestTarget * 1000} tone={longest} sub={f.longestTarget ? say('fig.target', { target: clock(f.longestTarget * 1000) }) : say('fig.noTarget')}>
        {f.waiting > 0 ? clock(f.longest) : '–'}
      </Figure>
      <Figure label={say('fig.progress')} values={hour?.progress} sub={say('fig.progress.sub', { in: f.inbound, out: f.outbound })}>
        {f.inbound + f.outbound}
      </Figure>
      <Figure label={say('fig.available')} values={hour?.available} help={say('fig.available.help')} tone={f.available === 0 && f.waiting > 0 ? 'bad' : undefined} sub={say(f.wrapping > 0 ? 'fig.available.wrap' : 'fig.available.sub', { full: f.full, wrap: f.wrapping, away: f.away })}>
        {f.available} <small>{say('fig.of', { n: f.agents })}</small>
      </Figure>
      <Figure label={say('fig.level')} values={level === undefined ? undefined : hour?.level} goal={levelGoal} tone={level === undefined ? undefined : level < levelGoal ? 'bad' : 'ok'} sub={say('fig.level.sub', { goal: levelGoal, n: f.inTarget, all: f.answered })}>
        {level ?? '–'}
        {level !== undefined && <small>%</small>}
      </Figure>
      <Figure label={say('fig.expired')} values={hour?.expired} sub={f.ended > 0 ? say('fig.expired.part', { n: f.ended, part: Math.round((1000 * f.expired) / f.ended) / 10 }) : say('fig.expired.sub', { n: 0 })}>
        {f.expired}
      </Figure>
    </dl>
  );
}

interface Props {
  label: string;
  tone?: 'ok' | 'warn' | 'bad';
  sub: string;
  values?: readonly number[]; // of the last hour
  goal?: number;
  help?: string; // how the values are counted
  children: ReactNode;
}

function Figure({ label, tone, sub, values, goal, help, children }: Props) {
  return (
    <div className={s.figure} data-tone={tone} data-tip={values && help}>
      <dt>
        {tone === 'bad' && <TriangleAlert aria-hidden />}
        {label}
      </dt>
      <dd className={s.number}>{children}</dd>
      <dd className={s.sub}>{sub}</dd>
      {values && help && <dd data-hidden>{help}</dd>}
      {values && <Spark values={values} goal={goal} />}
    </div>
  );
}

const box = { width: 76, height: 34 };

// Spark is for the eye: the figure beside it says what counts.
function Spark({ values, goal }: { values: readonly number[]; goal?: number }) {
  const c = curve(values, box.width, box.height, goal);
  return (
    <dd className={s.spark} aria-hidden>
      <svg viewBox={`0 0 ${box.width} ${box.height}`}>
        <path d={c.area} data-area />
        {c.goal !== undefined && <line x1={0} x2={box.width} y1={c.goal} y2={c.goal} />}
        <path d={c.line} />
        <circle cx={c.end.x} cy={c.end.y} r={2} />
      </svg>
    </dd>
  );
}
