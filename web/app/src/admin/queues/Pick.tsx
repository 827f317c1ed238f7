// What stands beside the tree while no queue is open: what is worth a look, and how the tree is moved in.
import { useQuery } from '@tanstack/react-query';
import { ChevronRight, EyeOff, Hash, UserX, type LucideIcon } from 'lucide-react';
import { useWords } from '../../i18n/index.ts';
import { Kbd } from '../../parts/index.tsx';
import { tel } from '../../parts/tel.ts';
import { listNumbers, numbersKey } from '../numbers/api.ts';
import { useGo } from '../place.ts';
import type { Channel, Queue } from './api.ts';
import s from './queues.module.css';
import { words } from './words.ts';

export function Pick({ all, channel, locked }: { all: readonly Queue[]; channel: Channel; locked: boolean }) {
  const say = useWords(words);
  const go = useGo();
  const numbers = useQuery({ queryKey: numbersKey, queryFn: listNumbers });
  const these = all.filter((q) => q.channel === channel);
  const loose = channel === 'sms' ? (numbers.data?.filter((n) => n.capabilities.includes('inbound') && !n.queue_id) ?? []) : [];
  const looks: { to: string; icon: LucideIcon; tone?: 'warn'; text: string }[] = [
    ...loose.map((n) => ({ to: `numbers/${n.id}`, icon: Hash, tone: 'warn' as const, text: say('unassigned.text', { number: tel(n.address) }) })),
    ...these.filter((q) => q.leaf && !q.hidden && q.agents === 0).map((q) => ({ to: `queues/${q.id}/agents`, icon: UserX, tone: 'warn' as const, text: say('pick.nobody', { name: q.name }) })),
    ...these.filter((q) => q.hidden).map((q) => ({ to: `queues/${q.id}`, icon: EyeOff, text: say('pick.hidden', { name: q.name }) })),
  ];
  return (
    <section className={s.pick} aria-labelledby="pick">
      <h2 id="pick">{say('pick.title')}</h2>
      <p>{say('pick.text', { n: these.filter((q) => q.leaf && q.agents > 0).length })}</p>
      {looks.length > 0 && (
        <>
          <h3>{say('pick.look')}</h3>
          <ul>
            {looks.map(({ to, icon: Icon, tone, text }) => (
              <li key={to}>
                <button type="button" data-tone={tone} onClick={() => go(to)}>
                  <Icon aria-hidden />
                  <span>{text}</span>
                  <ChevronRight aria-hidden />
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>{say('pick.keys')}</h3>
      <dl>
        <Line keys={['ArrowUp', 'ArrowDown']}>{say('pick.walk')}</Line>
        <Line keys={['Enter']}>{say('pick.open')}</Line>
        {!locked && (
          <>
            <Line keys={['Enter', 'Enter']}>{say('pick.below')}</Line>
            <div>
              <dt>
                <Kbd id="moveUp" />
                <Kbd id="moveDown" />
              </dt>
              <dd>{say('pick.order')}</dd>
            </div>
            <div>
              <dt>
                <Kbd id="nest" />
                <Kbd id="unnest" />
              </dt>
              <dd>{say('pick.nest')}</dd>
            </div>
          </>
        )}
      </dl>
    </section>
  );
}

function Line({ keys, children }: { keys: string[]; children: string }) {
  return (
    <div>
      <dt>
        {keys.map((k, i) => (
          <Kbd key={i} combo={k} />
        ))}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
