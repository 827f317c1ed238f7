// Where one is signed in, and a way to sign out there.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { FieldError, useAction } from '../admin/parts/index.tsx';
import { client, data } from '../api/client.ts';
import { useWords } from '../i18n/index.ts';
import { useTimes } from '../parts/clock.ts';
import { Button, ErrorState, Tag } from '../parts/index.tsx';
import { notice } from '../parts/toast.tsx';
import { agentName } from './agent.ts';
import s from './me.module.css';
import { words } from './words.ts';

const key = ['me', 'sessions'] as const;

export function Sessions() {
  const say = useWords(words);
  const { day, time } = useTimes();
  const cache = useQueryClient();
  const list = useQuery({ queryKey: key, queryFn: () => data(client.GET('/me/sessions')) });
  const end = useAction(async (session_id?: number) => {
    try {
      await data(client.DELETE('/me/sessions', { params: { query: { session_id } } }));
      notice(say('sessions.ended'));
    } finally {
      await cache.invalidateQueries({ queryKey: key });
    }
  });
  if (list.error && !list.data) return <ErrorState title={say('sessions.failed')} error={list.error} retry={() => void list.refetch()} />;
  const sessions = list.data?.sessions ?? [];
  return (
    <>
      <p className={s.hint}>{say('sessions.about')}</p>
      <ul className={s.sessions}>
        {sessions.map((one) => {
          const name = agentName(one.user_agent) || say('sessions.other');
          return (
            <li key={one.id}>
              <span>
                {name} {one.current && <Tag tone="ok">{say('sessions.this')}</Tag>} {one.provider && <Tag>{say('sessions.provider')}</Tag>}
                <br />
                <small>{say('sessions.times', { since: `${day(one.created_at)}, ${time(one.created_at)}`, seen: `${day(one.seen_at)}, ${time(one.seen_at)}` })}</small>
              </span>
              {!one.current && (
                <Button aria-disabled={end.busy || undefined} aria-label={say('sessions.end.of', { name, since: time(one.created_at) })} onClick={() => void end.run(one.id)}>
                  {say('sessions.end')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {end.error && <FieldError>{end.error.message}</FieldError>}
      {sessions.length > 1 && (
        <div className={s.row}>
          <Button aria-disabled={end.busy || undefined} onClick={() => void end.run()}>
            {say('sessions.end.all')}
          </Button>
        </div>
      )}
    </>
  );
}
