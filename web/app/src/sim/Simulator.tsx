// Consumer phones for the demo: text a number, see what comes back and everything that happened on the way (spec 6, 4.7).
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { MessageSquare, Smartphone } from 'lucide-react';
import { useId, useMemo } from 'react';
import { getSimulator, type Handset, type Simulator as Config, type SimulatorNumber } from '../api/client.ts';
import { queryKeys } from '../api/keys.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/simWords.ts';
import { useKey } from '../keys/useKey.ts';
import { Avatar, EmptyState, ErrorState, Kbd, Select } from '../parts/index.tsx';
import { tel } from '../parts/tel.ts';
import { notice } from '../parts/toast.tsx';
import { faults, merge, setFaults, textOf, textsOf, type Delivery, type HandsetFaults, type PhoneText, type TraceEvent } from './carrier.ts';
import { Phone } from './Phone.tsx';
import s from './sim.module.css';
import { TracePane } from './TracePane.tsx';
import { useTrace } from './useTrace.ts';

export function Simulator() {
  const t = useT();
  const config = useQuery({ queryKey: queryKeys.simulator, queryFn: getSimulator, staleTime: Infinity });
  if (config.error) return <ErrorState title={t('sim.failed')} error={config.error} retry={() => void config.refetch()} />;
  if (!config.data) return <main className={s.page} aria-busy />;
  if (config.data.handsets.length === 0) return <EmptyState icon={Smartphone} title={t('sim.none')} />;
  return <Page config={config.data} />;
}

function Page({ config }: { config: Config }) {
  const t = useT();
  const cache = useQueryClient();
  const navigate = useNavigate({ from: '/simulator' });
  const search = useSearch({ from: '/shell/simulator' });
  const handset = config.handsets.find((h) => h.number === search.handset) ?? config.handsets[0]!;
  const receiving = config.numbers.filter((n) => n.capabilities.includes('inbound') || n.capabilities.includes('sessionless'));
  const numbers = receiving.length > 0 ? receiving : config.numbers;
  const to = numbers.find((n) => n.e164 === search.to) ?? numbers[0];
  const choose = (h: Handset | undefined) => h && void navigate({ search: (q) => ({ ...q, handset: h.number }), replace: true });

  const take = (e: TraceEvent) => {
    if (e.kind === 'fault') void cache.invalidateQueries({ queryKey: faults.queryKey });
    const text = textOf(e);
    if (!text) return;
    const phone = text.direction === 'in' ? text.from : text.to;
    cache.setQueryData<PhoneText[]>(textsOf(phone).queryKey, (texts) => (texts ? merge(texts, text) : texts));
  };
  const trace = useTrace(take);
  const lastTo = useMemo(() => lastTexted(trace.events), [trace.events]);

  useKey('nthHandset', (i) => choose(config.handsets[i]));

  return (
    <main className={s.page}>
      <section className={s.side} aria-label={t('sim.handsets')} data-pane tabIndex={-1}>
        <header className={s.head}>
          <h1>{t('sim.title')}</h1>
        </header>
        <ul className={s.handsets}>
          {config.handsets.map((h, i) => (
            <HandsetRow key={h.number} handset={h} index={i} current={h === handset} texting={numbers.find((n) => n.e164 === lastTo.get(h.number))} onChoose={() => choose(h)} />
          ))}
        </ul>
        <Network handset={handset} />
        <footer className={s.hints} aria-hidden>
          <Kbd combo="Alt+1" /> <Kbd combo="Alt+2" /> {t('sim.switch')}
          <Kbd id="phone" /> {t('sim.write')}
        </footer>
      </section>
      <Phone
        key={handset.number}
        handset={handset}
        numbers={numbers}
        to={to}
        shown={search.show}
        onNumber={(e164) => void navigate({ search: (q) => ({ ...q, to: e164 }), replace: true })}
      />
      <TracePane trace={trace} handsets={config.handsets} onShow={(phone, id) => void navigate({ search: (q) => ({ ...q, handset: phone, show: id }), replace: true })} />
    </main>
  );
}

