// Everything that happened, newest first.
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDownLeft, ArrowUpRight, CheckCheck, Copy, Pause, Play, SlidersHorizontal, Trash2, TriangleAlert, Webhook, X, type LucideIcon } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import type { Handset } from '../api/client.ts';
import { useT, type T } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { stampOf } from '../parts/clock.ts';
import { Button, EmptyState, IconButton, Segmented, Select, type Tone } from '../parts/index.tsx';
import { tel } from '../parts/tel.ts';
import { notice } from '../parts/toast.tsx';
import type { EventKind, TraceEvent } from './carrier.ts';
import s from './sim.module.css';
import type { Trace } from './useTrace.ts';

export type Kinds = 'texts' | 'receipts' | 'webhooks';
type Filter = 'all' | Kinds;

const kinds: Record<Filter, readonly EventKind[]> = {
  all: ['text_in', 'text_out', 'refused', 'webhook', 'receipt', 'fault'],
  texts: ['text_in', 'text_out', 'refused'],
  receipts: ['receipt'],
  webhooks: ['webhook'],
};
const filters = Object.keys(kinds) as Filter[];

interface Props {
  trace: Trace;
  handsets: readonly Handset[];
  tabs: ReactNode;
  kind: Kinds | undefined;
  of: string | undefined; // the handset whose events are shown
  onFilter: (f: { kind?: Kinds | undefined; of?: string | undefined }) => void;
  onShow: (phone: string, id: string) => void;
}

export function TracePane({ trace, handsets, tabs, kind, of, onFilter, onShow }: Props) {
  const t = useT();
  const filter = kind ?? 'all';
  const [held, setHeld] = useState<readonly TraceEvent[] | null>(null); // what is shown while paused
  const [chosen, setChosen] = useState<TraceEvent | null>(null);
  const wanted = (e: TraceEvent) => kinds[filter].includes(e.kind) && (!of || e.from === of || e.to === of);
  const events = (held ?? trace.events).filter(wanted);
  const lastHeld = held?.[0]?.n ?? 0;
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: events.length, getScrollElement: () => box.current, estimateSize: () => 49, getItemKey: (i) => events[i]!.n, overscan: 8 });

  const pause = () => setHeld(held ? null : trace.events);
  useKey('pauseTrace', pause);
  const clear = () => {
    trace.clear();
    setHeld(null);
    setChosen(null);
  };
  const choose = (e: TraceEvent) => {
    setChosen(e === chosen ? null : e);
    const phone = handsets.find((h) => h.number === e.from || h.number === e.to);
    if (phone && e.id && e.kind !== 'fault') onShow(phone.number, e.id);
  };
  const copy = () =>
    void navigator.clipboard.writeText(JSON.stringify(events, null, 2)).then(
      () => notice(t('sim.trace.copied', { n: events.length }), 3000),
      () => notice(t('sim.trace.copyFailed')),
    );

  return (
    <section className={s.trace} aria-label={t('sim.trace')} data-pane tabIndex={-1}>
      <header className={s.head}>
        {tabs}
        <IconButton icon={held ? Play : Pause} label={held ? t('sim.trace.resume') : t('sim.trace.pause')} keyId="pauseTrace" aria-pressed={held !== null} onClick={pause} />
      </header>
      <div className={s.filters}>
        <Segmented label={t('sim.trace.filter')} value={filter} options={filters.map((value) => ({ value, label: t(`sim.trace.${value}`) }))} onChange={(f) => onFilter({ kind: f === 'all' ? undefined : f })} />
        <Select
          label={t('sim.trace.of')}
          value={of ?? ''}
          options={[{ value: '', label: t('sim.trace.everybody') }, ...handsets.map((h) => ({ value: h.number, label: h.name }))]}
          onChange={(number) => onFilter({ of: number || undefined })}
        />
      </div>
      {!trace.connected && (
        <p className={s.broken} role="status">
          {t('sim.trace.broken')}
        </p>
      )}
      <div className={s.events} ref={box} tabIndex={0} role="group" aria-label={t('sim.trace')}>
        {events.length === 0 &&
          (trace.events.length === 0 ? (
            <EmptyState>
              <p>{t('sim.trace.empty')}</p>
            </EmptyState>
          ) : (
            <EmptyState>
              <p>{t('sim.trace.filtered')}</p>
              <Button onClick={() => onFilter({ kind: undefined, of: undefined })}>{t('sim.trace.showAll')}</Button>
            </EmptyState>
          ))}
        <ol style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => (
            <li key={row.key} style={{ transform: `translateY(${row.start}px)` }}>
              <EventRow event={events[row.index]!} handsets={handsets} chosen={events[row.index]!.n === chosen?.n} onChoose={choose} />
            </li>
          ))}
        </ol>
      </div>
      {chosen && <Details event={chosen} onClose={() => setChosen(null)} />}
      <footer className={s.traceFoot}>
        <span>{held ? t('sim.trace.paused', { n: trace.events.filter((e) => e.n > lastHeld && wanted(e)).length }) : t('sim.trace.count', { n: events.length })}</span>
        <Button look="quiet" disabled={events.length === 0} onClick={copy}>
          <Copy aria-hidden />
          {t('sim.trace.copy')}
        </Button>
        <IconButton icon={Trash2} label={t('sim.trace.clear')} disabled={trace.events.length === 0} onClick={clear} />
      </footer>
    </section>
  );
}

