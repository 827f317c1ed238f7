// What the composer offers while it is written in: `/` shortcuts, `#` their categories, `{` attributes. Pure.
import type { Shortcut } from '../api/calls.ts';
import { flat } from './filter.ts';

export type Kind = 'shortcut' | 'category' | 'attribute';

export interface Trigger {
  kind: Kind;
  query: string;
  from: number; // where its sign stands
  to: number; // the caret
}

// triggerAt finds the sign before the caret with what was typed after it. A sign in the middle of a word means itself.
export function triggerAt(text: string, caret: number): Trigger | null {
  const before = text.slice(0, caret);
  const found = /(?:^|\s)([/#])([^\s/#{}]*)$/.exec(before) ?? /(\{)([\p{L}_]*)$/u.exec(before);
  if (!found) return null;
  const [, sign, query] = found as unknown as [string, string, string];
  const kind = sign === '/' ? 'shortcut' : sign === '#' ? 'category' : 'attribute';
  return { kind, query, from: caret - query.length - 1, to: caret };
}

export interface Written {
  text: string;
  caret: number;
}

// put writes a value in the place of what called for it.
export function put(text: string, at: { from: number; to: number }, value: string): Written {
  return { text: text.slice(0, at.from) + value + text.slice(at.to), caret: at.from + value.length };
}

// matching lists the shortcuts of a query, those whose keyword begins with it first. Of one keyword in several languages
// the chat's stays.
export function matching(all: readonly Shortcut[], query: string, lang: string, category?: string): Shortcut[] {
  const q = flat(query);
  const rank = (x: Shortcut): number => {
    const keyword = flat(x.keyword);
    if (keyword.startsWith(q)) return 0;
    if (keyword.includes(q)) return 1;
    return flat(x.category).includes(q) ? 2 : q.length > 1 && flat(x.text).includes(q) ? 3 : 4;
  };
  const ours = new Set(all.filter((x) => x.lang === lang).map((x) => x.keyword));
  return all
    .filter((x) => (category === undefined || x.category === category) && (x.lang === lang || !ours.has(x.keyword)) && rank(x) < 4)
    .sort((a, b) => rank(a) - rank(b) || a.keyword.localeCompare(b.keyword));
}

// categories lists those of a query with how many shortcuts each has.
export function categories(all: readonly Shortcut[], query: string, lang: string): { name: string; n: number }[] {
  const q = flat(query);
  const counts = new Map<string, number>();
  for (const x of matching(all, '', lang)) if (x.category) counts.set(x.category, (counts.get(x.category) ?? 0) + 1);
  return [...counts].filter(([name]) => flat(name).includes(q)).map(([name, n]) => ({ name, n })).sort((a, b) => a.name.localeCompare(b.name));
}
