// The whole screen for the wallboard, where the browser gives it.
import { useEffect, useRef, useState } from 'react';

const filled = () => document.fullscreenElement !== null;

// fill asks for the whole screen, which only a press may. A browser that says no changes nothing else.
export function fill(): void {
  document.documentElement.requestFullscreen?.().catch(() => {});
}

function give(): void {
  if (filled()) document.exitFullscreen().catch(() => {});
}

// useFull switches the whole screen on and off. Esc switches it off too, in a way that a page does not hear as a key: an end
// that nobody here asked for leaves the page. Leaving it by another way gives the screen back.
export function useFull(leave: () => void): () => void {
  const [full, setFull] = useState(filled);
  const latest = useRef(leave);
  latest.current = leave;
  const asked = useRef(false);
  useEffect(() => {
    const changed = () => {
      setFull(filled());
      if (!filled() && !asked.current) latest.current();
      asked.current = false;
    };
    document.addEventListener('fullscreenchange', changed);
    return () => {
      document.removeEventListener('fullscreenchange', changed);
      give();
    };
  }, []);
  return () => {
    asked.current = full;
    if (full) give();
    else fill();
  };
}
