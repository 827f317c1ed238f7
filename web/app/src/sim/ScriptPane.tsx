// Scripts: choose, write, play, record, carry away and bring in (docs/simulator.md).
import { Check, Circle, CircleAlert, CircleCheck, CircleDot, Download, FilePlus2, LoaderCircle, Pencil, Play, Square, Trash2, Upload } from 'lucide-react';
import { useId, useRef, useState, type ReactNode } from 'react';
import { useT } from '../i18n/index.ts';
import { aria } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { Button, IconButton, Segmented, Select } from '../parts/index.tsx';
import { notice } from '../parts/toast.tsx';
import { useBook, type SavedScript } from './handsets.ts';
import type { Mark, Speed } from './player.ts';
import { sampleScripts } from './samples.ts';
import { parse } from './script.ts';
import s from './sim.module.css';
import type { Run, Scripts } from './useScripts.ts';

const speeds: readonly Speed[] = ['1', '5', 'instant'];
const mostBytes = 100_000;

export function findScript(id: string): SavedScript | undefined {
  return [...sampleScripts, ...useBook.getState().scripts].find((x) => x.id === id);
}

interface Props {
  scripts: Scripts;
  tabs: ReactNode;
  chosen: string;
  speed: Speed;
  onSpeed: (s: Speed) => void;
  onChoose: (id: string) => void;
}

export function ScriptPane({ scripts, tabs, chosen, speed, onSpeed, onChoose }: Props) {
  const t = useT();
  const id = useId();
  const saved = useBook((b) => b.scripts);
  const [expectations, setExpectations] = useState(true);
  const file = useRef<HTMLInputElement>(null);
  const now = findScript(chosen) ?? sampleScripts[0]!;
  const own = saved.some((x) => x.id === now.id);
  const { run, recorded } = scripts;
  const playing = run?.state === 'playing';
  const script = parse(now.source);
  const title = (source: string) => parse(source).title || t('script.untitled');

  const choose = (next: string) => {
    if (!playing) scripts.forget();
    onChoose(next);
  };
  const keep = (source: string) => {
    const id = crypto.randomUUID();
    useBook.setState((b) => ({ scripts: [...b.scripts, { id, source }].slice(-50) }));
    choose(id);
  };
  const change = (source: string) =>
    own ? useBook.setState((b) => ({ scripts: b.scripts.map((x) => (x.id === now.id ? { ...x, source } : x)) })) : keep(source); // a changed sample is a copy
  const bring = async (files: readonly File[]) => {
    for (const f of files) {
      if (f.size > mostBytes) notice(t('script.tooLarge', { name: f.name }));
      else keep(await f.text());
    }
  };
  const carry = () => {
    const url = URL.createObjectURL(new Blob([now.source], { type: 'text/plain' }));
    const a = document.createElement('a');
    a.href = url;
    a.download = `${title(now.source).toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'script'}.txt`;
    a.click();
    URL.revokeObjectURL(url);
  };
  const drop = () => {
    useBook.setState((b) => ({ scripts: b.scripts.filter((x) => x.id !== now.id) }));
    notice(t('script.deleted', { title: title(now.source) }), 3000);
    choose(sampleScripts[0]!.id);
  };
  const toggle = () => (playing ? scripts.stop() : scripts.play(now.source, speed));
  const tape = () => {
    if (recorded === null) return scripts.record();
    const source = scripts.finish(expectations);
    if (source !== null) keep(source);
  };
  useKey('playScript', toggle);
  useKey('recordScript', tape);

  return (
    <section className={s.trace} aria-label={t('script.title')} data-pane tabIndex={-1}>
      <header className={s.head}>
        {tabs}
        <span>
          <IconButton icon={FilePlus2} label={t('script.new')} onClick={() => keep(`# ${t('script.newTitle')}\nphone Ann +14155550150\n\nAnn: Hi\nexpect "Welcome"\n`)} />
          <IconButton icon={Upload} label={t('script.import')} onClick={() => file.current?.click()} />
          <IconButton icon={Download} label={t('script.export')} onClick={carry} />
          <IconButton icon={Trash2} label={t('script.delete')} disabled={!own || playing} onClick={drop} />
        </span>
        <input
          ref={file}
          type="file"
          hidden
          multiple
          accept=".txt,text/plain"
          aria-label={t('script.import')}
          onChange={(e) => {
            void bring([...(e.target.files ?? [])]);
            e.target.value = '';
          }}
        />
      </header>
      <div className={s.filters}>
        <Select
          label={t('script.which')}
          value={now.id}
          options={[...sampleScripts.map((x) => ({ value: x.id, label: `${t('script.samples')}: ${title(x.source)}` })), ...saved.map((x) => ({ value: x.id, label: title(x.source) }))]}
          onChange={choose}
        />
      </div>
      <div className={s.filters}>
        <Button look="primary" aria-keyshortcuts={aria('playScript')} disabled={!playing && (script.problems.length > 0 || script.steps.length === 0)} onClick={toggle}>
          {playing ? <Square aria-hidden /> : <Play aria-hidden />}
          {playing ? t('script.stop') : t('script.play')}
        </Button>
        <Segmented label={t('script.speed')} value={speed} options={speeds.map((value) => ({ value, label: t(`script.speed.${value}`) }))} onChange={onSpeed} />
        <Button aria-keyshortcuts={aria('recordScript')} disabled={playing} data-recording={recorded !== null || undefined} onClick={tape}>
          {recorded === null ? <Circle aria-hidden /> : <CircleDot aria-hidden />}
          {recorded === null ? t('script.record') : t('script.recordStop')}
        </Button>
      </div>
      {recorded !== null && (
        <p className={s.recording} role="status">
          <span>{t('script.recording', { n: recorded })}</span>
          <label>
            <input type="checkbox" checked={expectations} onChange={(e) => setExpectations(e.target.checked)} /> {t('script.expectations')}
          </label>
        </p>
      )}
      {run ? (
        <Played run={run} onEdit={scripts.forget} />
      ) : (
        <>
          <textarea
            className={s.source}
            value={now.source}
            onChange={(e) => change(e.target.value)}
            aria-label={t('script.source')}
            aria-invalid={script.problems.length > 0}
            aria-describedby={`${id}p`}
            spellCheck={false}
            data-pane-focus
          />
          <ul className={s.problems} id={`${id}p`}>
            {script.problems.map((p) => (
              <li key={p.line}>
                <strong>{t('script.line', { n: p.line })}</strong> {t(p.key, p.values)}
              </li>
            ))}
          </ul>
          <Help />
        </>
      )}
    </section>
  );
}

