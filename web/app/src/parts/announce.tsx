// What a screen reader is told, once: two live regions for the whole page.
import { create } from 'zustand';

interface Said {
  polite: { text: string; n: number };
  assertive: { text: string; n: number };
}

const useSaid = create<Said>(() => ({ polite: { text: '', n: 0 }, assertive: { text: '', n: 0 } }));

export function announce(text: string, how: 'polite' | 'assertive' = 'polite'): void {
  useSaid.setState((s) => ({ [how]: { text, n: s[how].n + 1 } }));
}

export function Announcer() {
  const { polite, assertive } = useSaid();
  return (
    <>
      <div data-hidden role="status">
        <span key={polite.n}>{polite.text}</span>
      </div>
      <div data-hidden role="alert">
        <span key={assertive.n}>{assertive.text}</span>
      </div>
    </>
  );
}
