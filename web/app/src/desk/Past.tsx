// An earlier chat, to be read.
import { useQuery } from '@tanstack/react-query';
import { getTranscript, type PastChat } from '../api/calls.ts';
import type { ChatEvent } from '../api/protocol.ts';
import { useT } from '../i18n/index.ts';
import { useTimes } from '../parts/clock.ts';
import { ErrorState, Skeleton } from '../parts/index.tsx';
import { Modal } from '../parts/modal.tsx';
import { useDesk } from '../shell/live.tsx';
import s from './history.module.css';
import { fromOf, MediaTiles } from './Media.tsx';

export default function Past({ chat, onClose }: { chat: PastChat; onClose: () => void }) {
  const t = useT();
  const { day, time } = useTimes();
  const me = useDesk()?.agent.id;
  const { data, error, refetch } = useQuery({ queryKey: ['past', chat.chat_id], queryFn: () => getTranscript(chat.chat_id), staleTime: 60_000 });
  return (
    <Modal opened onClose={onClose} title={`${day(chat.created_at)} · ${chat.queue?.path ?? t('chat.number', { id: chat.chat_id })}`} size={620} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <p className={s.head}>
        {t('chat.number', { id: chat.chat_id })}
        {chat.agent && ` · ${chat.agent.name}`}
      </p>
      {error && <ErrorState title={t('history.pastFailed')} error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton width="60%" height={40} />}
      <div className={s.past} tabIndex={0} role="region" aria-label={t('history.past')}>
        {data?.rows.map((row) =>
          row.message ? (
            <div key={row.seq} style={{ display: 'contents' }}>
              <MediaTiles media={row.message.media} from={fromOf(row.message, me)} time={time(row.at)} />
              <p data-from={row.message.sender}>
                {row.message.erased ? t('chat.erased') : row.message.text}
                <time dateTime={row.at}>{time(row.at)}</time>
              </p>
            </div>
          ) : (
            row.event && said(t, row.event) && (
              <p key={row.seq} data-from="event">
                {said(t, row.event)}
              </p>
            )
          ),
        )}
      </div>
    </Modal>
  );
}

// said is an event in words; what happened between the machines of a chat long over is left out.
function said(t: ReturnType<typeof useT>, e: ChatEvent): string | null {
  switch (e.kind) {
    case 'assigned':
      return t('chat.answered', { name: e.user?.name ?? '' });
    case 'opted_out':
      return t('chat.optedOut');
    case 'ended':
      return t('chat.ended');
    default:
      return null;
  }
}
