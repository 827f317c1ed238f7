// What stands in the addresses of the supervisor's pages; anybody may type them.
export interface MonitorSearch {
  tab?: 'chats' | 'agents' | 'queues';
  section?: 'ongoing' | 'future' | 'previous';
  queue?: number;
  team?: string;
  find?: string; // a part of a number, a name, an id
  sort?: string; // the chats by a column, downwards with a minus: -waited
  late?: boolean; // only agents who owe a reply for too long
  agents?: string; // their order, as sort
}

type Optional = 'queue' | 'team' | 'find' | 'sort' | 'late' | 'agents';

// monitorSearch keeps what makes sense of an address.
export function monitorSearch(raw: MonitorSearch): Required<Omit<MonitorSearch, Optional>> & Pick<MonitorSearch, Optional> {
  const queue = Number(raw.queue);
  const order = (v: unknown) => (typeof v === 'string' && /^-?[a-z]{1,20}$/.test(v) ? v : undefined);
  return {
    tab: raw.tab === 'agents' || raw.tab === 'queues' ? raw.tab : 'chats',
    section: raw.section === 'future' || raw.section === 'previous' ? raw.section : 'ongoing',
    ...(Number.isInteger(queue) && queue > 0 && { queue }),
    ...(raw.team !== undefined && { team: String(raw.team).slice(0, 100) }),
    ...(raw.find !== undefined && { find: String(raw.find).slice(0, 100) }),
    ...(order(raw.sort) && { sort: order(raw.sort) }),
    ...(String(raw.late) === 'true' && { late: true }),
    ...(order(raw.agents) && { agents: order(raw.agents) }),
  };
}

export interface Sorting {
  by: string;
  down: boolean;
}

// sortingOf reads an order as it stands in an address; one by a column that does not sort is the first one.
export function sortingOf(text: string | undefined, columns: readonly string[], first: Sorting): Sorting {
  const by = text?.replace(/^-/, '') ?? '';
  return columns.includes(by) ? { by, down: text!.startsWith('-') } : first;
}

export const sortingText = ({ by, down }: Sorting) => (down ? `-${by}` : by);

export interface HistorySearch {
  q?: string;
  status?: string;
  queue?: number;
  agent?: number;
  reason?: string;
  from?: string; // a day
  to?: string;
  flagged?: boolean;
  show?: 'why'; // of the chat that is open; else what was said
}

const day = /^\d{4}-\d{2}-\d{2}$/;

// historySearch keeps what makes sense of an address.
export function historySearch(given: HistorySearch): HistorySearch {
  const raw = given as Record<string, unknown>;
  const text = (v: unknown) => (typeof v === 'string' || typeof v === 'number' ? String(v).slice(0, 100) : undefined);
  const id = (v: unknown) => (Number.isInteger(Number(v)) && Number(v) > 0 ? Number(v) : undefined);
  const out: HistorySearch = {
    q: text(raw.q) || undefined,
    status: text(raw.status) || undefined,
    queue: id(raw.queue),
    agent: id(raw.agent),
    reason: text(raw.reason) || undefined,
    from: typeof raw.from === 'string' && day.test(raw.from) ? raw.from : undefined,
    to: typeof raw.to === 'string' && day.test(raw.to) ? raw.to : undefined,
    flagged: raw.flagged === true || raw.flagged === 'true' ? true : undefined,
  };
  for (const key of Object.keys(out) as (keyof HistorySearch)[]) if (out[key] === undefined) delete out[key];
  return out;
}

// asked is what the server is asked for: days of this browser's become moments.
export function asked(f: HistorySearch) {
  const next = f.to ? new Date(`${f.to}T00:00`) : undefined;
  next?.setDate(next.getDate() + 1);
  return {
    search: f.q,
    status: f.status as 'queued' | undefined,
    queue_id: f.queue,
    agent_id: f.agent,
    fail_reason: f.reason as 'nothing' | undefined,
    flagged: f.flagged,
    from: f.from ? new Date(`${f.from}T00:00`).toISOString() : undefined,
    to: next ? new Date(next.getTime() - 1).toISOString() : undefined,
  };
}

// Either, as somebody may have typed it.
export type SupervisorSearch = MonitorSearch & HistorySearch;
