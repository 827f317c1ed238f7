// The last hour of the figures, read off the chats on the board: it goes back to before the page was opened. Pure.
import type { BoardAgent, BoardChat, Taken } from './board.ts';

export const hourPoints = 31; // every two minutes, the last one now
const hour = 3_600_000;

// LastHour has a value for each moment, oldest first.
export interface LastHour {
  waiting: number[];
  longest: number[]; // ms
  progress: number[];
  level: number[]; // percent of those answered in the half hour before
  expired: number[]; // since the day began
  available?: number[];
}

// never is also not yet.
const at = (time: string | undefined) => (time ? Date.parse(time) : Infinity);

// lastHour looks at the same chats at each moment. target is how long a customer of a queue may wait, in seconds.
export function lastHour(chats: readonly BoardChat[], now: number, target: (queue: number | undefined) => number | undefined): LastHour {
  const out: LastHour = { waiting: [], longest: [], progress: [], level: [], expired: [] };
  const spans = chats.map((c) => ({
    queued: at(c.queued_at),
    assigned: at(c.assigned_at),
    ended: at(c.ended_at),
    expired: c.fail_reason === 'expired',
    target: (target(c.queue?.id) ?? Infinity) * 1000,
  }));
  for (let i = 0; i < hourPoints; i++) {
    const then = now - hour + (i * hour) / (hourPoints - 1);
    let waiting = 0;
    let longest = 0;
    let progress = 0;
    let answered = 0;
    let inTarget = 0;
    let expired = 0;
    for (const s of spans) {
      if (s.queued <= then && s.assigned > then && s.ended > then) {
        waiting++;
        longest = Math.max(longest, then - s.queued);
      }
      if (s.assigned <= then && s.ended > then) progress++;
      if (s.assigned <= then && s.assigned > then - hour / 2 && s.queued <= s.assigned) {
        answered++;
        if (s.assigned - s.queued <= s.target) inTarget++;
      }
      if (s.expired && s.ended <= then) expired++;
    }
    out.waiting.push(waiting);
    out.longest.push(longest);
    out.progress.push(progress);
    out.level.push(answered > 0 ? Math.round((100 * inTarget) / answered) : (out.level.at(-1) ?? 100));
    out.expired.push(expired);
  }
  return out;
}

// lastHourOf is how many agents were there and had room. Before what the board has shown comes what the server told (told). Who
// has closed the desk counts with what they did before; the last value is the figure of now.
export function lastHourOf(agents: readonly BoardAgent[], taken: ReadonlyMap<number, readonly Taken[]>, told: ReadonlyMap<number, readonly Taken[]>, chats: readonly BoardChat[], now: number, free: number): number[] {
  const them = agents.map((a) => ({
    did: [...(told.get(a.user.id) ?? []), ...(taken.get(a.user.id) ?? [])].sort((x, y) => x.at - y.at),
    gone: a.connected ? Infinity : Date.parse(a.since),
    limit: a.limit,
    held: chats.filter((c) => c.agent?.id === a.user.id).map((c) => ({ from: at(c.assigned_at), to: at(c.ended_at) })),
  }));
  return Array.from({ length: hourPoints }, (_, i) => {
    if (i === hourPoints - 1) return free;
    const then = now - hour + (i * hour) / (hourPoints - 1);
    return them.filter((a) => {
      if (then >= a.gone || a.did.findLast((d) => d.at <= then)?.status !== 'available') return false;
      return a.held.filter((h) => h.from <= then && h.to > then).length < a.limit;
    }).length;
  });
}

export interface Curve {
  line: string;
  area: string;
  end: { x: number; y: number };
  goal?: number; // where the target lies
}

// curve draws values into a box. The scale begins at nothing unless floor says where.
export function curve(values: readonly number[], width: number, height: number, goal?: number, floor = 0): Curve {
  const top = Math.max(...values, goal ?? 0, floor + 1);
  const inner = height - 6;
  const y = (v: number) => Math.round(10 * (3 + inner * (1 - (Math.max(v, floor) - floor) / (top - floor)))) / 10;
  const x = (i: number) => Math.round((10 * i * (width - 4)) / (values.length - 1)) / 10;
  const points = values.map((v, i) => `${x(i)} ${y(v)}`);
  const line = `M${points.join('L')}`;
  const end = { x: x(values.length - 1), y: y(values.at(-1)!) };
  return { line, area: `${line}V${height}H0Z`, end, ...(goal !== undefined && goal >= floor && { goal: y(goal) }) };
}
