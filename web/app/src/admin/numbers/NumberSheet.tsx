// One number beside the list: what it is for, where its texts go, how it does.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { sentenceOf } from '../../desk/reason.ts';
import { useLang, useWords } from '../../i18n/index.ts';
import { useKey } from '../../keys/useKey.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button, IconButton } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { notice } from '../../parts/toast.tsx';
import { adminStyles as s, Check, Confirm, FieldError, SelectField, TextField, useAction } from '../parts/index.tsx';
import { useEdit } from '../parts/useEdit.ts';
import { queuesKey, type Queue } from '../queues/api.ts';
import { Clashes } from '../settings/Clashes.tsx';
import { words as shared } from '../words.ts';
import { accountsKey, assignNumber, capabilities, editNumber, listAccounts, listNumbers, numbersKey, removeNumber, setGlobal, unassignNumber, type Capability, type NumberEdit, type PhoneNumber } from './api.ts';
import { percent } from './Numbers.tsx';
import own from './numbers.module.css';
import { words } from './words.ts';

const partOf = { label: 'label', capabilities: 'caps', segments_per_second: 'rate', opt_out_responder: 'responder', account_id: 'account' } as const satisfies Record<keyof NumberEdit, string>;

interface Props {
  number: PhoneNumber;
  all: readonly PhoneNumber[];
  queues: readonly Queue[];
  locked: boolean;
  asking: boolean;
  verify: () => void;
  progress: ReactNode;
  onClose: () => void;
}

export function NumberSheet({ number, queues, locked, asking, verify, progress, onClose }: Props) {
  const say = useWords(words);
  const base = useWords(shared);
  const cache = useQueryClient();
  const accounts = useQuery({ queryKey: accountsKey, queryFn: listAccounts, enabled: !locked });
  const changes = useEdit<NumberEdit>(number, async () => {
    const all = await listNumbers();
    cache.setQueryData(numbersKey, all);
    return all.find((n) => n.id === number.id);
  });
  const { edit } = changes;
  const [removing, setRemoving] = useState(false);
  const now = { ...number, ...edit };
  const address = tel(number.address);
  useKey('close', onClose);

  const fresh = () => Promise.all([cache.invalidateQueries({ queryKey: numbersKey }), cache.invalidateQueries({ queryKey: queuesKey }), cache.invalidateQueries({ queryKey: ['admin', 'queue-numbers'] })]);
  const save = useAction(async () => {
    if (!(await changes.alone())) return;
    await editNumber(number.id, edit);
    changes.discard();
    await fresh();
    notice(say('saved', { number: address }));
  });
  const assign = useAction(async (queue: number) => {
    await (queue ? assignNumber(number.id, queue) : unassignNumber(number.id));
    await fresh();
    notice(queue ? say('assigned', { number: address, queue: queues.find((q) => q.id === queue)?.path ?? '' }) : say('unassigned', { number: address }));
  });
  const global = useAction(async (on: boolean) => {
    await setGlobal(number.id, on);
    await fresh();
  });
  const remove = useAction(async () => {
    await removeNumber(number.id);
    onClose();
    notice(say('removed', { number: address }));
    await fresh();
  });
  const put = (change: NumberEdit) => {
    save.clear();
    changes.put(change);
  };
  const textOf = (key: string, value: unknown): string => {
    if (key === 'capabilities') return (value as Capability[]).map((c) => say(`cap.${c}`)).join(', ') || '–';
    if (key === 'opt_out_responder') return say(`responder.${value as PhoneNumber['opt_out_responder']}`);
    if (key === 'account_id') return accounts.data?.find((a) => a.id === value)?.sid ?? String(value);
    return String(value) || '–';
  };
  const dirty = Object.keys(edit).length > 0;
  const rate = edit.segments_per_second;

  return (
    <aside className={own.sheet} aria-label={address} data-pane tabIndex={-1}>
      <header className={own.sheetHead}>
        <h2>{address}</h2>
        <IconButton icon={X} label={base('act.close')} onClick={onClose} />
      </header>
      <div className={own.sheetBody} tabIndex={0} role="group" aria-label={address}>
        <section className={own.block}>
          <div className={own.line}>
            <div>{progress}</div>
            {!locked && (
              <Button aria-disabled={asking || undefined} onClick={() => !asking && verify()}>
                {say('verify')}
              </Button>
            )}
          </div>
          {now.capabilities.includes('inbound') && (
            <SelectField
              label={say('queue')}
              hint={number.status.startsWith('verified') ? undefined : say('queue.hint')}
              error={assign.error?.message}
              disabled={locked || assign.busy}
              value={String(number.queue_id ?? 0)}
              options={[{ value: '0', label: say('queue.none') }, ...queues.filter((q) => q.channel === 'sms').map((q) => ({ value: String(q.id), label: q.path }))]}
              onChange={(id) => void assign.run(Number(id))}
            />
          )}
          {now.capabilities.includes('outbound') && <Check label={say('global.switch')} hint={say('global.hint')} on={number.global_outbound} disabled={locked || global.busy} onChange={(on) => void global.run(on)} />}
          {global.error && <FieldError>{global.error.message}</FieldError>}
        </section>
        <section className={own.block}>
          <TextField label={say('label')} hint={say('label.hint')} value={now.label} disabled={locked} maxLength={100} error={save.at('label')} onChange={(label) => put({ label })} />
          <fieldset className={own.caps} disabled={locked}>
            <legend>{say('caps')}</legend>
            {capabilities.map((c) => (
              <Check key={c} label={say(`cap.${c}`)} hint={say(`cap.${c}.about`)} on={now.capabilities.includes(c)} onChange={(on) => put({ capabilities: toggled(now.capabilities, c, on) })} />
            ))}
            {save.at('capabilities') && <FieldError>{save.at('capabilities')}</FieldError>}
          </fieldset>
          <TextField
            label={say('rate')}
            hint={say('rate.hint')}
            inputMode="decimal"
            disabled={locked}
            value={rate === undefined ? String(number.segments_per_second) : Number.isNaN(rate) ? '' : String(rate)}
            error={save.at('segments_per_second')}
            onChange={(text) => put({ segments_per_second: text.trim() === '' ? NaN : Number(text.replace(',', '.')) })}
          />
          <SelectField
            label={say('responder')}
            hint={say('responder.hint')}
            disabled={locked}
            value={now.opt_out_responder}
            error={save.at('opt_out_responder')}
            options={(['platform', 'carrier'] as const).map((value) => ({ value, label: say(`responder.${value}`) }))}
            onChange={(opt_out_responder) => put({ opt_out_responder })}
          />
          {(accounts.data?.length ?? 0) > 1 && (
            <SelectField
              label={say('account')}
              value={String(now.account_id)}
              error={save.at('account_id')}
              options={accounts.data!.map((a) => ({ value: String(a.id), label: `${a.carrier} ${a.sid}` }))}
              onChange={(id) => put({ account_id: Number(id) })}
            />
          )}
          {save.elsewhere('label', 'capabilities', 'segments_per_second', 'opt_out_responder', 'account_id') && <FieldError>{save.error?.message}</FieldError>}
          {dirty && (
            <div className={s.row}>
              <Button size="form" onClick={() => (changes.discard(), save.clear())}>
                {base('act.discard')}
              </Button>
              <SaveButton busy={save.busy} save={() => void save.run()} />
            </div>
          )}
        </section>
        <HealthList number={number} />
        {!locked && (
          <section className={own.block}>
            <Button onClick={() => setRemoving(true)}>{say('remove')}</Button>
          </section>
        )}
      </div>
      {changes.clashes.length > 0 && <Clashes clashes={changes.clashes} nameOf={(key) => say(partOf[key as keyof NumberEdit])} textOf={textOf} choose={changes.choose} onClose={changes.settle} />}
      {removing && <Confirm title={say('remove.title', { number: address })} text={say('remove.text')} label={base('act.remove')} busy={remove.busy} problem={remove.error?.message} onClose={() => setRemoving(false)} run={() => void remove.run()} />}
    </aside>
  );
}

