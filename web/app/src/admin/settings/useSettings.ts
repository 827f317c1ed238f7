// The settings of one place, the tenant or a queue, with what was changed there and not saved yet.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { Refused } from '../../api/client.ts';
import { useWords } from '../../i18n/index.ts';
import { notice } from '../../parts/toast.tsx';
import { useAction } from '../parts/action.ts';
import { changeSettings, getSettings, settingsKey } from './api.ts';
import { clashesOf, held, type Clash } from './conflict.ts';
import { problemOf, put, shown, type Draft, type Setting } from './setting.ts';
import { useNames } from './useNames.ts';
import { words } from './words.ts';

export interface Settings {
  queue: number | undefined;
  all: readonly Setting[] | undefined;
  languages: readonly string[];
  variables: readonly string[];
  error: unknown;
  reload: () => void;
  draft: Draft;
  find: (key: string) => Setting | undefined;
  value: (key: string) => unknown;
  own: (key: string) => boolean;
  changed: (key: string) => boolean;
  inherited: (key: string) => unknown;
  set: (key: string, value: unknown) => void;
  problem: (key: string) => string | undefined; // what is wrong with it, as typed or as refused
  problems: readonly string[]; // the keys at fault
  elsewhere: string | undefined; // a refusal that names no setting
  refused: Error | undefined;
  clear: () => void; // a refusal
  busy: boolean;
  typed: boolean; // something is wrong as it stands, so that nothing is sent
  discard: () => void;
  save: () => Promise<boolean>;
  alone: () => Promise<boolean>; // nobody else saved one of these meanwhile; else there is something to choose
  clashes: readonly Clash[]; // what somebody else saved since the edit began
  choose: (clash: Clash, whose: 'mine' | 'theirs') => void;
  settle: () => void; // no choice yet
}

// useSettings: `above` is the queue whose values a queue inherits, null the tenant's. `send` saves a draft together with what
// else belongs to it, all or nothing.
export function useSettings(queue?: number, above: number | null = null, send: typeof changeSettings = changeSettings): Settings {
  const say = useWords(words);
  const { nameOf } = useNames();
  const cache = useQueryClient();
  const [draft, setDraft] = useState<Draft>({});
  const [clashes, setClashes] = useState<readonly Clash[]>([]);
  const began = useRef<Record<string, unknown>>({}); // what a key held when its edit began
  const here = useQuery({ queryKey: settingsKey(queue), queryFn: () => getSettings(queue) });
  const parent = useQuery({ queryKey: settingsKey(above ?? undefined), queryFn: () => getSettings(above ?? undefined), enabled: queue !== undefined });
  const byKey = useMemo(() => new Map(here.data?.settings.map((s) => [s.key, s])), [here.data]);
  const aboveByKey = useMemo(() => new Map(parent.data?.settings.map((s) => [s.key, s])), [parent.data]);

  const save = useAction(async () => {
    const n = Object.keys(draft).length;
    const page = await send(draft, queue);
    cache.setQueryData(settingsKey(queue), page);
    setDraft({});
    notice(say('saved', { n }));
    await cache.invalidateQueries({ predicate: (q) => q.queryKey[0] === 'admin' && (q.queryKey[1] === 'settings' || q.queryKey[1] === 'preview') });
  });
  // When it can't be known whether somebody else saved meanwhile, saving says what is wrong.
  const alone = async (): Promise<boolean> => {
    if (Object.keys(draft).length === 0) return true;
    const page = await getSettings(queue).catch(() => undefined);
    if (!page) return true;
    const found = clashesOf(draft, began.current, page.settings, queue);
    if (found.length) cache.setQueryData(settingsKey(queue), page);
    setClashes(found);
    return found.length === 0;
  };
  const inherited = (key: string) => (queue === undefined ? byKey.get(key)?.default : aboveByKey.get(key)?.value);
  const look = (key: string) => {
    const s = byKey.get(key);
    return s ? shown(s, draft, inherited(key), queue) : { value: undefined, own: false, changed: false };
  };
  const problem = (key: string) => {
    const s = byKey.get(key);
    const wrong = s && key in draft && draft[key] !== null ? problemOf(s, draft[key]) : undefined;
    if (wrong) return say(`problem.${wrong.why}`, wrong.values);
    const refusal = save.at(key);
    return refusal && refusal.replace(key, nameOf(key));
  };
  // What is known to be wrong never leaves: JSON would make null of no number, which means to inherit.
  const typed = Object.entries(draft).some(([key, value]) => value !== null && byKey.has(key) && problemOf(byKey.get(key)!, value));
  return {
    queue,
    all: here.data?.settings,
    languages: here.data?.languages ?? [],
    variables: here.data?.variables ?? [],
    error: here.error,
    reload: () => void here.refetch(),
    draft,
    find: (key) => byKey.get(key),
    value: (key) => look(key).value,
    own: (key) => look(key).own,
    changed: (key) => look(key).changed,
    inherited,
    set: (key, value) => {
      const s = byKey.get(key);
      if (s && !(key in draft)) began.current[key] = held(s, queue);
      if (s) setDraft((d) => put(d, s, value, queue));
      if (save.error instanceof Refused && save.error.field === key) save.clear();
    },
    problem,
    problems: Object.keys(draft).filter(problem),
    elsewhere: save.elsewhere(...Object.keys(draft)),
    refused: save.error,
    clear: save.clear,
    busy: save.busy,
    typed,
    discard: () => {
      setDraft({});
      save.clear();
    },
    alone,
    save: async () => !typed && (await alone()) && (await save.run()),
    clashes,
    choose: (clash, whose) => {
      began.current[clash.key] = clash.theirs;
      if (whose === 'theirs') setDraft(({ [clash.key]: _, ...rest }) => rest);
      setClashes((all) => all.filter((c) => c.key !== clash.key));
    },
    settle: () => setClashes([]),
  };
}
