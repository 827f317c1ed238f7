// What was changed of a thing and is not saved yet, and what somebody else saved of it meanwhile (spec 6, section 5). Only
// what was changed is sent, so that the rest stays as others saved it.
import { useRef, useState } from 'react';
import { clashing, type Clash } from '../settings/conflict.ts';
import { same } from '../settings/setting.ts';

export interface Edited<E> {
  edit: E;
  put: (change: E) => void;
  discard: () => void;
  alone: () => Promise<boolean>; // nobody else saved one of these meanwhile; else there is something to choose
  clashes: readonly Clash[];
  choose: (clash: Clash, whose: 'mine' | 'theirs') => void;
  settle: () => void; // no choice yet
}

type Values = Record<string, unknown>;

// useEdit: `latest` reads the thing as it is saved. When that can't be known, saving says what is wrong.
export function useEdit<E extends object>(thing: object, latest: () => Promise<object | undefined>): Edited<E> {
  const [edit, setEdit] = useState<Partial<E>>({});
  const [clashes, setClashes] = useState<readonly Clash[]>([]);
  const began = useRef<Values>({}); // what a key held when its edit began
  const was = thing as Values;
  return {
    edit: edit as E,
    put: (change) =>
      setEdit((e) => {
        for (const key of Object.keys(change)) if (!(key in e)) began.current[key] = was[key];
        return Object.fromEntries(Object.entries({ ...e, ...change }).filter(([key, value]) => Number.isNaN(value) || !same(value, was[key]))) as Partial<E>;
      }),
    discard: () => setEdit({}),
    alone: async () => {
      const now = (await latest().catch(() => undefined)) as Values | undefined;
      const found = now ? clashing(edit as Values, began.current, now) : [];
      setClashes(found.map((key) => ({ key, mine: (edit as Values)[key], theirs: now![key] })));
      return found.length === 0;
    },
    clashes,
    choose: (clash, whose) => {
      began.current[clash.key] = clash.theirs;
      if (whose === 'theirs') setEdit((e) => Object.fromEntries(Object.entries(e).filter(([key]) => key !== clash.key)) as Partial<E>);
      setClashes((all) => all.filter((c) => c.key !== clash.key));
    },
    settle: () => setClashes([]),
  };
}
