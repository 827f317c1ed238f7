// Texting first: from which queue and number, to whom, and what (spec 1.9; spec 6, 4.1). The opt-in text is proposed.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Moon } from 'lucide-react';
import { useId, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { create } from 'zustand';
import { aboutRecipient, listOutboundOptions, listShortcuts, type OutboundOptions } from '../api/calls.ts';
import { queryKeys } from '../api/keys.ts';
import { useLink } from '../api/link.ts';
import type { RequestFailed } from '../api/live.ts';
import { useLang, useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { handOver } from '../keys/held.ts';
import { timeIn, useNow } from '../parts/clock.ts';
import { Coming } from '../parts/coming.tsx';
import { Button, ErrorState, Select, Skeleton } from '../parts/index.tsx';
import { e164 } from '../parts/e164.ts';
import { Modal } from '../parts/modal.tsx';
import { tel } from '../parts/tel.ts';
import { useConnected } from '../shell/live.tsx';
import { useUi } from '../ui.ts';
import { CostMeter, CostNote, useCost } from './Cost.tsx';
import composer from './composer.module.css';
import s from './dialogs.module.css';
import { focusWhenOpen } from './focus.ts';

interface Draft {
  queue: string;
  from: string;
  to: string;
  text: string | null; // null: the proposed one, as long as nobody has touched it
  own: boolean; // the proposed one was thrown away
  clientId: string; // one text, however often it is tried
}

// What is written here stays when the dialog is closed by mistake.
const useDraft = create<Draft>(() => empty());

function empty(): Draft {
  return { queue: '', from: '', to: '', text: null, own: false, clientId: crypto.randomUUID() };
}

const close = () => useUi.setState({ newTextOpen: false });

export default function NewText() {
  const t = useT();
  const { data, error, refetch } = useQuery({ queryKey: queryKeys.outboundOptions, queryFn: listOutboundOptions, staleTime: 60_000 });
  let body: ReactNode;
  if (error) body = <ErrorState title={t('newText.failedToLoad')} error={error} retry={() => void refetch()} />;
  else if (!data)
    body = (
      <>
        <Coming />
        <Skeleton width="100%" height={260} />
      </>
    );
  else if (!data.enabled) body = <p>{t('newText.off')}</p>;
  else if (data.from.length === 0) body = <p>{t('newText.noQueue')}</p>;
  else body = <Form options={data} />;
  return (
    <Modal opened onClose={close} title={t('newText.title')} size={560} closeButtonProps={{ 'aria-label': t('app.close') }}>
      {body}
    </Modal>
  );
}

interface Problem {
  field?: string;
  text: string;
  chat?: number;
}

function Form({ options }: { options: OutboundOptions }) {
  const t = useT();
  const id = useId();
  const lang = useLang((x) => x.lang);
  const live = useConnected()?.live;
  const away = useLink((l) => l.phase !== 'live');
  const navigate = useNavigate();
  const draft = useDraft();
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false); // something was left out when Send was pressed
  const [problem, setProblem] = useState<Problem | null>(null);
  const toBox = useRef<HTMLInputElement>(null);
  const textBox = useRef<HTMLTextAreaElement>(null);

  const at = options.from.find((f) => String(f.queue.id) === draft.queue) ?? options.from[0]!;
  const from = at.numbers.find((n) => n.number === draft.from) ?? at.numbers[0]!;
  const to = e164(draft.to);
  const { data: about } = useQuery({ queryKey: [...queryKeys.outboundOptions, to], queryFn: () => aboutRecipient(to!), enabled: to !== null, staleTime: 60_000, retry: false });
  const now = useNow();
  const { data: shortcuts } = useQuery({ queryKey: ['shortcuts', 'queue', at.queue.id], queryFn: () => listShortcuts({ queue_id: at.queue.id }), staleTime: 60_000 });
  const optIn = shortcuts?.shortcuts.filter((x) => x.opt_in).sort((a, b) => Number(b.lang === lang) - Number(a.lang === lang))[0];
  const proposed = optIn?.ready?.text ?? '';
  const text = draft.text ?? proposed;
  const cost = useCost(text);
  const open = /@\{\w+\}/.exec(text)?.[0];
  const may = to !== null && !about?.opted_out && text.trim() !== '' && !open && cost.over === 0 && !busy && !away;
  const change = (to: Partial<Draft>) => {
    setProblem(null);
    useDraft.setState({ ...to, clientId: crypto.randomUUID() });
  };

  useLayoutEffect(() => {
    toBox.current?.focus();
    queueMicrotask(handOver);
  }, []);

  const send = (confirmQuiet = false) => {
    setAsked(true);
    if (!may || !live) return void (to === null ? toBox : textBox).current?.focus();
    setBusy(true);
    setProblem(null);
    live.outbound({ queue_id: at.queue.id, from: from.number, to, text: text.trim(), client_id: draft.clientId, ...(confirmQuiet && { confirm_quiet: true }), ...(optIn && !draft.own && { shortcut_ids: [optIn.id] }) }).then(
      (chat) => {
        useDraft.setState(empty());
        close();
        focusWhenOpen(chat);
        void navigate({ to: '/desk/$chat', params: { chat } });
      },
      ({ refusal }: RequestFailed) => {
        setBusy(false);
        setProblem({ field: refusal.field, text: refusal.message, chat: refusal.chat });
        if (refusal.field === 'to') toBox.current?.focus();
      },
    );
  };

  const toProblem = problem?.field === 'to' ? problem.text : about?.opted_out ? t('newText.optedOut') : asked && to === null ? t('newText.toWrong') : '';
  const known = about && !about.opted_out && [tel(about.number), about.name, t('newText.optedIn'), about.time_zone ? t('newText.timeThere', { time: timeIn(now, about.time_zone) }) : about.quiet && t('newText.night')].filter(Boolean).join(' · ');
  return (
    <form
      className={s.form}
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
      noValidate
    >
      <div className={s.pair}>
        <div>
          <label className={s.label} htmlFor={`${id}q`}>
            {t('newText.queue')}
          </label>
          <Select id={`${id}q`} label={t('newText.queue')} value={String(at.queue.id)} options={options.from.map((f) => ({ value: String(f.queue.id), label: f.queue.path }))} onChange={(queue) => change({ queue, from: '' })} />
        </div>
        <div>
          <label className={s.label} htmlFor={`${id}f`}>
            {t('newText.from')}
          </label>
          <Select id={`${id}f`} label={t('newText.from')} value={from.number} options={at.numbers.map((n) => ({ value: n.number, label: n.label ? `${n.label} · ${tel(n.number)}` : tel(n.number) }))} onChange={(n) => change({ from: n })} />
        </div>
      </div>
      <p className={s.hint}>{t('newText.limit', { number: tel(from.number), n: from.segments_per_second })}</p>
      <div className={s.field}>
        <label className={s.label} htmlFor={`${id}t`}>
          {t('newText.to')}
        </label>
        <input
          ref={toBox}
          data-autofocus
          id={`${id}t`}
          className={s.input}
          type="tel"
          autoComplete="off"
          inputMode="tel"
          placeholder="(415) 555-0142"
          value={draft.to}
          aria-invalid={toProblem !== ''}
          aria-describedby={`${id}th`}
          onChange={(e) => change({ to: e.target.value })}
          onBlur={() => to && change({ to: tel(to) })}
        />
        <p className={s.hint} id={`${id}th`} data-tone={toProblem ? 'bad' : undefined}>
          {toProblem || known || (to ? tel(to) : t('newText.toHint'))}
          {problem?.chat !== undefined && (
            <>
              {' '}
              <Button
                look="link"
                onClick={() => {
                  close();
                  void navigate({ to: '/desk/$chat', params: { chat: problem.chat! } });
                }}
              >
                {t('newText.openIt')}
              </Button>
            </>
          )}
        </p>
      </div>
      <label className={s.label} htmlFor={`${id}x`}>
        {t('newText.text')}
      </label>
      <div className={composer.box} data-over={cost.over > 0 || undefined}>
        <textarea
          ref={textBox}
          id={`${id}x`}
          rows={4}
          value={text}
          aria-invalid={cost.over > 0 || open !== undefined}
          aria-describedby={`${id}xh`}
          onChange={(e) => change({ text: e.target.value, own: draft.own || e.target.value.trim() === '' })}
          onKeyDown={(e) => {
            if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing) return;
            e.preventDefault();
            send();
          }}
        />
        <CostNote text={text} of={cost} usePlain={() => change({ text: cost.plain })} />
        <div className={composer.boxFoot}>
          <span className={composer.cost}>
            <CostMeter text={text} of={cost} />
          </span>
        </div>
      </div>
      <p className={s.hint} id={`${id}xh`} data-tone={open ? 'warn' : undefined}>
        {open ? t('newText.fillIn', { what: open }) : text === proposed && optIn ? t('newText.optIn') : t('composer.hint')}
        {draft.text !== null && draft.text !== proposed && optIn && (
          <>
            {' '}
            <Button look="link" onClick={() => change({ text: null, own: false })}>
              {t('newText.useOptIn')}
            </Button>
          </>
        )}
      </p>
      {problem?.field === 'confirm_quiet' ? (
        <div className={composer.note} data-tone="warn" role="alert">
          <Moon aria-hidden />
          <p>{t('newText.quiet')}</p>
          <Button look="link" onClick={() => send(true)}>
            {t('newText.anyway')}
          </Button>
        </div>
      ) : (
        <p className={s.problem} role="alert">
          {problem && problem.field !== 'to' && problem.text}
        </p>
      )}
      <div className={s.foot}>
        <span>{away && t('newText.away')}</span>
        <Button size="form" onClick={close}>
          {t('app.cancel')}
        </Button>
        <Button type="submit" look="primary" size="form" aria-disabled={!may}>
          {t(busy ? 'newText.sending' : 'composer.send')}
        </Button>
      </div>
    </form>
  );
}
