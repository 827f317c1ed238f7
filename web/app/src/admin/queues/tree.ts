// The queues as a tree, in menu order. All of it is pure.
import type { Channel, Queue } from './api.ts';

export interface Node {
  queue: Queue;
  depth: number; // 0 at the top
  key: number | undefined; // what customers text for it in the menu; undefined at the top and for hidden ones
  children: Node[];
}

export function treeOf(all: readonly Queue[], channel: Channel): Node[] {
  const below = (parent: number | undefined, depth: number): Node[] => {
    let key = 0;
    return siblings(all, parent, channel).map((queue) => ({
      queue,
      depth,
      key: parent === undefined || queue.hidden ? undefined : ++key,
      children: below(queue.id, depth + 1),
    }));
  };
  return below(undefined, 0);
}

export function siblings(all: readonly Queue[], parent: number | undefined, channel: Channel): Queue[] {
  return all.filter((q) => q.parent_id === parent && q.channel === channel).sort((a, b) => a.position - b.position || a.id - b.id);
}

// flat lists them from top to bottom, without what is below a folded one.
export function flat(nodes: readonly Node[], folded: ReadonlySet<number> = new Set()): Node[] {
  return nodes.flatMap((n) => [n, ...(folded.has(n.queue.id) ? [] : flat(n.children, folded))]);
}

// Slot is where a new queue would stand: below a parent, behind one of its siblings.
export interface Slot {
  parent: number | undefined;
  after: number | undefined;
}

// nested puts it below the one it stands behind, as the last; unnested behind its parent.
export function nested(all: readonly Queue[], channel: Channel, slot: Slot): Slot | undefined {
  if (slot.after === undefined) return undefined;
  return { parent: slot.after, after: siblings(all, slot.after, channel).at(-1)?.id };
}

export function unnested(all: readonly Queue[], slot: Slot): Slot | undefined {
  if (slot.parent === undefined) return undefined;
  return { parent: all.find((q) => q.id === slot.parent)?.parent_id, after: slot.parent };
}

// lineOf is the line of the list that a slot would take.
export function lineOf(all: readonly Queue[], nodes: readonly Node[], slot: Slot): number {
  const above = slot.after ?? slot.parent;
  if (above === undefined) return nodes.length;
  const below = slot.after === undefined ? new Set([above]) : within(all, above);
  return nodes.findLastIndex((n) => below.has(n.queue.id)) + 1;
}

// filtered keeps what matches and the way to it.
export function filtered(nodes: readonly Node[], query: string): Node[] {
  const q = query.trim().toLowerCase();
  if (!q) return [...nodes];
  return nodes.flatMap((n) => {
    const children = filtered(n.children, q);
    const hit = `${n.queue.name} ${Object.values(n.queue.names).join(' ')} ${n.queue.keywords.join(' ')}`.toLowerCase().includes(q);
    return hit || children.length ? [{ ...n, children: hit ? n.children : children }] : [];
  });
}

// within lists a queue and all below it.
export function within(all: readonly Queue[], id: number): Set<number> {
  const found = new Set([id]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const q of all) {
      if (q.parent_id !== undefined && found.has(q.parent_id) && !found.has(q.id)) {
        found.add(q.id);
        grown = true;
      }
    }
  }
  return found;
}

// treeWith lists the queues of the tree that a queue is in.
export function treeWith(all: readonly Queue[], queue: Queue): Queue[] {
  let root = queue;
  for (let up = all.find((q) => q.id === root.parent_id); up; up = all.find((q) => q.id === root.parent_id)) root = up;
  const ids = within(all, root.id);
  return all.filter((q) => ids.has(q.id));
}

// stepped is the order of the siblings with one of them a place up or down; undefined at the end of the list.
export function stepped(ids: readonly number[], id: number, step: -1 | 1): number[] | undefined {
  const at = ids.indexOf(id);
  const to = at + step;
  if (at < 0 || to < 0 || to >= ids.length) return undefined;
  const next = [...ids];
  [next[at], next[to]] = [next[to]!, next[at]!];
  return next;
}

// dropped is the order of the siblings with one of them in another's place.
export function dropped(ids: readonly number[], id: number, onto: number): number[] {
  const rest = ids.filter((x) => x !== id);
  const at = rest.indexOf(onto);
  const after = ids.indexOf(id) >= 0 && ids.indexOf(id) < ids.indexOf(onto);
  rest.splice(at < 0 ? rest.length : after ? at + 1 : at, 0, id);
  return rest;
}

// names says whether a refusal speaks of this word.
export function names(refusal: string | undefined, word: string): boolean {
  return ` ${refusal?.replaceAll('"', '') ?? ''} `.toLowerCase().includes(` ${word.toLowerCase()} `);
}
