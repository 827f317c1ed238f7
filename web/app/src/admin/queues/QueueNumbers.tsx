// Which numbers lead to a queue, and which it sends from.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useWords } from '../../i18n/index.ts';
import { Skeleton, Tag } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { listNumbers, numbersKey } from '../numbers/api.ts';
import { Check, FieldError, useAction } from '../parts/index.tsx';
import { getQueueNumbers, queueNumbersKey, setOutbound, type Queue } from './api.ts';
import s from './queues.module.css';
import { words } from './words.ts';

export function QueueNumbers({ queue, locked }: { queue: Queue; locked: boolean }) {
  const say = useWords(words);
  const cache = useQueryClient();
  const numbers = useQuery({ queryKey: numbersKey, queryFn: listNumbers });
  const mine = useQuery({ queryKey: queueNumbersKey(queue.id), queryFn: () => getQueueNumbers(queue.id) });
  // A change is made to what is saved now, which somebody else may have changed.
  const choose = useAction(async (id: number, on: boolean) => {
    const now = (await getQueueNumbers(queue.id)).outbound_ids.filter((other) => other !== id);
    const ids = on ? [...now, id] : now;
    cache.setQueryData(queueNumbersKey(queue.id), await setOutbound(queue.id, ids));
    await cache.invalidateQueries({ queryKey: ['admin', 'queue-numbers'] });
    await cache.invalidateQueries({ queryKey: numbersKey });
  });
  if (!mine.data || !numbers.data) return <Skeleton width="100%" height={64} />;
  const { inbound_ids, outbound_ids, sends, sends_from } = mine.data;
  const inbound = numbers.data.filter((n) => inbound_ids.includes(n.id));
  const able = numbers.data.filter((n) => n.capabilities.includes('outbound') && (n.status.startsWith('verified') || outbound_ids.includes(n.id)));
  return (
    <div className={s.fields}>
      <div>
        <h4 className={s.small}>{say('numbers.in')}</h4>
        {inbound.length === 0 && <p className={s.dim}>{say('numbers.in.none')}</p>}
        {inbound.map((n) => (
          <p key={n.id}>
            <Link to="/admin/$" params={{ _splat: `numbers/${n.id}` }} className={s.link}>
              {tel(n.address)}
            </Link>{' '}
            <span className={s.dim}>{n.label}</span>
          </p>
        ))}
      </div>
      <div>
        <h4 className={s.small}>{say('numbers.out')}</h4>
        <p>
          {sends.map((n) => tel(n.address)).join(', ')} <Tag tone={sends_from === 'none' ? 'warn' : undefined}>{say(`numbers.${sends_from}`)}</Tag>
        </p>
      </div>
      {!locked && able.length > 0 && (
        <fieldset className={s.fieldset} disabled={choose.busy}>
          <legend className={s.small}>{say('numbers.choose')}</legend>
          {able.map((n) => (
            <Check
              key={n.id}
              label={n.label ? `${tel(n.address)} ${n.label}` : tel(n.address)}
              on={outbound_ids.includes(n.id)}
              onChange={(on) => void choose.run(n.id, on)}
            />
          ))}
          {choose.error && <FieldError>{choose.error.message}</FieldError>}
        </fieldset>
      )}
    </div>
  );
}
