// The six figures of the head, and of the wall: each with its target or what it is made of.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useWords } from '../i18n/index.ts';
import { clock } from '../parts/clock.ts';
import { toneOfWait, type Figures as Numbers } from './board.ts';
import s from './monitor.module.css';
import { words } from './words.ts';

// levelGoal is the share of chats that should be answered in target.
const levelGoal = 80;

export function Figures({ figures: f, big }: { figures: Numbers; big?: boolean }) {
  const say = useWords(words);
  const level = f.answered > 0 ? Math.round((100 * f.inTarget) / f.answered) : undefined;
  const longest = f.waiting > 0 ? toneOfWait(f.longest, f.longestTarget) : undefined;
  return (
    <dl className={s.figures} data-big={big || undefined}>
      <Figure label={say('fig.waiting')} tone={f.waiting > 0 && longest ? 'warn' : undefined} sub={say('fig.waiting.sub', { n: f.waitingIn })}>
        {f.waiting}
      </Figure>
      <Figure label={say('fig.longest')} tone={longest} sub={f.longestTarget ? say('fig.target', { target: clock(f.longestTarget * 1000) }) : say('fig.noTarget')}>
        {f.waiting > 0 ? clock(f.longest) : '–'}
      </Figure>
      <Figure label={say('fig.progress')} sub={say('fig.progress.sub', { in: f.inbound, out: f.outbound })}>
        {f.inbound + f.outbound}
      </Figure>
      <Figure label={say('fig.available')} tone={f.available === 0 && f.waiting > 0 ? 'bad' : undefined} sub={say('fig.available.sub', { full: f.full, away: f.away })}>
        {f.available} <small>{say('fig.of', { n: f.agents })}</small>
      </Figure>
      <Figure label={say('fig.level')} tone={level === undefined ? undefined : level < levelGoal ? 'bad' : 'ok'} sub={say('fig.level.sub', { n: f.inTarget, all: f.answered })}>
        {level ?? '–'}
        {level !== undefined && <small>%</small>}
      </Figure>
      <Figure label={say('fig.expired')} sub={say('fig.expired.sub', { n: f.ended })}>
        {f.expired}
      </Figure>
    </dl>
  );
}

function Figure({ label, tone, sub, children }: { label: string; tone?: 'ok' | 'warn' | 'bad'; sub: string; children: ReactNode }) {
  return (
    <div className={s.figure} data-tone={tone}>
      <dt>
        {tone === 'bad' && <TriangleAlert aria-hidden />}
        {label}
      </dt>
      <dd className={s.number}>{children}</dd>
      <dd className={s.sub}>{sub}</dd>
    </div>
  );
}
