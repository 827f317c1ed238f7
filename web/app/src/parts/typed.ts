// What is typed into a field and stands in the address: the address follows the keys, and one that changes by itself (back, a
// link) changes the field.
import { useEffect, useRef, useState } from 'react';

export function useTyped(address: string, set: (value: string) => void): [value: string, type: (value: string) => void] {
  const [typed, setTyped] = useState(address);
  const asked = useRef<string[]>([]); // addresses of ours that are on their way
  const seen = useRef(address);
  useEffect(() => {
    if (address === seen.current) return;
    seen.current = address;
    const at = asked.current.indexOf(address);
    if (at >= 0) asked.current.splice(0, at + 1);
    else setTyped(address);
  }, [address]);
  return [
    typed,
    (value) => {
      setTyped(value);
      const next = value.trim();
      if (next === (asked.current.at(-1) ?? seen.current)) return;
      asked.current.push(next);
      set(next);
    },
  ];
}
