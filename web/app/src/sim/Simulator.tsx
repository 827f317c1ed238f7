// Consumer phones for the demo: text a number, see what comes back and everything that happened on the way (spec 6, 4.7).
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Smartphone } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { getSimulator, type Handset, type Simulator as Config, type SimulatorNumber } from '../api/client.ts';
import { queryKeys } from '../api/keys.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/simWords.ts';
import { useKey } from '../keys/useKey.ts';
import { EmptyState, ErrorState, Kbd, Segmented } from '../parts/index.tsx';
import { notice } from '../parts/toast.tsx';
import { faults, merge, received, textOf, textsOf, type PhoneText, type TraceEvent } from './carrier.ts';
import { HandsetList } from './HandsetList.tsx';
import { handsetsOf, opened, openOf, useBook } from './handsets.ts';
import { FaultStrip, faultWords, Network, useFaults, type FaultState } from './Network.tsx';
import { Phone } from './Phone.tsx';
import type { Speed } from './player.ts';
import { sampleScripts } from './samples.ts';
import { findScript, PlayStrip, ScriptPane } from './ScriptPane.tsx';
import s from './sim.module.css';
import { TracePane } from './TracePane.tsx';
import { useScripts, type Scripts } from './useScripts.ts';
import { useTrace } from './useTrace.ts';

export function Simulator() {
  const t = useT();
  const config = useQuery({ queryKey: queryKeys.simulator, queryFn: getSimulator, staleTime: Infinity });
  if (config.error) return <ErrorState title={t('sim.failed')} error={config.error} retry={() => void config.refetch()} />;
  if (!config.data) return <main className={s.page} aria-busy />;
  if (config.data.numbers.length === 0) return <EmptyState icon={Smartphone} title={t('sim.none')} />;
  return <Page config={config.data} />;
}

function Page({ config }: { config: Config }) {
  const t = useT();
  const cache = useQueryClient();
  const navigate = useNavigate({ from: '/simulator' });
  const search = useSearch({ from: '/shell/simulator' });
  const book = useBook();
  const state = useFaults();
  const handsets = useMemo(() => handsetsOf(config.handsets, book), [config.handsets, book]);
  const open = openOf(handsets, book);
  const current = open.find((h) => h.number === search.handset) ?? open[0];
  const receiving = config.numbers.filter((n) => n.capabilities.includes('inbound') || n.capabilities.includes('sessionless'));
  const textable = receiving.length > 0 ? receiving : config.numbers;
  const numberOf = (handset: string) => textable.find((n) => n.e164 === book.to[handset]) ?? textable[0];

  const look = (part: typeof search) => void navigate({ search: (q) => ({ ...q, ...part }), replace: true });
  const choose = (h: Handset | undefined) => {
    if (!h) return;
    useBook.setState((b) => ({ open: opened(openOf(handsetsOf(config.handsets, b), b).map((o) => o.number), h.number) }));
    look({ handset: h.number });
  };
  useLink(search, handsets, choose);

  const scripts = useScripts({ configured: config.handsets, numbers: config.numbers, faults: state, numberOf });
  const [speed, setSpeed] = useState<Speed>('1');
  const [script, setScript] = useState(search.script ?? sampleScripts[0]!.id);
  const take = (e: TraceEvent) => {
    scripts.heard(e);
    if (e.kind === 'fault') void cache.invalidateQueries({ queryKey: faults.queryKey });
    const phone = e.kind === 'text_in' ? e.from : e.to;
    if (!phone) return;
    const text = textOf(e);
    if (text || e.kind === 'receipt') cache.setQueryData<PhoneText[]>(textsOf(phone).queryKey, (texts) => texts && (text ? merge(texts, text) : received(texts, e)));
  };
  const trace = useTrace(take);
  const lastTo = useMemo(() => lastTexted(trace.events), [trace.events]);
  usePlayOnce(search.script, trace.connected, scripts, speed, () => look({ script: undefined, pane: 'scripts' }));

  useKey('nthHandset', (i) => choose(handsets[i]));
  useKey('scripts', () => look({ pane: search.pane ? undefined : 'scripts' }));

  const tabs = (
    <Segmented
      label={t('sim.pane')}
      value={search.pane ?? 'trace'}
      options={[
        { value: 'trace', label: t('sim.trace') },
        { value: 'scripts', label: t('script.title') },
      ]}
      onChange={(pane) => look({ pane: pane === 'scripts' ? pane : undefined })}
    />
  );

  if (search.bare && current) {
    return (
      <main className={s.bare}>
        <Place bare handset={current} current config={config} textable={textable} to={numberOf(current.number)} state={state} scripts={scripts} shown={search.show} onCurrent={() => {}} onClose={() => look({ bare: undefined })} />
      </main>
    );
  }
  return (
    <main className={s.page}>
      <section className={s.side} aria-label={t('sim.handsets')} data-pane tabIndex={-1}>
        <div className={s.handsetPart}>
          <HandsetList
            configured={config.handsets}
            handsets={handsets}
            current={current}
            numbers={config.numbers}
            texting={(h) => config.numbers.find((n) => n.e164 === lastTo.get(h.number))}
            faultsOf={state.of}
            onChoose={choose}
            onAlone={(h) => (choose(h), look({ handset: h.number, bare: true }))}
          />
        </div>
        <Network handset={current} state={state} />
        <footer className={s.hints} aria-hidden>
          <Kbd combo="Alt+1" /> <Kbd combo="Alt+2" /> {t('sim.switch')}
          <Kbd id="phone" /> {t('sim.write')}
        </footer>
      </section>
      <div className={s.stage}>
        <FaultStrip state={state} />
        <PlayStrip scripts={scripts} />
        <div className={s.table}>
          {open.map((h) => (
            <Place
              key={h.number}
              handset={h}
              current={h === current}
              config={config}
              textable={textable}
              to={numberOf(h.number)}
              state={state}
              scripts={scripts}
              shown={h.number === search.handset ? search.show : undefined}
              onCurrent={() => h !== current && look({ handset: h.number })}
              onClose={open.length > 1 ? () => useBook.setState({ open: open.filter((o) => o !== h).map((o) => o.number) }) : undefined}
            />
          ))}
        </div>
      </div>
      {search.pane === 'scripts' ? (
        <ScriptPane scripts={scripts} tabs={tabs} chosen={script} speed={speed} onSpeed={setSpeed} onChoose={setScript} />
      ) : (
        <TracePane
          trace={trace}
          handsets={handsets}
          tabs={tabs}
          kind={search.kind}
          of={search.of}
          onFilter={look}
          onShow={(phone, id) => {
            choose(handsets.find((h) => h.number === phone));
            look({ handset: phone, show: id });
          }}
        />
      )}
    </main>
  );
}

