// Where a chat can go, as the transfer dialog lists it. Pure.
import type { TransferTargets } from '../api/calls.ts';
import { flat } from './filter.ts';

export interface Target {
  id: string;
  to: { to_queue_id: number } | { to_agent_id: number };
  kind: 'queue' | 'agent';
  name: string;
  detail?: string; // of a queue the path, of an agent the status
  takes: boolean;
  why?: string;
}

// targetsOf lists queues and agents that fit what was typed; those who can't take the chat come last, with the reason.
export function targetsOf(all: TransferTargets, query: string, here: number | undefined): Target[] {
  const queues = all.queues.map(
    (q): Target => ({ id: `q${q.id}`, to: { to_queue_id: q.id }, kind: 'queue', name: q.path, takes: true, ...(q.id === here && { why: 'here' }) }),
  );
  const agents = all.agents.map(
    (a): Target => ({ id: `a${a.id}`, to: { to_agent_id: a.id }, kind: 'agent', name: a.name, detail: a.status, takes: a.takes, why: a.why }),
  );
  const words = flat(query).split(/\s+/);
  const fits = (x: Target) => words.every((w) => flat(x.name).includes(w));
  const last = (x: Target) => (x.takes ? 0 : 1);
  return [...queues, ...agents.sort((a, b) => last(a) - last(b))].filter(fits);
}
