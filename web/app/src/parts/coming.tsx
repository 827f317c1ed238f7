import { useLayoutEffect } from 'react';
import { hold } from '../keys/held.ts';

// Coming stands where a window or its field will be, and keeps for it what is typed meanwhile.
export function Coming() {
  useLayoutEffect(hold, []);
  return null;
}
