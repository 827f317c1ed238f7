// Handing a chat over: to a queue at once, or to an agent who is asked first (spec 1.7; spec 6, 4.1).
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { listTransferTargets } from '../api/calls.ts';
import { queryKeys } from '../api/keys.ts';
import { useLink } from '../api/link.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { useTimes } from '../parts/clock.ts';
import { Avatar, Button, ErrorState, Skeleton } from '../parts/index.tsx';
import { Modal } from '../parts/modal.tsx';
import { notice } from '../parts/toast.tsx';
import type { Item } from '../shell/chats.ts';
import { useConnected, useDesk } from '../shell/live.tsx';
import { statusWord } from '../shell/Status.tsx';
import { useUi } from '../ui.ts';
import s from './dialogs.module.css';
import { targetsOf, type Target } from './targets.ts';

const longestNote = 500;

export default function Transfer({ item }: { item: Item }) {
  const t = useT();
  const id = useId();
  const live = useConnected()?.live;
  const me = useDesk()?.agent.id;
  const away = useLink((l) => l.phase !== 'live');
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const [chosen, setChosen] = useState<Target>();
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const { day, time } = useTimes();
  const when = (at: string) => (day(at) === day(Date.now()) ? time(at) : `${day(at)}, ${time(at)}`);
  const noteBox = useRef<HTMLTextAreaElement>(null);
  const { data, error, refetch } = useQuery({ queryKey: queryKeys.transferTargets(item.id), queryFn: () => listTransferTargets(item.id), gcTime: 0 });

  const found = data ? targetsOf({ ...data, agents: data.agents.filter((a) => a.id !== me) }, query, item.chat.queue?.id) : [];
  const current = found[Math.min(at, found.length - 1)];
  const over = [...note].length - longestNote;
  const may = chosen !== undefined && over <= 0 && !busy && !away;
  const close = () => useUi.setState({ transferOpen: false });

  useEffect(() => {
    if (current) document.getElementById(`${id}${current.id}`)?.scrollIntoView({ block: 'nearest' });
  }, [current, id]);

  const choose = (target: Target | undefined) => {
    if (!target?.takes) return;
    setChosen(target);
    setProblem('');
    noteBox.current?.focus();
  };
  const transfer = () => {
    if (!may || !live) return;
    setBusy(true);
    setProblem('');
    live.transfer(item.id, chosen.to, note.trim()).then(
      () => {
        close();
        notice(t(chosen.kind === 'queue' ? 'transfer.toQueue' : 'transfer.asked', { to: chosen.name, name: item.name }));
      },
      (e: Error) => {
        setBusy(false);
        setProblem(e.message);
        void refetch();
      },
    );
  };
  const move = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step !== undefined && found.length > 0) {
      e.preventDefault();
      setAt((Math.min(at, found.length - 1) + step + found.length) % found.length);
    }
    if (e.key === 'Enter') {
      e.preventDefault();
      choose(current);
    }
  };

  return (
    <Modal opened onClose={close} title={t('transfer.title', { name: item.name })} size={520} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <div className={s.form}>
        {error ? (
          <ErrorState title={t('transfer.failedToLoad')} error={error} retry={() => void refetch()} />
        ) : data?.left === 0 ? (
          <p>{t('transfer.noneLeft')}</p>
        ) : (
          <>
            <label className={s.label} htmlFor={`${id}to`}>
              {t('transfer.to')}
            </label>
            <input
              id={`${id}to`}
              className={s.input}
              data-autofocus
              role="combobox"
              aria-expanded
              aria-controls={`${id}list`}
              aria-activedescendant={current && id + current.id}
              autoComplete="off"
              placeholder={t('transfer.placeholder')}
              value={query}
              onChange={(e) => {
                setQuery(e.target.value);
                setAt(0);
              }}
              onKeyDown={move}
            />
            <div className={s.targets} role="listbox" id={`${id}list`} aria-label={t('transfer.to')} tabIndex={-1}>
              {!data && [0, 1, 2].map((i) => <Skeleton key={i} width="70%" height={16} />)}
              {found.map((x) => (
                <div
                  key={x.id}
                  id={id + x.id}
                  role="option"
                  className={s.target}
                  aria-selected={x.id === chosen?.id}
                  aria-disabled={!x.takes}
                  data-at={x === current || undefined}
                  onPointerMove={() => setAt(found.indexOf(x))}
                  onClick={() => choose(x)}
                >
                  {x.kind === 'agent' ? <Avatar name={x.name} size="s" /> : <span className={s.hash} aria-hidden>#</span>}
                  <span>{x.name}</span>
                  <small>{x.kind === 'queue' ? aboutQueue(t, when, x) : x.takes ? t('transfer.load', { n: x.held ?? 0, limit: x.limit ?? 0 }) : whyNot(t, x)}</small>
                </div>
              ))}
              {data && found.length === 0 && <p className={s.note}>{t('transfer.none', { query })}</p>}
            </div>
            <label className={s.label} htmlFor={`${id}note`}>
              {t('transfer.note')}
            </label>
            <textarea
              ref={noteBox}
              id={`${id}note`}
              className={s.input}
              rows={2}
              value={note}
              aria-invalid={over > 0}
              aria-describedby={`${id}hint`}
              onChange={(e) => setNote(e.target.value)}
              onKeyDown={(e) => {
                if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing) return;
                e.preventDefault();
                transfer();
              }}
            />
            <p className={s.hint} id={`${id}hint`} data-tone={over > 0 ? 'bad' : undefined}>
              {over > 0 ? t('transfer.noteLong', { n: over, limit: longestNote }) : t('transfer.noteHint')}
            </p>
          </>
        )}
        <p className={s.problem} role="alert">
          {problem}
        </p>
        <div className={s.foot}>
          <span>{chosen && t(chosen.kind === 'agent' ? 'transfer.asks' : chosen.open === false ? 'transfer.goesNot' : 'transfer.goes', { to: chosen.name })}</span>
          <Button size="form" onClick={close}>
            {t('app.cancel')}
          </Button>
          <Button look="primary" size="form" aria-disabled={!may} onClick={transfer}>
            {t(busy ? 'transfer.busy' : 'chat.transfer')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

// aboutQueue says what a chat would find there: who waits, who is free, how long it is open.
function aboutQueue(t: ReturnType<typeof useT>, when: (at: string) => string, x: Target): string {
  const hours = x.open ? x.changes && t('transfer.openUntil', { time: when(x.changes) }) : x.changes ? t('transfer.closedUntil', { time: when(x.changes) }) : t('transfer.closed');
  const parts = [x.why === 'here' && t('transfer.here'), hours, t('transfer.waiting', { n: x.waiting ?? 0 }), t('transfer.freeAgents', { n: x.free ?? 0 })];
  return parts.filter(Boolean).join(' · ');
}

// whyNot is the agent's status where that is the reason, else what the server says.
function whyNot(t: ReturnType<typeof useT>, x: Target): string {
  return x.detail && x.detail !== 'available' ? statusWord(t, x.detail) : (x.why ?? '');
}