function lastTexted(events: readonly TraceEvent[]): ReadonlyMap<string, string> {
  const last = new Map<string, string>();
  for (const e of events) if (e.kind === 'text_in' && e.from && e.to && !last.has(e.from)) last.set(e.from, e.to);
  return last;
}

interface RowProps {
  handset: Handset;
  index: number;
  current: boolean;
  texting: SimulatorNumber | undefined;
  onChoose: () => void;
}

function HandsetRow({ handset, index, current, texting, onChoose }: RowProps) {
  const t = useT();
  const set = useFaults(handset.number);
  const troubled = set.status !== undefined && set.status !== 'delivered';
  return (
    <li>
      <button type="button" className={s.handset} aria-pressed={current} aria-keyshortcuts={index < 9 ? `Alt+${index + 1}` : undefined} onClick={onChoose}>
        <Avatar name={handset.name} />
        <span className={s.handsetText}>
          <strong>{handset.name}</strong>
          <span>{tel(handset.number)}</span>
          <small>{troubled ? t('sim.trouble') : texting ? t('sim.texting', { label: texting.label }) : t('sim.idle')}</small>
        </span>
        {texting && <MessageSquare aria-hidden data-current={current || undefined} />}
      </button>
    </li>
  );
}

function useFaults(number: string): HandsetFaults {
  const all = useQuery(faults).data;
  return all?.find((f) => f.to === number) ?? { to: number };
}

const deliveries: Delivery[] = ['delivered', 'sent', 'undelivered', 'failed', 'refused'];
const delays = ['0', '2000', '10000', '60000'] as const;

function Network({ handset }: { handset: Handset }) {
  const t = useT();
  const cache = useQueryClient();
  const id = useId();
  const now = useFaults(handset.number);

  const change = (part: Partial<HandsetFaults>) => {
    const next = { ...now, ...part };
    const { status, delay_ms, send_twice, can_receive_media } = next;
    const body: HandsetFaults = {
      to: handset.number,
      ...(status && status !== 'delivered' && { status }),
      ...(delay_ms && { delay_ms }),
      ...(send_twice && { send_twice }),
      ...(can_receive_media === false && { can_receive_media }),
    };
    cache.setQueryData(faults.queryKey, (all) => [...(all ?? []).filter((f) => f.to !== handset.number), body]);
    setFaults(body).catch((e: Error) => {
      void cache.invalidateQueries({ queryKey: faults.queryKey });
      notice(t('sim.faultsFailed', { why: e.message }));
    });
  };
  const delay = String(now.delay_ms ?? 0);

  return (
    <section className={s.network} aria-labelledby={`${id}h`}>
      <h2 id={`${id}h`}>{t('sim.networkFor', { name: handset.name.split(' ')[0]! })}</h2>
      <div>
        <label htmlFor={`${id}d`}>{t('sim.delivery')}</label>
        <Select
          id={`${id}d`}
          label={t('sim.delivery')}
          value={now.status ?? 'delivered'}
          options={deliveries.map((value) => ({ value, label: t(`sim.delivery.${value}`) }))}
          onChange={(status) => change({ status })}
        />
      </div>
      <div>
        <label htmlFor={`${id}w`}>{t('sim.delay')}</label>
        <Select
          id={`${id}w`}
          label={t('sim.delay')}
          value={delay}
          options={[...new Set([...delays, delay])].map((value) => ({ value, label: value === '0' ? t('sim.delay.none') : `${Number(value) / 1000} s` }))}
          onChange={(value) => change({ delay_ms: Number(value) })}
        />
      </div>
      <Switch label={t('sim.media')} on={now.can_receive_media !== false} onChange={(can_receive_media) => change({ can_receive_media })} />
      <Switch label={t('sim.twice')} on={now.send_twice === true} onChange={(send_twice) => change({ send_twice })} />
    </section>
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
