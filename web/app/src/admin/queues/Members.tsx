// Who serves a queue: agents and teams in cascade groups. Each change is saved at once.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useWords } from '../../i18n/index.ts';
import { Avatar, IconButton, Select, Skeleton } from '../../parts/index.tsx';
import { adminStyles, FieldError, useAction } from '../parts/index.tsx';
import { holds } from '../pages.ts';
import { useSession } from '../place.ts';
import { getMembers, listAgents, listTeams, membersKey, queuesKey, setMembers, type Queue, type QueueMembers } from './api.ts';
import s from './queues.module.css';
import { words } from './words.ts';

type Who = 'agents' | 'teams';

export function Members({ queue, all }: { queue: Queue; all: readonly Queue[] }) {
  const say = useWords(words);
  const cache = useQueryClient();
  const may = holds(useSession(), ['manager', 'admin']);
  const members = useQuery({ queryKey: membersKey(queue.id), queryFn: () => getMembers(queue.id), enabled: may });
  const agents = useQuery({ queryKey: ['admin', 'agents'], queryFn: () => listAgents(''), enabled: may && queue.leaf });
  const teams = useQuery({ queryKey: ['admin', 'teams'], queryFn: listTeams, enabled: may && queue.leaf });
  // A change is made to what is saved now, which somebody else may have changed.
  const save = useAction(async (who: Who, change: (list: QueueMembers[Who]) => QueueMembers[Who]) => {
    const now = await getMembers(queue.id);
    const next = { ...now, [who]: change(now[who]) };
    const body = (list: QueueMembers[Who]) => list.map(({ id, cascade_group }) => ({ id, cascade_group }));
    await setMembers(queue.id, { agents: body(next.agents), teams: body(next.teams) });
    await Promise.all([cache.invalidateQueries({ queryKey: membersKey(queue.id) }), cache.invalidateQueries({ queryKey: queuesKey })]);
  });

  if (!queue.leaf) {
    return (
      <div className={s.fields}>
        <p>{say('members.menu')}</p>
        <ul>
          {all
            .filter((q) => q.leaf && q.channel === queue.channel && q.path.startsWith(`${queue.path} › `))
            .map((q) => (
              <li key={q.id}>
                <Link to="/admin/$" params={{ _splat: `queues/${q.id}` }} className={s.link}>
                  {q.path}
                </Link>{' '}
                <span className={s.dim}>{say('agents', { n: q.agents })}</span>
              </li>
            ))}
        </ul>
      </div>
    );
  }
  if (!members.data) return may ? <Skeleton width="100%" height={64} /> : null;
  const data = members.data;
  const rest = (who: Who, from: readonly { id: number; name: string }[] | undefined) => from?.filter((x) => !data[who].some((m) => m.id === x.id)) ?? [];
  const adders: [Who, 'members.addAgent' | 'members.addTeam', readonly { id: number; name: string }[]][] = [
    ['agents', 'members.addAgent', rest('agents', agents.data?.users)],
    ['teams', 'members.addTeam', rest('teams', teams.data)],
  ];
  return (
    <div className={s.fields}>
      {queue.agents === 0 && !queue.hidden && <p className={adminStyles.notice}>{say('nobody.text')}</p>}
      {adders.map(([who, adder, others]) => (
        <div key={who}>
          <h4 className={s.small}>{say(`members.${who}`)}</h4>
          {data[who].length === 0 && <p className={s.dim}>{say('members.none')}</p>}
          <ul className={s.members} aria-label={say(`members.${who}`)}>
            {[...data[who]]
              .sort((a, b) => a.cascade_group - b.cascade_group || a.name.localeCompare(b.name))
              .map((m) => (
                <li key={m.id}>
                  <Avatar name={m.name} size="s" />
                  <span>{m.name}</span>
                  <Select
                    label={say('members.group', { name: m.name })}
                    value={String(m.cascade_group)}
                    options={Array.from({ length: 10 }, (_, i) => ({ value: String(i + 1), label: say('members.groupN', { n: i + 1 }) }))}
                    onChange={(g) => void save.run(who, (list) => list.map((x) => (x.id === m.id ? { ...x, cascade_group: Number(g) } : x)))}
                  />
                  <IconButton icon={X} label={say('members.remove', { name: m.name })} onClick={() => void save.run(who, (list) => list.filter((x) => x.id !== m.id))} />
                </li>
              ))}
          </ul>
          {others.length > 0 && (
            <Select
              label={say(adder)}
              value=""
              options={[{ value: '', label: say(adder) }, ...others.map((x) => ({ value: String(x.id), label: x.name }))]}
              onChange={(id) => {
                const found = others.find((x) => String(x.id) === id);
                if (found) void save.run(who, (list) => [...list.filter((x) => x.id !== found.id), { id: found.id, name: found.name, cascade_group: 1 }]);
              }}
            />
          )}
        </div>
      ))}
      {save.error && <FieldError>{say('members.failed', { why: save.error.message })}</FieldError>}
    </div>
  );
}
