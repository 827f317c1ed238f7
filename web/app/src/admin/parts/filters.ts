// Filters of a list live in the query string, so that a link restores the view.
import { useGo, usePlace } from '../place.ts';

export interface Filters<K extends string> {
  value: Record<K, string>; // '' is not asked
  set: (key: K, to: string) => void;
  put: (change: Partial<Record<K, string>>) => void;
  clear: () => void;
  any: boolean;
  said: string; // what was typed, for "nothing matches"
}

export function useFilters<K extends string>(...keys: readonly K[]): Filters<K> {
  const { id, rest, search } = usePlace();
  const go = useGo();
  const here = [id, ...rest].join('/');
  const value = Object.fromEntries(keys.map((k) => [k, search[k] === undefined ? '' : String(search[k])])) as Record<K, string>;
  const given = keys.filter((k) => value[k].trim() !== '');
  const others = Object.fromEntries(Object.entries(search).filter(([k]) => !keys.includes(k as K)));
  const put = (change: Partial<Record<K, string>>) => go(here, { ...others, ...Object.fromEntries(keys.map((k) => [k, change[k] ?? value[k]]).filter(([, v]) => v !== '')) }, true);
  return {
    value,
    set: (key, to) => put({ [key]: to } as Partial<Record<K, string>>),
    put,
    clear: () => go(here, others, true),
    any: given.length > 0,
    said: (value as Record<string, string>).q?.trim() ?? '',
  };
}
