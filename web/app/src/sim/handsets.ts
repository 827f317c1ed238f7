// Which handsets there are, which lie on the table, and what a person has set up for them. Kept in this browser; the texts
// themselves are the carrier's.
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { Handset } from '../api/client.ts';

export interface Chip {
  label: string;
  text: string;
}

export interface SavedScript {
  id: string;
  source: string;
}

export interface Book {
  added: readonly Handset[];
  removed: readonly string[]; // of those that are configured
  open: readonly string[] | null; // numbers, in order; null: the first two
  to: Readonly<Record<string, string>>; // handset → the business number it texts
  seen: Readonly<Record<string, string>>; // "handset number" → when its last text was seen
  chips: readonly Chip[] | null; // null: the usual ones
  scripts: readonly SavedScript[];
}

const mostOpen = 4;
export const mostAdded = 20;
export const empty: Book = { added: [], removed: [], open: null, to: {}, seen: {}, chips: null, scripts: [] };

export const useBook = create<Book>()(persist((): Book => empty, { name: 'sidetone.phones', version: 1 }));

export function handsetsOf(configured: readonly Handset[], book: Book): Handset[] {
  const here = configured.filter((h) => !book.removed.includes(h.number));
  return [...here, ...book.added.filter((h) => !configured.some((c) => c.number === h.number && here.includes(c)))];
}

// openOf lists what lies on the table: at least one handset, if there is any.
export function openOf(handsets: readonly Handset[], book: Book): Handset[] {
  const chosen = (book.open ?? []).flatMap((n) => handsets.find((h) => h.number === n) ?? []);
  return chosen.length > 0 ? chosen : handsets.slice(0, book.open === null ? 2 : 1);
}

// opened puts a handset on the table; the one that lies there longest makes room.
export function opened(open: readonly string[], number: string): string[] {
  return open.includes(number) ? [...open] : [...open, number].slice(-mostOpen);
}

export type Refusal = 'name' | 'number' | 'taken' | 'many';

// add puts a new handset into the book and on the table, or says what is wrong with it.
export function add(book: Book, handsets: readonly Handset[], handset: Handset): Book | Refusal {
  const name = handset.name.trim();
  const number = normal(handset.number);
  if (name === '' || name.length > 40) return 'name';
  if (!/^\+[1-9]\d{6,14}$/.test(number)) return 'number';
  if (handsets.some((h) => h.number === number)) return 'taken';
  if (book.added.length >= mostAdded) return 'many';
  return { ...book, added: [...book.added, { name, number }], open: opened(openOf(handsets, book).map((h) => h.number), number) };
}

export function remove(book: Book, handsets: readonly Handset[], number: string): Book {
  const own = book.added.some((h) => h.number === number);
  return {
    ...book,
    added: book.added.filter((h) => h.number !== number),
    removed: own ? book.removed : [...book.removed, number],
    open: openOf(handsets, book).map((h) => h.number).filter((n) => n !== number),
  };
}

export function rename(book: Book, handset: Handset, name: string): Book {
  const next = name.trim().slice(0, 40);
  if (next === '' || next === handset.name) return book;
  const own = book.added.some((h) => h.number === handset.number);
  const renamed = { number: handset.number, name: next };
  return own
    ? { ...book, added: book.added.map((h) => (h.number === handset.number ? renamed : h)) }
    : { ...book, added: [...book.added, renamed], removed: [...book.removed, handset.number] };
}

// normal reads a number as people write it: +1 (415) 555-0142.
function normal(number: string): string {
  return number.replace(/[\s().-]/g, '');
}

export interface Plan {
  country: string;
  prefix: string;
  digits: number; // after the prefix
}

// Numbers that belong to nobody where a country keeps such a range, valid ones elsewhere.
export const plans: readonly Plan[] = [
  { country: 'US', prefix: '+1415555', digits: 4 },
  { country: 'CA', prefix: '+1416555', digits: 4 },
  { country: 'GB', prefix: '+447700900', digits: 3 },
  { country: 'ES', prefix: '+346000000', digits: 2 },
  { country: 'MX', prefix: '+521555000', digits: 4 },
];

// freeNumber is the first number of a plan that no handset has.
export function freeNumber(plan: Plan, taken: readonly Handset[]): string {
  for (let i = 150; ; i++) {
    const number = plan.prefix + String(i % 10 ** plan.digits).padStart(plan.digits, '0');
    if (!taken.some((h) => h.number === number)) return number;
  }
}

export const usualChips: readonly Chip[] = [
  ...['Hi', '1', '2', 'BACK', 'EXIT', 'HELP', 'STOP', 'START'].map((text) => ({ label: text, text })),
  { label: '160+', text: 'I ordered a large grey rug on the second of the month, and what came is a small green one. The parcel was open on one side, the invoice is missing, and the driver left before I could say anything at all.' },
  { label: 'Emoji', text: 'It is a birthday gift 🎁🎉' },
  { label: 'It’s', text: 'It’s the blue one' },
];

// Chips are edited as lines: a text, or its short name, an equals sign and the text.
export function writeChips(chips: readonly Chip[]): string {
  return chips.map((c) => (c.label === c.text ? c.text : `${c.label} = ${c.text}`)).join('\n');
}

export function readChips(lines: string): Chip[] {
  return lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, 24)
    .map((line) => {
      const m = /^(.{1,16}?)\s+=\s+(.+)$/.exec(line);
      return m ? { label: m[1]!, text: m[2]! } : { label: line.length > 16 ? `${line.slice(0, 15)}…` : line, text: line };
    });
}
