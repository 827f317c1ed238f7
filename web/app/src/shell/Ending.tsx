// The session ends soon: said once, with what can be done about it.
import { Clock } from 'lucide-react';
import { useState } from 'react';
import { getSession } from '../api/client.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { announce } from '../parts/announce.tsx';
import { useTimes } from '../parts/clock.ts';
import { Button } from '../parts/index.tsx';
import { notice } from '../parts/toast.tsx';
import type { Ending as What } from './ending.ts';
import s from './shell.module.css';

const signInAgain = () => location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);

export default function Ending({ ending: { why, at } }: { ending: What }) {
  const t = useT();
  const { time } = useTimes();
  const [busy, setBusy] = useState(false);

  async function stay() {
    if (busy) return;
    setBusy(true);
    try {
      if (!(await getSession())) return signInAgain();
      announce(t('ending.stayed'));
      document.getElementById('content')?.focus();
    } catch {
      notice(t('ending.failed'));
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className={s.banner} role="status">
      <Clock aria-hidden />
      <p>
        <strong>{t(`ending.${why}`, { time: time(at) })}</strong> {t(why === 'idle' ? 'ending.kept' : 'ending.limit.text')}
      </p>
      {why === 'idle' ? (
        <Button aria-disabled={busy} onClick={() => void stay()}>
          {t('ending.stay')}
        </Button>
      ) : (
        <Button onClick={signInAgain}>{t('ending.again')}</Button>
      )}
    </div>
  );
}