function SaveButton({ busy, save }: { busy: boolean; save: () => void }) {
  const base = useWords(shared);
  useKey('save', save);
  return (
    <Button size="form" look="primary" keyId="save" aria-disabled={busy || undefined} onClick={save}>
      {base(busy ? 'act.saving' : 'act.save')}
    </Button>
  );
}

function HealthList({ number }: { number: PhoneNumber }) {
  const say = useWords(words);
  const lang = useLang((l) => l.lang);
  const { day, time } = useTimes();
  const h = number.health;
  const when = (at: string | undefined) => (at ? `${day(at)}, ${time(at)}` : say('health.never'));
  return (
    <section className={own.block} aria-label={say('health.title')}>
      <h3>{say('health.title')}</h3>
      {h.pause_reason && <p className={s.notice}>{say('health.paused', { why: sentenceOf(lang, h.pause_reason) })}</p>}
      <dl className={own.facts}>
        <dt>{say('health.waiting')}</dt>
        <dd>{h.queued}</dd>
        <dt>{say('health.sent')}</dt>
        <dd>{when(h.last_sent_at)}</dd>
        <dt>{say('health.error')}</dt>
        <dd>{h.ended_24h === 0 ? say('health.none') : say('health.errorOf', { failed: h.failed_24h, all: h.ended_24h, rate: percent(h.error_rate_24h) })}</dd>
        <dt>{say('health.checked')}</dt>
        <dd>{when(number.checked_at)}</dd>
      </dl>
    </section>
  );
}

export function toggled(list: readonly Capability[], c: Capability, on: boolean): Capability[] {
  return on ? capabilities.filter((x) => x === c || list.includes(x)) : list.filter((x) => x !== c);
}
