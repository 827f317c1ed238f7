// What the simulated carrier says (internal/carrier/simulator). It stands for the outside world, so it is no contract
// of the console's.
import { queryOptions } from '@tanstack/react-query';
import { sim } from '../api/client.ts';

export interface PhoneText {
  id: string;
  at: string;
  from: string;
  to: string;
  text: string;
  segments: number;
  media: string[] | null;
  direction: 'in' | 'out'; // in: from the phone
  status: string;
  error_code?: string;
}

export const eventKinds = ['text_in', 'text_out', 'refused', 'webhook', 'receipt', 'fault'] as const;
export type EventKind = (typeof eventKinds)[number];

export interface TraceEvent {
  n: number;
  at: string;
  kind: EventKind;
  id?: string;
  from?: string;
  to?: string;
  text?: string;
  media?: string[];
  segments?: number;
  receipt?: string;
  error_code?: string;
  status?: number;
  ms?: number;
  failure?: string;
  fault?: unknown;
}

export type Delivery = 'delivered' | 'sent' | 'undelivered' | 'failed' | 'refused';

export const receiptKinds = ['normal', 'none', 'shuffled', 'duplicated', 'late'] as const;
export type Receipts = (typeof receiptKinds)[number];

export interface HandsetFaults {
  to: string;
  status?: Delivery;
  error_code?: string;
  delay_ms?: number;
  receipts?: Receipts; // the network's when it is not there
  send_twice?: boolean;
  out_of_order?: boolean;
  can_receive_media?: boolean;
}

export interface NetworkFaults {
  latency_ms: number;
  error_rate: number;
  status: number;
  receipts: Receipts;
  late_ms: number;
  drop_after_accept: number;
}

export interface Faults extends NetworkFaults {
  handsets: HandsetFaults[];
}

interface Posted {
  id: string;
  webhook_status: number;
  error?: string;
}

export const textsOf = (handset: string) =>
  queryOptions({
    queryKey: ['sim', 'texts', handset],
    queryFn: async () => {
      const phone = encodeURIComponent(handset);
      const [sent, got] = await Promise.all([sim<PhoneText[]>(`/texts?direction=in&from=${phone}`), sim<PhoneText[]>(`/texts?direction=out&to=${phone}`)]);
      return [...sent, ...got].sort(byTime);
    },
    staleTime: Infinity,
  });

export const faults = queryOptions({
  queryKey: ['sim', 'faults'],
  queryFn: () => sim<Faults>('/faults'),
});

export function setFaults(change: HandsetFaults | NetworkFaults): Promise<Faults> {
  return sim('/faults', change);
}

// resetFaults mends the network and every handset.
export function resetFaults(): Promise<Faults> {
  return sim('/faults', undefined, 'DELETE');
}

export function textFrom(from: string, to: string, text: string, media: readonly string[] = []): Promise<Posted> {
  return sim<Posted>('/texts', { from, to, text, ...(media.length > 0 && { media }) });
}

function byTime(a: PhoneText, b: PhoneText): number {
  return a.at.localeCompare(b.at) || a.id.localeCompare(b.id);
}

// textOf reads a text out of an event of the trace; null when the event is none.
export function textOf(e: TraceEvent): PhoneText | null {
  if ((e.kind !== 'text_in' && e.kind !== 'text_out') || !e.id || !e.from || !e.to) return null;
  const inward = e.kind === 'text_in';
  return {
    id: e.id,
    at: e.at,
    from: e.from,
    to: e.to,
    text: e.text ?? '',
    segments: e.segments ?? 1,
    media: e.media ?? null,
    direction: inward ? 'in' : 'out',
    status: inward ? 'received' : 'accepted',
  };
}

// merge puts a text in its place, once.
export function merge(texts: readonly PhoneText[], text: PhoneText): PhoneText[] {
  return texts.some((t) => t.id === text.id) ? [...texts] : [...texts, text].sort(byTime);
}

const life = ['accepted', 'queued', 'sending', 'sent', 'failed', 'undelivered', 'delivered'];

// received moves the status of the text that a receipt is about; forward only, for receipts overtake one another.
export function received(texts: readonly PhoneText[], e: TraceEvent): PhoneText[] {
  return texts.map((t) =>
    t.id === e.id && e.receipt && life.indexOf(e.receipt) > life.indexOf(t.status) ? { ...t, status: e.receipt, ...(e.error_code && { error_code: e.error_code }) } : t,
  );
}
