// The order of the list: by whose turn it is, and still while the agent is at it (spec 6, sections 2 and 4.1).

export type Section = 'reply' | 'waiting' | 'wrapUp' | 'ended';

export interface Place {
  id: number;
  section: Section;
}

export interface Sortable extends Place {
  since: number;
}

const rank: Record<Section, number> = { reply: 0, waiting: 1, wrapUp: 2, ended: 3 };

// wanted puts the longest-waiting customer first, and of those who owe us a text the latest.
export function wanted(chats: readonly Sortable[]): Place[] {
  return [...chats]
    .sort((a, b) => rank[a.section] - rank[b.section] || (a.section === 'reply' ? a.since - b.since : b.since - a.since) || a.id - b.id)
    .map(({ id, section }) => ({ id, section }));
}

export interface Shown {
  places: readonly Place[];
  moved: number; // how many would move if the list were free to
}

// isOver: nobody's turn any more.
const isOver = (section: Section) => section === 'wrapUp' || section === 'ended';

// settle keeps what is shown as it is while the list is held: gone chats leave, new ones come last in their section. One that
// has ended moves all the same, for where it stood it would ask for a reply.
export function settle(shown: readonly Place[], want: readonly Place[], held: boolean): Shown {
  if (!held) return { places: want, moved: 0 };
  const known = new Map(want.map((p) => [p.id, p]));
  const kept = shown.filter((p) => {
    const now = known.get(p.id);
    return now !== undefined && (now.section === p.section || !isOver(now.section));
  });
  const have = new Set(kept.map((p) => p.id));
  const places = [...kept];
  for (const p of want) {
    if (have.has(p.id)) continue;
    const after = places.findLastIndex((q) => rank[q.section] <= rank[p.section]);
    places.splice(after + 1, 0, p);
  }
  return { places, moved: movedCount(places, want) };
}

// movedCount counts the fewest rows that must move: all but the longest run already in order.
function movedCount(places: readonly Place[], want: readonly Place[]): number {
  const at = new Map(places.map((p, i) => [`${p.section}${p.id}`, i]));
  const tails: number[] = [];
  for (const p of want) {
    const i = at.get(`${p.section}${p.id}`);
    if (i === undefined) continue;
    tails[firstFrom(tails, i)] = i;
  }
  return want.length - tails.length;
}

// firstFrom is the place of the first of rising numbers that is not below i.
function firstFrom(tails: readonly number[], i: number): number {
  let from = 0;
  let to = tails.length;
  while (from < to) {
    const mid = (from + to) >> 1;
    if (tails[mid]! < i) from = mid + 1;
    else to = mid;
  }
  return from;
}
