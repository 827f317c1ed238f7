// How many wait in the agent's queues, beside an empty list: read when the list becomes empty, when the agent's status changes
// and when they come back to the page.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { listMyQueues } from '../api/calls.ts';
import type { AgentStatus } from '../api/protocol.ts';
import { queryKeys } from '../api/keys.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { Button, Skeleton } from '../parts/index.tsx';
import s from './list.module.css';

export default function Waiting({ status }: { status: AgentStatus | undefined }) {
  const t = useT();
  const { data, error, refetch } = useQuery({ queryKey: [...queryKeys.myQueues, status], queryFn: listMyQueues, placeholderData: keepPreviousData, refetchOnWindowFocus: true });
  if (!data) {
    return error ? (
      <p role="alert">
        {t('waiting.failed')}{' '}
        <Button look="link" onClick={() => void refetch()}>
          {t('app.retry')}
        </Button>
      </p>
    ) : (
      <Skeleton width="60%" height={16} />
    );
  }
  const busy = data.filter((q) => q.waiting > 0);
  const n = busy.reduce((sum, q) => sum + q.waiting, 0);
  return (
    <>
      <p>{data.length === 0 ? t('waiting.noQueue') : n === 0 ? t('waiting.none') : t('waiting.some', { n })}</p>
      {n > 0 && (
        <ul className={s.waiting}>
          {busy.map(({ queue, waiting }) => (
            <li key={queue.id}>
              <span>{queue.path}</span> <strong>{waiting}</strong>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
