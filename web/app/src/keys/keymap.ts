// The keys as a person may have them: what a change would clash with, and what may not be a key at all (spec 6, section 7).
import { bindings, expand, isSingle, keyIds, keysOf, type Binding, type KeyId, type Own, type Scope } from './registry.ts';

// Which scopes hear a key pressed in a scope: a key may mean one thing only where it is heard.
const heardWith: Record<Scope, readonly Scope[]> = {
  everywhere: ['everywhere'],
  desk: ['everywhere', 'desk'],
  composer: ['composer'],
  monitor: ['everywhere', 'monitor'],
  admin: ['everywhere', 'admin'],
  simulator: ['everywhere', 'simulator'],
};

const scopes = Object.keys(heardWith) as Scope[];

// heardOn: what works while one writes is heard in the composer too.
function heardOn(page: Scope, b: Binding): boolean {
  return heardWith[page].includes(b.scope) || (page === 'composer' && b.typing === true && (b.scope === 'everywhere' || b.scope === 'desk'));
}

const heardTogether = (a: KeyId, b: KeyId) => scopes.some((page) => heardOn(page, bindings[a]) && heardOn(page, bindings[b]));

// clashes lists combos that two bindings of one page claim.
export function clashes(all: Record<string, Binding> = bindings): string[] {
  const found: string[] = [];
  for (const page of scopes) {
    const owner = new Map<string, string>();
    for (const [id, b] of Object.entries(all)) {
      if (!heardOn(page, b)) continue;
      for (const combo of b.combos.flatMap(expand)) {
        const other = owner.get(combo);
        if (other && other !== id) found.push(`${page}: ${combo} is ${other} and ${id}`);
        owner.set(combo, id);
      }
    }
  }
  return [...new Set(found)];
}

// What browsers and text fields keep for themselves. Mod+Z is our own.
const kept = /^(Mod\+[ACVXTWNRLPQFHJM]|Mod\+Shift\+[NTWZJIC]|Mod\+Tab|Tab|Shift\+Tab|Enter|Escape|Backspace|Delete|Home|End|PageUp|PageDown|Alt\+F4|F5|F1[12]|Arrow\w+|Alt\+Arrow(Left|Right)|Space| )$/;

export type Refusal = { why: 'clash'; with: KeyId } | { why: 'kept' | 'typing' | 'single' };

// refusal says why an action may not have a key; null when it may. Keys that are switched off clash as well: they come back.
export function refusal(id: KeyId, combo: string, own: Own): Refusal | null {
  if (!(bindings[id] as Binding).combos.includes(combo)) {
    if (kept.test(combo)) return { why: 'kept' };
    if ((bindings[id] as Binding).typing && isSingle(combo)) return { why: 'typing' };
  }
  if (!own.single_keys && isSingle(combo)) return { why: 'single' };
  const other = clashOf(id, combo, own);
  return other ? { why: 'clash', with: other } : null;
}

// clashOf finds another action with this key where both are heard, or with a sequence that begins with it.
export function clashOf(id: KeyId, combo: string, own: Own): KeyId | undefined {
  const all = { ...own, single_keys: true };
  return keyIds.find((other) => other !== id && heardTogether(id, other) && keysOf(other, all).flatMap(expand).some((c) => meet(c, combo)));
}

const meet = (a: string, b: string) => a === b || a.startsWith(`${b} `) || b.startsWith(`${a} `);

// pressed adds a pressed key to what was pressed before: two single characters make a sequence.
export function pressed(before: string, combo: string): string {
  const bare = (c: string) => [...c].length === 1;
  return bare(before) && bare(combo) && before !== combo ? `${before} ${combo}` : combo;
}

// changed is the own keys with another one for an action; its own key again is no change.
export function changed(own: Own, id: KeyId, combo: string | null): Record<string, string> {
  const { [id]: _, ...rest } = own.keys;
  const first = (bindings[id] as Binding).combos;
  return combo === null || (first.length === 1 && first[0] === combo) ? rest : { ...rest, [id]: combo };
}
