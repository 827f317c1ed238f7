// A thing that is edited in a form and saved as a whole, which somebody else may have saved meanwhile (spec 6, section 5):
// what only they changed is kept, what both changed is shown side by side, and nothing is overwritten.
import { useRef, useState, type ReactNode } from 'react';
import { Clashes } from '../settings/Clashes.tsx';
import { merged, type Clash } from '../settings/conflict.ts';

export interface Shared<D> {
  draft: D;
  set: (part: Partial<D>) => void;
  // settled is what may be saved; nothing while there is something to choose.
  settled: () => Promise<D | undefined>;
  // clashes are in place of the form while there is something to choose.
  clashes: ReactNode;
}

interface Words<D> {
  nameOf: (key: keyof D & string) => string;
  textOf: (key: keyof D & string, value: unknown) => string;
}

// useShared: `was` is the thing as the edit found it, `now` reads it as it is saved, or nothing when it is gone or new; then
// saving says what is wrong. When it can't be read nothing is saved: it might overwrite.
export function useShared<D extends object>(was: D, now: () => Promise<D | undefined>, { nameOf, textOf }: Words<D>): Shared<D> {
  const [draft, setDraft] = useState(was);
  const began = useRef(was);
  const [found, setFound] = useState<readonly Clash[]>([]);
  const set = (part: Partial<D>) => setDraft((d) => ({ ...d, ...part }));
  const choose = (clash: Clash, whose: 'mine' | 'theirs') => {
    began.current = { ...began.current, [clash.key]: clash.theirs };
    if (whose === 'theirs') set({ [clash.key]: clash.theirs } as Partial<D>);
    setFound((all) => all.filter((c) => c.key !== clash.key));
  };
  return {
    draft,
    set,
    settled: async () => {
      const theirs = await now();
      if (!theirs) return draft;
      const { draft: next, both } = merged(draft, began.current, theirs);
      setDraft(next);
      setFound(both.map((key) => ({ key, mine: draft[key], theirs: theirs[key] })));
      began.current = { ...theirs, ...Object.fromEntries(both.map((key) => [key, began.current[key]])) };
      return both.length === 0 ? next : undefined;
    },
    clashes: found.length > 0 && <Clashes clashes={found} nameOf={(key) => nameOf(key as keyof D & string)} textOf={(key, value) => textOf(key as keyof D & string, value)} choose={choose} onClose={() => setFound([])} />,
  };
}