function tally(run: Run): { done: number; failed: number; n: number } {
  const marks = Object.values(run.marks);
  return { done: marks.filter((m) => m.state !== 'running').length, failed: marks.filter((m) => m.state === 'failed').length, n: run.script.steps.length };
}

// useOutcome says in words how a play goes or went.
function useOutcome(): (run: Run) => string {
  const t = useT();
  return (run) => {
    const { done, failed, n } = tally(run);
    if (run.state === 'good') return t('script.good');
    if (run.state === 'bad') return t('script.badEnd', { n: failed });
    return `${run.state === 'stopped' ? `${t('script.stopped')} · ` : ''}${t('script.progress', { done, n })}`;
  };
}

function Played({ run, onEdit }: { run: Run; onEdit: () => void }) {
  const t = useT();
  const outcome = useOutcome();
  return (
    <>
      <ol className={s.played} tabIndex={0} aria-label={t('script.source')}>
        {run.source.split(/\r?\n/).map((text, i) => (
          <PlayedLine key={i} text={text} mark={run.marks[i + 1]} />
        ))}
      </ol>
      <footer className={s.traceFoot}>
        <span className={s.outcome} data-state={run.state} role="status">
          {outcome(run)}
        </span>
        {run.state !== 'playing' && (
          <Button look="quiet" onClick={onEdit}>
            <Pencil aria-hidden />
            {t('script.edit')}
          </Button>
        )}
      </footer>
    </>
  );
}

const marks = { running: LoaderCircle, done: Check, passed: CircleCheck, failed: CircleAlert } as const;

function PlayedLine({ text, mark }: { text: string; mark: Mark | undefined }) {
  const t = useT();
  const Icon = mark && marks[mark.state];
  const follow = (el: HTMLLIElement | null) => {
    if (mark?.state === 'running') el?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <li data-state={mark?.state} data-note={text.trim().startsWith('#') || undefined} ref={follow}>
      {Icon ? <Icon aria-label={t(`script.state.${mark.state}`)} role="img" /> : <i />}
      <span>
        {text || '\u00a0'}
        {mark?.state === 'failed' && <small>{t(`script.why.${mark.why}`, { text: mark.text ?? '' })}</small>}
      </span>
    </li>
  );
}

// PlayStrip shows the play above the phones, whatever the right pane shows.
export function PlayStrip({ scripts }: { scripts: Scripts }) {
  const t = useT();
  const outcome = useOutcome();
  const { run } = scripts;
  if (run?.state !== 'playing') return null;
  const { done, n } = tally(run);
  const title = t('script.playing', { title: run.script.title || t('script.untitled') });
  return (
    <div className={s.strip} data-tone="play">
      <p>
        {title} · {outcome(run)}
      </p>
      <progress value={done} max={n} aria-label={title} />
      <Button onClick={scripts.stop}>
        <Square aria-hidden />
        {t('script.stop')}
      </Button>
    </div>
  );
}

const grammar = [
  ['phone Ann +14155550150', 'phone'],
  ['to Support line', 'to'],
  ['Ann: Hi', 'text'],
  ['Ann [mug]: Look', 'picture'],
  ['wait 2s', 'wait'],
  ['expect "Welcome"', 'expect'],
  ['expect Ann "Bye" within 5s', 'expect'],
  ['expect silence 2s', 'silence'],
  ['network Ann unreachable', 'network'],
] as const;

function Help() {
  const t = useT();
  return (
    <details className={s.help}>
      <summary>{t('script.help')}</summary>
      <dl>
        {grammar.map(([line, key]) => (
          <div key={line}>
            <dt>{line}</dt>
            <dd>{t(`script.help.${key}`)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
