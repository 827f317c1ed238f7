// Everything that happened, newest first.
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDownLeft, ArrowUpRight, CheckCheck, Copy, SlidersHorizontal, Trash2, TriangleAlert, Webhook, type LucideIcon } from 'lucide-react';
import { useRef, useState } from 'react';
import type { Handset } from '../api/client.ts';
import { useT, type T } from '../i18n/index.ts';
import { secondsOf } from '../parts/clock.ts';
import { Button, EmptyState, IconButton, Segmented, type Tone } from '../parts/index.tsx';
import { tel } from '../parts/tel.ts';
import { notice } from '../parts/toast.tsx';
import type { EventKind, TraceEvent } from './carrier.ts';
import s from './sim.module.css';
import type { Trace } from './useTrace.ts';

type Filter = 'all' | 'texts' | 'receipts' | 'webhooks';

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
  onShow: (phone: string, id: string) => void;
}

export function TracePane({ trace, handsets, onShow }: Props) {
  const t = useT();
  const [filter, setFilter] = useState<Filter>('all');
  const events = trace.events.filter((e) => kinds[filter].includes(e.kind));
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: events.length, getScrollElement: () => box.current, estimateSize: () => 49, getItemKey: (i) => events[i]!.n, overscan: 8 });

  const copy = () =>
    void navigator.clipboard.writeText(JSON.stringify(events, null, 2)).then(
      () => notice(t('sim.trace.copied', { n: events.length }), 3000),
      () => notice(t('sim.trace.copyFailed')),
    );

  return (
    <section className={s.trace} aria-label={t('sim.trace')} data-pane tabIndex={-1}>
      <header className={s.head}>
        <h2>{t('sim.trace')}</h2>
        <Segmented label={t('sim.trace.filter')} value={filter} options={filters.map((value) => ({ value, label: t(`sim.trace.${value}`) }))} onChange={setFilter} />
      </header>
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
              <Button onClick={() => setFilter('all')}>{t('sim.trace.showAll')}</Button>
            </EmptyState>
          ))}
        <ol style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => (
            <li key={row.key} style={{ transform: `translateY(${row.start}px)` }}>
              <EventRow event={events[row.index]!} handsets={handsets} onShow={onShow} />
            </li>
          ))}
        </ol>
      </div>
      <footer className={s.traceFoot}>
        <span>{t('sim.trace.count', { n: events.length })}</span>
        <Button look="quiet" disabled={events.length === 0} onClick={copy}>
          <Copy aria-hidden />
          {t('sim.trace.copy')}
        </Button>
        <IconButton icon={Trash2} label={t('sim.trace.clear')} disabled={events.length === 0} onClick={trace.clear} />
      </footer>
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

function EventRow({ event, handsets, onShow }: { event: TraceEvent; handsets: readonly Handset[]; onShow: Props['onShow'] }) {
  const t = useT();
  const handset = handsets.find((h) => h.number === event.from || h.number === event.to);
  const phone = handset?.number ?? (event.kind === 'text_in' || event.kind === 'webhook' ? event.from : event.to) ?? '';
  const name = handset?.name.split(' ')[0] ?? tel(phone);
  const failed = event.failure !== undefined || event.error_code !== undefined || (event.status ?? 200) >= 400;
  const [Icon, tone] = failed ? [TriangleAlert, 'bad'] : icons[event.kind];
  const title = event.kind === 'fault' && event.to ? t('sim.event.faultFor', { name }) : t(`sim.event.${event.kind}`, { name });
  const text = event.id && handset && event.kind !== 'fault' ? { phone: handset.number, id: event.id } : null;
  const body = (
    <>
      <time dateTime={event.at}>{secondsOf(event.at)}</time>
      <Icon aria-hidden data-tone={tone} />
      <span className={s.eventText}>
        <strong>{title}</strong>
        <span>{detail(t, event)}</span>
      </span>
      <span className={s.ms}>{event.ms && event.ms >= 0.05 ? `${event.ms < 10 ? event.ms.toFixed(1) : Math.round(event.ms)} ms` : ''}</span>
    </>
  );
  return text ? (
    <button type="button" className={s.event} onClick={() => onShow(text.phone, text.id)}>
      {body}
    </button>
  ) : (
    <div className={s.event}>{body}</div>
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
