// The agent's day beside their team's, under the list.
import { useQuery } from '@tanstack/react-query';
import { getMyStats } from '../api/calls.ts';
import { queryKeys } from '../api/keys.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { clock } from '../parts/clock.ts';
import s from './history.module.css';

export default function Stats() {
  const t = useT();
  const { data } = useQuery({ queryKey: queryKeys.myStats, queryFn: getMyStats, refetchInterval: 120_000, staleTime: 60_000, retry: false });
  if (!data) return null;
  const length = (seconds: number) => (seconds > 0 ? clock(seconds * 1000) : '–');
  return (
    <dl className={s.stats}>
      <div>
        <dt>{t('stats.answered')}</dt>
        <dd>
          <strong>{data.mine.chats}</strong>
          <small>{t('stats.team', { value: Math.round(data.team.chats) })}</small>
        </dd>
      </div>
      <div>
        <dt>{t('stats.length')}</dt>
        <dd>
          <strong>{length(data.mine.handle_seconds)}</strong>
          <small>{t('stats.team', { value: length(data.team.handle_seconds) })}</small>
        </dd>
      </div>
    </dl>
  );
}
