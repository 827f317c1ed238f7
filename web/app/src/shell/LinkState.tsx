// How the connection is, in a word, a banner after 3 s, or a page when there is nothing left to retry.
import { LogIn, MonitorSmartphone, RefreshCw } from 'lucide-react';
import { useLink, type Phase } from '../api/link.ts';
import { useT, type Key } from '../i18n/index.ts';
import { age, useNow } from '../parts/clock.ts';
import { Button, Dot, EmptyState, type Tone } from '../parts/index.tsx';
import { useConnected } from './live.tsx';
import s from './shell.module.css';

const words: Record<Phase, [Key, Tone]> = {
  connecting: ['link.connecting', 'warn'],
  live: ['link.live', 'ok'],
  lost: ['link.reconnecting', 'warn'],
  restarting: ['link.restarting', 'warn'],
  ended: ['link.off', 'bad'],
  replaced: ['link.off', 'bad'],
};

const sayCaughtUpFor = 4000;
const quietWhileRestarting = 10_000;

export function LinkWord() {
  const t = useT();
  const now = useNow();
  const { phase, caughtUp, catching } = useLink();
  const [word, tone] = words[phase];
  const fresh = phase === 'live' && caughtUp && now - caughtUp.at < sayCaughtUpFor;
  const text = fresh ? (caughtUp.texts > 0 ? t('link.caughtUp', { n: caughtUp.texts }) : t('link.upToDate')) : phase === 'live' && catching.size > 0 ? t('link.catching') : t(word);
  return (
    <span className={s.link} data-tone={tone} role="status">
      <Dot tone={tone} />
      <span>{text}</span>
    </span>
  );
}

export function LinkBanner() {
  const t = useT();
  const now = useNow();
  const { phase, lostAt, retryAt, delayed } = useLink();
  const live = useConnected()?.live;
  if (delayed && phase === 'live') {
    return (
      <div className={s.banner} role="status">
        <RefreshCw aria-hidden />
        <p>{t('link.delayed')}</p>
      </div>
    );
  }
  if (lostAt === null || !['lost', 'restarting', 'connecting'].includes(phase)) return null;
  if (now - lostAt < (phase === 'restarting' ? quietWhileRestarting : 3000) - 1000) return null;
  return (
    <div className={s.banner}>
      <RefreshCw aria-hidden />
      <p>
        <strong>{t('link.lost', { age: age(now - lostAt) })}</strong> {t('link.safe')}
      </p>
      <span className={s.retryIn}>{retryAt ? t('link.retryIn', { age: age(Math.max(0, retryAt - now) + 999) }) : t('link.retrying')}</span>
      <Button onClick={live?.retryNow}>{t('link.retryNow')}</Button>
    </div>
  );
}

// LinkPane stands in place of the page when the connection is not ours to make.
export function LinkPane() {
  const t = useT();
  const phase = useLink((l) => l.phase);
  const live = useConnected()?.live;
  if (phase === 'ended') {
    return (
      <EmptyState icon={LogIn} title={t('link.ended.title')}>
        <p>{t('link.ended.text')}</p>
        <Button look="primary" size="form" onClick={() => location.assign(`/login?next=${encodeURIComponent(location.pathname)}`)}>
          {t('login.submit')}
        </Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={MonitorSmartphone} title={t('link.replaced.title')}>
      <p>{t('link.replaced.text')}</p>
      <Button look="primary" size="form" onClick={() => live?.takeOver()}>
        {t('link.replaced.use')}
      </Button>
    </EmptyState>
  );
}
