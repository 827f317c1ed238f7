// What a hidden number is needed for, before it is shown (spec 6, 4.1). The answer stands in the audit log.
import { useId, useRef, useState } from 'react';
import { revealNumber } from '../api/calls.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { Button } from '../parts/index.tsx';
import { Modal } from '../parts/modal.tsx';
import { tel } from '../parts/tel.ts';
import { notice } from '../parts/toast.tsx';
import type { Item } from '../shell/chats.ts';
import { useUi } from '../ui.ts';
import s from './dialogs.module.css';

const longest = 200;

const close = () => useUi.setState({ revealOpen: false });

export default function Reveal({ item }: { item: Item }) {
  const t = useT();
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const over = [...reason.trim()].length - longest;
  const wrong = over > 0 ? t('reveal.long', { n: over, limit: longest }) : problem;

  const reveal = async () => {
    if (busy || over > 0) return;
    if (reason.trim() === '') {
      setProblem(t('reveal.missing'));
      box.current?.focus();
      return;
    }
    setBusy(true);
    try {
      const number = await revealNumber(item.id, reason.trim());
      // Who has gone on meanwhile does not look at it any more.
      if (!box.current) return;
      useUi.setState({ revealOpen: false, revealed: { chat: item.id, number } });
      notice(t('reveal.done', { name: item.name, number: tel(number) }));
    } catch (e) {
      setBusy(false);
      setProblem((e as Error).message);
      box.current?.focus();
    }
  };

  return (
    <Modal opened onClose={close} title={t('reveal.title', { name: item.name })} size={460} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <form
        className={s.form}
        onSubmit={(e) => {
          e.preventDefault();
          void reveal();
        }}
        noValidate
      >
        <label className={s.label} htmlFor={id}>
          {t('reveal.reason')}
        </label>
        <input
          ref={box}
          data-autofocus
          id={id}
          className={s.input}
          autoComplete="off"
          value={reason}
          aria-invalid={wrong !== ''}
          aria-describedby={`${id}h`}
          onChange={(e) => {
            setReason(e.target.value);
            setProblem('');
          }}
        />
        <p className={s.hint} id={`${id}h`} data-tone={wrong ? 'bad' : undefined} role={wrong ? 'alert' : undefined}>
          {wrong || t('reveal.hint')}
        </p>
        <div className={s.foot}>
          <Button size="form" onClick={close}>
            {t('app.cancel')}
          </Button>
          <Button type="submit" look="primary" size="form" aria-disabled={busy || over > 0}>
            {t(busy ? 'reveal.busy' : 'reveal.do')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
