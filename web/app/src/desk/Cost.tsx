// What a text costs while it is written: its segments, and what makes it dear with a cheaper way out.
import { TriangleAlert } from 'lucide-react';
import { useMemo } from 'react';
import { has, useT, type T } from '../i18n/index.ts';
import { aria } from '../keys/registry.ts';
import { Button, SegmentMeter } from '../parts/index.tsx';
import { count, forcesUnicode, replaceSmart, type Count, type Offender } from '../segments.ts';
import s from './composer.module.css';

export const chatLimit = 1600;

export interface Cost {
  cost: Count;
  offender: Offender | null;
  over: number; // characters past the limit
  plain: string; // with nothing that forces Unicode needlessly
}

export function useCost(text: string): Cost {
  const cost = useMemo(() => count(text), [text]);
  const offender = useMemo(() => (cost.encoding === 'UCS-2' ? forcesUnicode(text) : null), [text, cost]);
  return { cost, offender, over: Math.max(0, [...text].length - chatLimit), plain: replaceSmart(text) };
}

// CostNote says what is wrong with a text, if anything is.
export function CostNote({ text, of: { cost, offender, over, plain }, usePlain }: { text: string; of: Cost; usePlain: () => void }) {
  const t = useT();
  if (over > 0) return <Note tone="bad">{t('composer.tooLong', { n: over, limit: chatLimit.toLocaleString() })}</Note>;
  return offender && <Forces offender={offender} segments={cost.segments} plain={plain} replace={plain !== text ? usePlain : undefined} t={t} />;
}

export function CostMeter({ text, of: { cost, offender, over } }: { text: string; of: Cost }) {
  const t = useT();
  if (text === '') return null;
  return (
    <>
      <SegmentMeter segments={cost.segments} perSegment={cost.perSegment} left={cost.left} tone={over > 0 ? 'bad' : offender ? 'warn' : undefined} />
      {cost.encoding === 'UCS-2' && <span>{t('composer.unicode')}</span>}
      <span>
        {t('composer.meter', { units: cost.units, limit: cost.perSegment * Math.max(1, cost.segments) })} · {t('state.segments', { n: cost.segments })}
      </span>
    </>
  );
}

// Forces names the first character that makes the text Unicode, what it costs, and offers the plain one.
function Forces({ offender, segments, plain, replace, t }: { offender: Offender; segments: number; plain: string; replace?: () => void; t: T }) {
  const costs = count(plain).segments;
  if (!replace && segments === 1) return null;
  const key = `char.${offender.name}`;
  const values = { name: has(key) ? t(key) : offender.name, char: '\u0001', n: segments, plain: costs };
  const text = costs < segments ? t('composer.forces', values) : t('composer.forcesSame', values);
  const [before, after] = text.split('\u0001');
  const straight = /quotation|apostrophe|prime/.test(offender.name);
  return (
    <Note tone="warn" action={replace && { label: t(straight ? 'composer.replaceStraight' : 'composer.replace'), short: t('composer.fix'), run: replace }}>
      {before}
      <code>{offender.char.trim() || '␣'}</code>
      {after}
    </Note>
  );
}

function Note({ tone, action, children }: { tone: 'warn' | 'bad'; action?: { label: string; short: string; run: () => void }; children: React.ReactNode }) {
  return (
    <div className={s.note} data-tone={tone} role="status">
      <TriangleAlert aria-hidden />
      <p>{children}</p>
      {action && (
        <Button look="link" aria-keyshortcuts={aria('plain')} onClick={action.run}>
          <span className={s.longFix}>{action.label}</span>
          <span className={s.shortFix}>{action.short}</span>
        </Button>
      )}
    </div>
  );
}
