// What few transcripts have: a text that reads like a request to stop and waits for a decision, a supervisor's note.
import { ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import { decideOptOut } from '../api/client.ts';
import type { ChatEvent } from '../api/protocol.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { announce } from '../parts/announce.tsx';
import { useTimes } from '../parts/clock.ts';
import { Button } from '../parts/index.tsx';
import { notice } from '../parts/toast.tsx';
import s from './transcript.module.css';

export function FlagNote({ chat }: { chat: number }) {
  const t = useT();
  const [busy, setBusy] = useState(false);
  const decide = (decision: 'confirm' | 'dismiss') => {
    if (busy) return;
    setBusy(true);
    decideOptOut(chat, decision)
      .then(() => announce(t(decision === 'confirm' ? 'chat.optedOut' : 'chat.flagCleared')))
      .catch((e: Error) => {
        setBusy(false);
        notice(t('flag.failed', { why: e.message }));
      });
  };
  return (
    <div className={s.flag}>
      <ShieldAlert aria-hidden />
      <span>{t('flag.title')}</span>
      <Button look="link" aria-disabled={busy} onClick={() => decide('confirm')}>
        {t('flag.confirm')}
      </Button>
      <Button look="link" aria-disabled={busy} onClick={() => decide('dismiss')}>
        {t('flag.dismiss')}
      </Button>
    </div>
  );
}

// Whisper is a supervisor's note; the customer never gets it.
export function Whisper({ event, at }: { event: ChatEvent; at: string }) {
  const t = useT();
  const { time } = useTimes();
  return (
    <div className={s.whisper}>
      <p>{event.text}</p>
      <p className={s.meta}>
        {t('chat.whispered', { name: event.user?.name ?? '' })} · {time(at)}
      </p>
    </div>
  );
}
