// An action of a form: under way, refused at a field, done.
import { useRef, useState } from 'react';
import { Refused } from '../../api/client.ts';

export interface Action<A extends unknown[]> {
  run: (...args: A) => Promise<boolean>; // false when it was refused
  busy: boolean;
  error: Error | undefined;
  at: (field: string) => string | undefined; // the refusal's reason, when it names this field
  elsewhere: (...fields: string[]) => string | undefined; // the reason, when it names none of these
  clear: () => void;
}

export function useAction<A extends unknown[]>(act: (...args: A) => Promise<unknown>): Action<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const under = useRef(false);
  const field = error instanceof Refused ? error.field : undefined;
  return {
    busy,
    error,
    at: (name) => (field === name ? error?.message : undefined),
    elsewhere: (...names) => (error && !(field && names.includes(field)) ? error.message : undefined),
    clear: () => setError(undefined),
    run: async (...args) => {
      if (under.current) return false;
      under.current = true;
      setBusy(true);
      setError(undefined);
      try {
        await act(...args);
        return true;
      } catch (e) {
        setError(e instanceof Error ? e : new Error(String(e)));
        return false;
      } finally {
        under.current = false;
        setBusy(false);
      }
    },
  };
}
