// What goes wrong on the way: at one handset, or for everybody.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ChevronDown, ChevronUp, RotateCcw, TriangleAlert } from 'lucide-react';
import { useEffect, useId, useState, type ReactNode } from 'react';
import type { Handset } from '../api/client.ts';
import { useT, type T } from '../i18n/index.ts';
import { Button, IconButton, Segmented, Select } from '../parts/index.tsx';
import { notice } from '../parts/toast.tsx';
import { faults, receiptKinds, resetFaults, setFaults, type Faults, type HandsetFaults, type NetworkFaults, type Receipts } from './carrier.ts';
import { conditionOf, conditions, goodNetwork, isCode, isNetworkTroubled, isTroubled, tidy, withCondition } from './network.ts';
import s from './sim.module.css';

// useFaults is what is set, and the ways to set it. A setting shows at once and is taken back when it was not saved.
export function useFaults() {
  const t = useT();
  const cache = useQueryClient();
  const all = useQuery(faults).data;
  const save = (draft: Faults, doing: Promise<Faults>) => {
    cache.setQueryData(faults.queryKey, draft);
    return doing.then(
      (now) => void cache.setQueryData(faults.queryKey, now),
      (e: Error) => {
        void cache.invalidateQueries({ queryKey: faults.queryKey });
        notice(t('sim.faultsFailed', { why: e.message }));
      },
    );
  };
  const now: Faults = { ...goodNetwork, handsets: [], ...all };
  return {
    now,
    of: (number: string): HandsetFaults => now.handsets.find((f) => f.to === number) ?? { to: number },
    setHandset: (f: HandsetFaults) => {
      const body = tidy(f);
      return save({ ...now, handsets: [...now.handsets.filter((h) => h.to !== f.to), body] }, setFaults(body));
    },
    setNetwork: (part: Partial<NetworkFaults>) => {
      const { handsets, ...network } = now;
      const body = { ...network, ...part };
      return save({ ...body, handsets }, setFaults(body));
    },
    reset: () => save({ ...goodNetwork, handsets: [] }, resetFaults()).then(() => notice(t('sim.resetDone'), 3000)),
  };
}

export type FaultState = ReturnType<typeof useFaults>;

// faultWords says what is set at a handset; nothing on a good day.
export function faultWords(t: T, f: HandsetFaults): string {
  const condition = conditionOf(f);
  const words = t(`sim.condition.${condition}`);
  return [
    condition !== 'good' && (f.error_code ? words.replace(/\(\d{5}\)/, `(${f.error_code})`) : words),
    f.delay_ms && t('sim.on.delay', { n: f.delay_ms / 1000 }),
    f.receipts && t(`sim.on.receipts.${f.receipts}`),
    f.can_receive_media === false && t('sim.on.noMedia'),
    f.send_twice && t('sim.on.twice'),
    f.out_of_order && t('sim.on.outOfOrder'),
  ]
    .filter(Boolean)
    .join(', ');
}

function networkWords(t: T, f: NetworkFaults): string {
  return [
    f.latency_ms > 0 && t('sim.on.latency', { n: f.latency_ms / 1000 }),
    f.error_rate > 0 && t('sim.on.errors', { n: Math.round(f.error_rate * 100), status: f.status }),
    f.drop_after_accept > 0 && t('sim.on.drop', { n: Math.round(f.drop_after_accept * 100) }),
    f.receipts !== 'normal' && t(`sim.on.receipts.${f.receipts}`),
  ]
    .filter(Boolean)
    .join(', ');
}

// FaultStrip stands above the phones while anything is set.
export function FaultStrip({ state }: { state: FaultState }) {
  const t = useT();
  const network = isNetworkTroubled(state.now);
  const handsets = state.now.handsets.filter(isTroubled).length;
  if (!network && handsets === 0) return null;
  return (
    <div className={s.strip} role="status">
      <TriangleAlert aria-hidden />
      <p>
        {network && t('sim.on.network', { what: networkWords(t, state.now) })} {handsets > 0 && t('sim.on.handsets', { n: handsets })}
      </p>
      <Button onClick={() => void state.reset()}>
        <RotateCcw aria-hidden />
        {t('sim.reset')}
      </Button>
    </div>
  );
}

const seconds = ['0', '2000', '10000', '60000'];
const shares = ['0', '0.1', '0.5', '1'];
const statuses = ['429', '500', '503'];

export function Network({ handset, state }: { handset: Handset | undefined; state: FaultState }) {
  const t = useT();
  const [of, setOf] = useState<'one' | 'all'>('one');
  const one = of === 'one' && handset !== undefined;
  const [folded, fold] = useState(true); // on a phone, where the handsets come first
  const body = useId();
  return (
    <section className={s.network} data-folded={folded || undefined} aria-label={one ? t('sim.networkFor', { name: handset.name.split(' ')[0]! }) : t('sim.networkAll')}>
      <header>
        <h2>{one ? t('sim.networkFor', { name: handset.name.split(' ')[0]! }) : t('sim.networkAll')}</h2>
        <IconButton className={s.fold} icon={folded ? ChevronDown : ChevronUp} label={t('sim.networkShow')} aria-expanded={!folded} aria-controls={body} onClick={() => fold(!folded)} />
      </header>
      <div id={body} className={s.networkBody}>
        <Segmented
          label={t('sim.networkOf')}
          value={of}
          options={[
            { value: 'one', label: t('sim.networkOne') },
            { value: 'all', label: t('sim.networkEvery') },
          ]}
          onChange={setOf}
        />
        {one ? <OneHandset key={handset.number} now={state.of(handset.number)} set={state.setHandset} /> : <Everybody now={state.now} set={state.setNetwork} />}
      </div>
    </section>
  );
}