interface PlaceProps {
  bare?: boolean;
  handset: Handset;
  current: boolean;
  config: Config;
  textable: readonly SimulatorNumber[];
  to: SimulatorNumber | undefined;
  state: FaultState;
  scripts: Scripts;
  shown: string | undefined;
  onCurrent: () => void;
  onClose: (() => void) | undefined;
}

// Place is a handset on the table: a number that has texted it can be read, if it takes no texts too.
function Place({ handset, config, textable, to, state, scripts, ...rest }: PlaceProps) {
  const t = useT();
  const chosen = useBook((b) => b.to[handset.number]);
  const texts = useQuery(textsOf(handset.number)).data;
  const numbers = config.numbers.filter((n) => textable.includes(n) || texts?.some((x) => x.from === n.e164));
  return (
    <Phone
      {...rest}
      handset={handset}
      numbers={numbers}
      to={numbers.find((n) => n.e164 === chosen) ?? to}
      trouble={faultWords(t, state.of(handset.number))}
      onNumber={(e164) => useBook.setState((b) => ({ to: { ...b.to, [handset.number]: e164 } }))}
      onSent={scripts.sent}
    />
  );
}

// useLink follows an address: its handset is put on the table, its number chosen there.
function useLink(search: { handset?: string; to?: string }, handsets: readonly Handset[], choose: (h: Handset) => void): void {
  useEffect(() => {
    const linked = handsets.find((h) => h.number === search.handset);
    if (linked) choose(linked);
    const at = linked ?? openOf(handsets, useBook.getState())[0];
    if (at && search.to) useBook.setState((b) => ({ to: { ...b.to, [at.number]: search.to! } }));
  }, [search.handset, search.to]);
}

// usePlayOnce plays the script that the address names, once the past has been heard, and takes it out of the address.
function usePlayOnce(id: string | undefined, connected: boolean, scripts: Scripts, speed: Speed, begun: () => void): void {
  const t = useT();
  const done = useRef(false);
  useEffect(() => {
    if (!id || !connected || done.current) return;
    const timer = setTimeout(() => {
      done.current = true;
      const script = findScript(id);
      begun();
      if (script) scripts.play(script.source, speed);
      else notice(t('script.missing', { name: id }));
    }, 700);
    return () => clearTimeout(timer);
  }, [id, connected]);
}

function lastTexted(events: readonly TraceEvent[]): ReadonlyMap<string, string> {
  const last = new Map<string, string>();
  for (const e of events) if (e.kind === 'text_in' && e.from && e.to && !last.has(e.from)) last.set(e.from, e.to);
  return last;
}
