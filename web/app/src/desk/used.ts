// Which shortcuts a text is written with, so that each is counted (spec 6, 4.6). Pure.
import type { Inserted } from '../api/store.ts';

const most = 10; // that the server counts for one text

const wordsOf = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

// usedIn is which of what was inserted is still there: at least half of its words, for agents make shortcuts their own.
export function usedIn(text: string, inserted: readonly Inserted[]): number[] {
  const there = new Set(wordsOf(text));
  const stands = ({ text: was }: Inserted) => {
    const words = wordsOf(was);
    return words.length === 0 ? text.includes(was) : words.filter((w) => there.has(w)).length * 2 >= words.length;
  };
  return [...new Set(inserted.filter(stands).map((x) => x.id))].slice(-most);
}
