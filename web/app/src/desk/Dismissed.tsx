// What the agent has laid aside: it comes back when the customer writes, or when it is taken back here.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { listDismissed, resumeChat, type LaidAside } from '../api/calls.ts';
import { queryKeys } from '../api/keys.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { age, useNow } from '../parts/clock.ts';
import { Avatar, Button, Skeleton } from '../parts/index.tsx';
import { notice } from '../parts/toast.tsx';
import { nameOf } from '../shell/chats.ts';
import { useDesk } from '../shell/live.tsx';
import s from './dialogs.module.css';

export default function Dismissed() {
  const t = useT();
  const { data, error, refetch } = useQuery({ queryKey: queryKeys.dismissed, queryFn: listDismissed, staleTime: 30_000 });
  if (error) {
    return (
      <p className={s.note} role="alert">
        {t('dismissed.failed')}{' '}
        <Button look="link" onClick={() => void refetch()}>
          {t('app.retry')}
        </Button>
      </p>
    );
  }
  if (!data) return <Skeleton width="80%" height={16} />;
  if (data.length === 0) return <p className={s.note}>{t('dismissed.none')}</p>;
  return (
    <ul>
      {data.map((c) => (
        <Row key={c.chat_id} chat={c} />
      ))}
    </ul>
  );
}

function Row({ chat }: { chat: LaidAside }) {
  const t = useT();
  const now = useNow();
  const cache = useQueryClient();
  const offset = useDesk()?.offset ?? 0;
  const [busy, setBusy] = useState(false);
  const name = nameOf(chat);
  const resume = () => {
    if (busy) return;
    setBusy(true);
    resumeChat(chat.chat_id).then(
      () => {
        cache.setQueryData<LaidAside[]>(queryKeys.dismissed, (all) => all?.filter((c) => c.chat_id !== chat.chat_id));
        notice(t('dismissed.resumed', { name }));
      },
      (e: Error) => {
        setBusy(false);
        notice(t('dismissed.notResumed', { why: e.message }));
        void cache.invalidateQueries({ queryKey: queryKeys.dismissed });
      },
    );
  };
  return (
    <li className={s.aside}>
      <Avatar name={chat.end_user.name} />
      <span className={s.asideText}>
        <strong>{name}</strong>
        <span>{chat.preview}</span>
        <small>
          {chat.queue?.path} · {age(now + offset - Date.parse(chat.dismissed_at))}
        </small>
      </span>
      <Button aria-disabled={busy} aria-label={t('dismissed.resumeOf', { name })} onClick={resume}>
        {t('dismissed.resume')}
      </Button>
    </li>
  );
}