function OneHandset({ now, set }: { now: HandsetFaults; set: FaultState['setHandset'] }) {
  const t = useT();
  const condition = conditionOf(now);
  return (
    <>
      <Choice label={t('sim.condition')} value={condition} options={conditions.map((value) => ({ value, label: t(`sim.condition.${value}`) }))} onChange={(c) => void set(withCondition(now, c))} />
      {now.error_code && <Code code={now.error_code} set={(error_code) => void set({ ...now, error_code })} />}
      <Time label={t('sim.delay')} ms={now.delay_ms ?? 0} onChange={(delay_ms) => void set({ ...now, delay_ms })} />
      <Choice<Receipts | ''>
        label={t('sim.receipts')}
        value={now.receipts ?? ''}
        options={[{ value: '', label: t('sim.receipts.network') }, ...receiptKinds.map((value) => ({ value, label: t(`sim.receipts.${value}`) }))]}
        onChange={(r) => void set({ ...now, receipts: r || undefined })}
      />
      <Switch label={t('sim.media')} on={now.can_receive_media !== false} onChange={(can_receive_media) => void set({ ...now, can_receive_media })} />
      <Switch label={t('sim.twice')} on={now.send_twice === true} onChange={(send_twice) => void set({ ...now, send_twice })} />
      <Switch label={t('sim.outOfOrder')} on={now.out_of_order === true} onChange={(out_of_order) => void set({ ...now, out_of_order })} />
    </>
  );
}

function Everybody({ now, set }: { now: NetworkFaults; set: FaultState['setNetwork'] }) {
  const t = useT();
  const share = (value: string) => ({ value, label: value === '0' ? t('sim.errors.none') : t('sim.errors.share', { n: Math.round(Number(value) * 100) }) });
  const withOwn = (all: readonly string[], own: string) => [...new Set([...all, own])];
  return (
    <>
      <Time label={t('sim.latency')} ms={now.latency_ms} onChange={(latency_ms) => void set({ latency_ms })} />
      <Choice label={t('sim.errors')} value={String(now.error_rate)} options={withOwn(shares, String(now.error_rate)).map(share)} onChange={(v) => void set({ error_rate: Number(v) })} />
      {now.error_rate > 0 && (
        <Choice label={t('sim.errors.status')} value={String(now.status)} options={withOwn(statuses, String(now.status)).map((value) => ({ value, label: `HTTP ${value}` }))} onChange={(v) => void set({ status: Number(v) })} />
      )}
      <Choice label={t('sim.drop')} value={String(now.drop_after_accept)} options={withOwn(shares, String(now.drop_after_accept)).map(share)} onChange={(v) => void set({ drop_after_accept: Number(v) })} />
      <Choice label={t('sim.receipts')} value={now.receipts} options={receiptKinds.map((value) => ({ value, label: t(`sim.receipts.${value}`) }))} onChange={(receipts) => void set({ receipts })} />
    </>
  );
}

function Code({ code, set }: { code: string; set: (code: string) => void }) {
  const t = useT();
  const id = useId();
  const [draft, setDraft] = useState(code);
  useEffect(() => setDraft(code), [code]);
  const good = isCode(draft);
  return (
    <>
      <Line label={t('sim.code')} id={id}>
        <input
          id={id}
          className={s.code}
          inputMode="numeric"
          maxLength={5}
          value={draft}
          aria-invalid={!good}
          aria-describedby={good ? undefined : `${id}b`}
          onChange={(e) => {
            setDraft(e.target.value);
            if (isCode(e.target.value)) set(e.target.value);
          }}
        />
      </Line>
      {!good && (
        <p className={s.bad} id={`${id}b`}>
          {t('sim.code.bad')}
        </p>
      )}
    </>
  );
}

function Time({ label, ms, onChange }: { label: string; ms: number; onChange: (ms: number) => void }) {
  const t = useT();
  const options = [...new Set([...seconds, String(ms)])].map((value) => ({ value, label: value === '0' ? t('sim.delay.none') : `${Number(value) / 1000} s` }));
  return <Choice label={label} value={String(ms)} options={options} onChange={(value) => onChange(Number(value))} />;
}

function Choice<V extends string>({ label, value, options, onChange }: { label: string; value: V; options: readonly { value: V; label: string }[]; onChange: (value: V) => void }) {
  const id = useId();
  return (
    <Line label={label} id={id}>
      <Select id={id} label={label} value={value} options={options} onChange={onChange} />
    </Line>
  );
}

function Line({ label, id, children }: { label: string; id: string; children: ReactNode }) {
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      {children}
    </div>
  );
}

function Switch({ label, on, onChange }: { label: string; on: boolean; onChange: (on: boolean) => void }) {
  const id = useId();
  return (
    <div>
      <span id={id}>{label}</span>
      <button type="button" role="switch" aria-checked={on} aria-labelledby={id} className={s.switch} onClick={() => onChange(!on)}>
        <i />
      </button>
    </div>
  );
}
