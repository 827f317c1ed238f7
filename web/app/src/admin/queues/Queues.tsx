// Queue settings: the tree, the editor of one queue, and what customers see (spec 6, 4.2).
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { EmptyState, ErrorState } from '../../parts/index.tsx';
import { PageSkeleton } from '../parts/index.tsx';
import { useGo, useMayChange, usePlace } from '../place.ts';
import { Add } from './Add.tsx';
import { listQueues, queuesKey, type Channel } from './api.ts';
import { Editor } from './Editor.tsx';
import s from './queues.module.css';
import { Pick } from './Pick.tsx';
import { Start } from './Start.tsx';
import { Tree } from './Tree.tsx';
import { words } from './words.ts';

export default function Queues() {
  const say = useWords(words);
  const go = useGo();
  const locked = !useMayChange();
  const cache = useQueryClient();
  const { rest, search } = usePlace();
  const queues = useQuery({ queryKey: queuesKey, queryFn: listQueues });
  const [adding, setAdding] = useState(false);
  const all = queues.data;
  if (!all) return queues.error ? <ErrorState title={say('failed')} error={queues.error} retry={() => void queues.refetch()} /> : <PageSkeleton />;

  const open = all.find((q) => String(q.id) === rest[0]);
  const channel: Channel = open?.channel ?? (search.channel === 'ivr' ? 'ivr' : 'sms');
  return (
    <div className={s.queues} data-open={open ? true : undefined}>
      <Tree all={all} channel={channel} open={open} locked={locked} onAdd={() => setAdding(true)} />
      {open ? (
        <Editor key={open.id} queue={open} all={all} locked={locked} />
      ) : !rest[0] && all.some((q) => q.channel === channel) ? (
        <Pick all={all} channel={channel} locked={locked} />
      ) : rest[0] || locked ? (
        <EmptyState title={say('pick.title')}>
          <p>{say(rest[0] ? 'gone' : 'empty.text')}</p>
        </EmptyState>
      ) : (
        <Start channel={channel} onAdd={() => setAdding(true)} />
      )}
      {adding && (
        <Add
          all={all}
          channel={channel}
          under={open ? (open.leaf ? open.parent_id : open.id) : undefined}
          onClose={() => setAdding(false)}
          onAdded={(q) => {
            setAdding(false);
            void cache.invalidateQueries({ queryKey: queuesKey }).then(() => go(`queues/${q.id}`));
          }}
        />
      )}
    </div>
  );
}
