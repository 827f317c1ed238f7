// What somebody else saved while one was still editing. All of it is pure.
import { isOwn, same, type Draft, type Setting } from './setting.ts';

// Clash is a value that changed in two places: what one has here, and what was saved meanwhile.
export interface Clash {
  key: string;
  mine: unknown;
  theirs: unknown;
  by?: string;
  at?: string;
}

// held is what a place says for itself; null inherits. Drafts say it the same way.
export function held(s: Setting, queue?: number): unknown {
  return isOwn(s, queue) ? s.value : null;
}

// clashing lists the keys of a draft whose value is neither as it was when the edit began nor as the draft has it.
export function clashing(draft: Readonly<Record<string, unknown>>, began: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(draft).filter((key) => key in began && !same(now[key], began[key]) && !same(now[key], draft[key]));
}

export function clashesOf(draft: Draft, began: Readonly<Record<string, unknown>>, settings: readonly Setting[], queue?: number): Clash[] {
  const now = Object.fromEntries(settings.map((s) => [s.key, held(s, queue)]));
  return clashing(draft, began, now).map((key) => {
    const changed = settings.find((s) => s.key === key)?.changed;
    return { key, mine: draft[key], theirs: now[key], by: changed?.by?.name, at: changed?.at };
  });
}

// merged is a draft of a whole thing after somebody else saved it too: what only they changed is theirs, what only one
// changed oneself is one's own. What both changed in different ways is not decided here.
export function merged<D extends object>(draft: D, began: D, now: D): { draft: D; both: (keyof D & string)[] } {
  const out = { ...draft };
  const both: (keyof D & string)[] = [];
  for (const key of Object.keys(now) as (keyof D & string)[]) {
    if (same(now[key], began[key]) || same(now[key], draft[key])) continue;
    if (same(draft[key], began[key])) out[key] = now[key];
    else both.push(key);
  }
  return { draft: out, both };
}
