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
  waiting?: number; // of a queue
  free?: number;
  open?: boolean;
  changes?: string; // when it closes or opens
  held?: number; // of an agent
  limit?: number;
}

// targetsOf lists queues and agents that fit what was typed; closed queues and those who can't take the chat come last, with
// the reason.
export function targetsOf(all: TransferTargets, query: string, here: number | undefined): Target[] {
  const queues = all.queues.map(
    (q): Target => ({ id: `q${q.id}`, to: { to_queue_id: q.id }, kind: 'queue', name: q.path, takes: true, waiting: q.waiting, free: q.free, open: q.open, changes: q.changes_at, ...(q.id === here && { why: 'here' }) }),
  );
  const agents = all.agents.map(
    (a): Target => ({ id: `a${a.id}`, to: { to_agent_id: a.id }, kind: 'agent', name: a.name, detail: a.status, takes: a.takes, why: a.why, held: a.held, limit: a.limit }),
  );
  const words = flat(query).split(/\s+/);
  const fits = (x: Target) => words.every((w) => flat(x.name).includes(w));
  const last = (x: Target) => (x.open === false ? 1 : x.takes ? 0 : 2);
  return [...queues, ...agents].filter(fits).sort((a, b) => last(a) - last(b));
}
