// What the list is narrowed to, from its key or its button until it is left. It stands in the address too, so that a link or a
// reload brings it back (spec 6, section 3).
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { useKey } from '../keys/useKey.ts';
import { useUi } from '../ui.ts';

// Browsers count how often an address changes, so it follows the typing at a pause.
const writeAfter = 250;

export interface Filtering {
  open: boolean; // its field is there
  query: string;
  asked: number; // how often it was asked for: each time the field has the focus
  may: boolean; // there is something to filter
  ask: () => void;
  set: (query: string) => void;
  leave: () => void; // without a filter
}

export function useFilter(may: boolean): Filtering {
  const { q } = useSearch({ from: '/shell/desk' });
  const [query, set] = useState(q);
  const [asked, setAsked] = useState(0);
  const { history, options } = useRouter();
  const navigate = useNavigate();
  const write = useCallback((to: string | undefined) => void navigate({ to: '.', search: { q: to?.trim() || undefined }, replace: true }), [navigate]);

  useEffect(() => {
    if ((query?.trim() || undefined) === q) return;
    const timer = setTimeout(() => write(query), query === undefined ? 0 : writeAfter);
    return () => clearTimeout(timer);
  }, [query, q, write]);
  // Back and forward bring back what was filtered then.
  useEffect(
    () =>
      history.subscribe(({ location, action }) => {
        if (action.type !== 'BACK' && action.type !== 'FORWARD' && action.type !== 'GO') return;
        const then = options.parseSearch(location.search).q as unknown;
        set(then === undefined ? undefined : String(then));
      }),
    [history, options],
  );

  const ask = () => {
    useUi.setState({ listFolded: false });
    set((x) => x ?? '');
    setAsked((n) => n + 1);
  };
  useKey('deskFilter', ask, may);
  return { open: query !== undefined, query: query ?? '', asked, may, ask, set, leave: () => set(undefined) };
}
