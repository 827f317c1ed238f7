// Which chats of the list fit what was typed (spec 6, section 7). Pure.
import type { Item } from '../shell/chats.ts';
import type { Place } from './order.ts';

// flat is a text without what one leaves out while searching: accents and capitals.
export const flat = (x: string) => x.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

export type Findable = Pick<Item, 'name' | 'chat' | 'last'>;

// lastText is what a row shows of its chat.
export function lastText({ chat, last }: Pick<Findable, 'chat' | 'last'>): string {
  return last?.message.text ?? chat.preview ?? '';
}

// fits: each word is in the name, in the last text or, however it is written, in the number.
export function fits(item: Findable, query: string): boolean {
  const text = `${flat(item.name)}\n${flat(lastText(item))}`;
  const number = item.chat.end_user.number.replace(/\D/g, '');
  return wordsOf(query).every((word) => text.includes(word) || inNumber(number, word));
}

// narrowed keeps the places of chats that fit, in their order; all of them while nothing was typed.
export function narrowed(places: readonly Place[], items: readonly (Findable & { id: number })[], query: string): readonly Place[] {
  if (wordsOf(query).length === 0) return places;
  const fit = new Set(items.filter((item) => fits(item, query)).map((item) => item.id));
  return places.filter((p) => fit.has(p.id));
}

function wordsOf(query: string): string[] {
  return flat(query).split(/\s+/).filter(Boolean);
}

function inNumber(number: string, word: string): boolean {
  return /^[-+().\d]*\d[-+().\d]*$/.test(word) && number.includes(word.replace(/\D/g, ''));
}
