// What of a list is open stands in the address: teams/7, teams/new.
import { useGo, usePlace } from '../place.ts';

// useOpened is the row or the way (new, import) that the address names, and how to open another one, or none.
export function useOpened<T extends { id: number }, W extends string>(rows: readonly T[] | undefined, ...ways: readonly W[]): [open: T | W | undefined, set: (to: T | W | undefined) => void] {
  const { id, rest, search } = usePlace();
  const go = useGo();
  const open = ways.find((w) => w === rest[0]) ?? rows?.find((r) => String(r.id) === rest[0]);
  return [open, (to) => go(to === undefined ? id : `${id}/${typeof to === 'object' ? to.id : to}`, search, to === undefined)];
}
