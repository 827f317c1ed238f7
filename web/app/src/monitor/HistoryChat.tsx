// One chat of the history: what was said, and why it is what it is.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useMemo } from 'react';
import { client, data } from '../api/client.ts';
import { add, emptyLog, type Row } from '../api/log.ts';
import type { Chat } from '../api/protocol.ts';
import { useWords } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { useTimes } from '../parts/clock.ts';
import { Button, ErrorState, IconButton, Segmented, Skeleton, Tag } from '../parts/index.tsx';
import { useSaying } from '../parts/saying.ts';
import { tel } from '../parts/tel.ts';
import { itemOf } from '../shell/chats.ts';
import s from './monitor.module.css';
import { Transcript } from './Transcript.tsx';
import { words } from './words.ts';

const nothingNew = { from: 0, upTo: 0 };

export function HistoryChat({ chat }: { chat: number }) {
  const say = useWords(words);
  const navigate = useNavigate();
  const tab = useSearch({ from: '/shell/history/chats', select: (q) => (q.show === 'why' ? 'why' : 'transcript') });
  const setTab = (v: 'transcript' | 'why') => void navigate({ to: '.', search: (was) => ({ ...was, show: v === 'why' ? v : undefined }), replace: true });
  const close = () => void navigate({ to: '/history/chats', search: (was) => ({ ...was, show: undefined }) });
  useKey('close', close);
  const found = useQuery({ queryKey: ['history', 'chat', chat], queryFn: () => data(client.GET('/chats/{chat_id}', { params: { path: { chat_id: chat } } })), staleTime: 0 });
  const name = found.data ? found.data.end_user.name || tel(found.data.end_user.number) : '';
  return (
    <aside className={s.panel} aria-label={say('panel.label', { name })} data-pane tabIndex={-1}>
      <header>
        <div>
          <h2>{name}</h2>
          <p>{[found.data?.queue?.path, found.data?.agent?.name, `#${chat}`].filter(Boolean).join(' · ')}</p>
          {(found.data?.disposition || found.data?.note) && (
            <p className={s.wrapped}>
              {found.data.disposition && <Tag tone="acc">{found.data.disposition}</Tag>} {found.data.note}
            </p>
          )}
        </div>
        <Segmented label={say('show')} value={tab} onChange={setTab} options={[{ value: 'transcript', label: say('history.transcript') }, { value: 'why', label: say('history.why') }]} />
        <IconButton icon={X} label={say('panel.close')} onClick={close} />
      </header>
      {found.error ? (
        <ErrorState title={say('panel.failed')} error={found.error} retry={() => void found.refetch()} />
      ) : !found.data ? (
        <Waiting />
      ) : tab === 'why' ? (
        <Why chat={chat} />
      ) : (
        <Said chat={chat} head={{ ...found.data, chat_id: found.data.id } as unknown as Chat} />
      )}
    </aside>
  );
}

function Waiting() {
  const say = useWords(words);
  return (
    <div className={s.fill} role="status" aria-label={say('loading')}>
      <Skeleton width="60%" height={36} />
      <Skeleton width="46%" height={36} />
    </div>
  );
}

function Said({ chat, head }: { chat: number; head: Chat }) {
  const say = useWords(words);
  const pages = useInfiniteQuery({
    queryKey: ['history', 'transcript', chat],
    queryFn: ({ pageParam }) => data(client.GET('/chats/{chat_id}/transcript', { params: { path: { chat_id: chat }, query: { after: pageParam, limit: 500 } } })),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.rows.length === 500 ? last.rows.at(-1)!.seq : undefined),
    staleTime: 0,
  });
  const log = useMemo(() => (pages.data?.pages ?? []).flatMap((p) => p.rows).reduce((held, row) => add(held, row as unknown as Row), emptyLog), [pages.data]);
  const item = useMemo(() => itemOf({ ...head, closed: { at: 0 } }, log, Number.MAX_SAFE_INTEGER), [head, log]);
  if (pages.error) return <ErrorState title={say('panel.failed')} error={pages.error} retry={() => void pages.refetch()} />;
  if (!pages.data) return <Waiting />;
  return (
    <>
      <Transcript item={item} log={log} unseen={nothingNew} />
      {pages.hasNextPage && (
        <p className={s.foot}>
          <Button onClick={() => void pages.fetchNextPage()}>{say('load.more')}</Button>
        </p>
      )}
    </>
  );
}

function Why({ chat }: { chat: number }) {
  const say = useWords(words);
  const inWords = useSaying();
  const { time } = useTimes();
  const why = useQuery({ queryKey: ['history', 'why', chat], queryFn: () => data(client.GET('/chats/{chat_id}/why', { params: { path: { chat_id: chat } } })), staleTime: 0 });
  if (why.error) return <ErrorState title={say('panel.failed')} error={why.error} retry={() => void why.refetch()} />;
  if (!why.data) return <Waiting />;
  return (
    <div className={s.why} tabIndex={0} role="region" aria-label={say('history.why')}>
      {why.data.steps.length === 0 && <p>{say('history.none')}</p>}
      <ol>
        {why.data.steps.map((step, i) => (
          <li key={i}>
            <time dateTime={step.at}>{time(step.at)}</time>
            <span>{inWords(step)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
