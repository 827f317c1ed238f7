// What is known of a customer beyond this chat: their time of day, and their earlier chats, each one press from its transcript.
import { useQuery } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { getConsumer, listChatsOf, type PastChat } from '../api/calls.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { timeIn, useNow, useTimes } from '../parts/clock.ts';
import { Button, Skeleton } from '../parts/index.tsx';
import { later } from '../parts/later.ts';
import s from './history.module.css';

const Past = later(() => import('./Past.tsx'));

const most = 5;

export default function History({ chat, consumer }: { chat: number; consumer: number }) {
  const t = useT();
  const { day } = useTimes();
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState<PastChat | null>(null);
  const { data, error, refetch } = useQuery({ queryKey: ['history', consumer, chat], queryFn: () => listChatsOf(consumer), staleTime: 60_000 });
  const past = data?.filter((c) => c.chat_id !== chat) ?? [];
  return (
    <section className={s.history}>
      <h3>
        {t('history.title')} {past.length > 0 && <span>{past.length}</span>}
      </h3>
      {error && (
        <p role="alert">
          {t('history.failed')}{' '}
          <Button look="link" onClick={() => void refetch()}>
            {t('app.retry')}
          </Button>
        </p>
      )}
      {!data && !error && <Skeleton width="80%" height={14} />}
      {data && past.length === 0 && <p>{t('history.none')}</p>}
      <ul>
        {past.slice(0, all ? undefined : most).map((c) => (
          <li key={c.chat_id}>
            <button type="button" onClick={() => setOpen(c)}>
              <span>{day(c.created_at)}</span>
              <strong>{c.queue?.name ?? t('history.noQueue')}</strong>
              <small>{c.agent?.name}</small>
            </button>
          </li>
        ))}
      </ul>
      {!all && past.length > most && (
        <Button look="link" onClick={() => setAll(true)}>
          {t('history.all', { n: past.length })}
        </Button>
      )}
      {open && (
        <Suspense>
          <Past chat={open} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </section>
  );
}

// ConsentSince is the day since which a customer may be texted, or not.
export function ConsentSince({ consumer }: { consumer: number }) {
  const t = useT();
  const { day } = useTimes();
  const { data } = useQuery({ queryKey: ['consumer', consumer], queryFn: () => getConsumer(consumer), staleTime: 600_000 });
  return data && <>, {t('history.consentSince', { date: day(data.consent_at, 0) })}</>;
}

// LocalTime is the customer's time of day, where their number says where they are.
export function LocalTime({ consumer }: { consumer: number }) {
  const t = useT();
  const now = useNow();
  const { day } = useTimes();
  const { data } = useQuery({ queryKey: ['consumer', consumer], queryFn: () => getConsumer(consumer), staleTime: 600_000 });
  if (!data) return null;
  return (
    <>
      {data.time_zone && (
        <>
          <dt>{t('history.localTime')}</dt>
          <dd>
            {timeIn(now, data.time_zone)}, {data.time_zone.split('/').at(-1)!.replaceAll('_', ' ')}
          </dd>
        </>
      )}
      <dt>{t('history.since')}</dt>
      <dd>{day(data.since)}</dd>
    </>
  );
}