const fields = ['kind', 'at', 'id', 'from', 'to', 'text', 'media', 'segments', 'receipt', 'error_code', 'status', 'ms', 'failure', 'fault'] as const;

// Details is the whole of an event, as the carrier tells it.
function Details({ event, onClose }: { event: TraceEvent; onClose: () => void }) {
  const t = useT();
  const value = (f: (typeof fields)[number]) => {
    const v = event[f];
    if (f === 'ms') return `${event.ms} ms`;
    if (Array.isArray(v)) return v.join('\n');
    return typeof v === 'object' ? JSON.stringify(v) : String(v);
  };
  return (
    <section className={s.details} aria-label={t('sim.trace.details')} tabIndex={0}>
      <IconButton icon={X} label={t('app.close')} onClick={onClose} />
      <dl>
        {fields
          .filter((f) => event[f] !== undefined && event[f] !== '')
          .map((f) => (
            <div key={f}>
              <dt>{t(`sim.field.${f}`)}</dt>
              <dd>{value(f)}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

const icons: Record<EventKind, [LucideIcon, Tone | undefined]> = {
  text_in: [ArrowUpRight, 'acc'],
  text_out: [ArrowDownLeft, 'ok'],
  refused: [TriangleAlert, 'bad'],
  webhook: [Webhook, undefined],
  receipt: [CheckCheck, undefined],
  fault: [SlidersHorizontal, undefined],
};

function EventRow({ event, handsets, chosen, onChoose }: { event: TraceEvent; handsets: readonly Handset[]; chosen: boolean; onChoose: (e: TraceEvent) => void }) {
  const t = useT();
  const handset = handsets.find((h) => h.number === event.from || h.number === event.to);
  const phone = handset?.number ?? (event.kind === 'text_in' || event.kind === 'webhook' ? event.from : event.to) ?? '';
  const name = handset?.name.split(' ')[0] ?? tel(phone);
  const failed = event.failure !== undefined || event.error_code !== undefined || (event.status ?? 200) >= 400;
  const [Icon, tone] = failed ? [TriangleAlert, 'bad'] : icons[event.kind];
  const title = event.kind === 'fault' && event.to ? t('sim.event.faultFor', { name }) : t(`sim.event.${event.kind}`, { name });
  return (
    <button type="button" className={s.event} aria-expanded={chosen} onClick={() => onChoose(event)}>
      <time dateTime={event.at}>{stampOf(event.at)}</time>
      <Icon aria-hidden data-tone={tone} />
      <span className={s.eventText}>
        <strong>{title}</strong>
        <span>{detail(t, event)}</span>
      </span>
      <span className={s.ms}>{event.ms && event.ms >= 0.05 ? `${event.ms < 10 ? event.ms.toFixed(1) : Math.round(event.ms)} ms` : ''}</span>
    </button>
  );
}

function detail(t: T, e: TraceEvent): string {
  const parts: string[] = [];
  if (e.text) parts.push(`“${e.text.replace(/\s+/g, ' ')}”`);
  if (e.segments) parts.push(t('sim.event.segments', { n: e.segments }));
  if (e.receipt) parts.push(e.receipt);
  if (e.error_code) parts.push(t('sim.event.code', { code: e.error_code }));
  if (e.status) parts.push(`HTTP ${e.status}`);
  if (e.failure) parts.push(e.failure);
  if (e.kind === 'fault' && e.fault) parts.push(faultText(e.fault as Record<string, unknown>));
  return parts.join(' · ');
}

function faultText(fault: Record<string, unknown>): string {
  return Object.entries(fault)
    .filter(([k, v]) => k !== 'to' && v !== 0 && v !== '' && v !== false)
    .map(([k, v]) => `${k} ${String(v)}`)
    .join(', ');
}
