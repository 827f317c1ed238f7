import { describe, expect, it } from 'vitest';
import { fits, narrowed, type Findable } from './filter.ts';
import type { Place } from './order.ts';

const chat = (id: number, name: string | undefined, number: string, last: string): Findable & { id: number } => ({
  id,
  name: name ?? number,
  chat: { chat_id: id, status: 'assigned', queue: null, end_user: { id, name, number }, number: '+18885550100', lang: 'en', last_seq: 1, created_at: '2026-11-21T10:31:00Z', preview: last },
  last: null,
});
const marisol = chat(7, 'Marisol Vega', '+14155550142', 'Replacement please!');
const jose = chat(8, 'José Ávila', '+12125550107', 'Where is my order 4155?');
const bare = chat(9, undefined, '+16465550118', 'Hello');

describe('a chat fits', () => {
  it.each([
    ['a part of the name', 'sol'],
    ['words in any order, capitals or not', 'VEGA  mari'],
    ['a word of the last text', 'replacement'],
    ['a word of the name and one of the text', 'vega please'],
    ['digits of the number', '5550142'],
    ['the number as it is shown', '+1 (415) 555-0142'],
    ['spaces around', '  vega '],
  ])('by %s', (_, query) => {
    expect(fits(marisol, query)).toBe(true);
    expect(fits(bare, query)).toBe(false);
  });

  it('without its accents', () => {
    expect(fits(jose, 'jose avila')).toBe(true);
    expect(fits(jose, 'JOSÉ')).toBe(true);
  });

  it('by the last text, not by one before it', () => {
    const later = { ...marisol, last: { seq: 2, at: '2026-11-21T10:32:00Z', type: 'message', message: { id: 1, sender: 'agent', kind: 'chat', text: 'On its way', status: 'sent', segments: 1 } } } as unknown as Findable;
    expect(fits(later, 'on its way')).toBe(true);
    expect(fits(later, 'replacement')).toBe(false);
  });

  it('only if every word does, and not where one ends and the next begins', () => {
    expect(fits(marisol, 'marisol refund')).toBe(false);
    expect(fits(marisol, 'vegareplacement')).toBe(false);
  });

  it('not by signs that no number has alone', () => {
    expect(fits(marisol, '-')).toBe(false);
    expect(fits(marisol, '555-0143')).toBe(false);
  });
});

describe('the list', () => {
  const items = [marisol, jose, bare];
  const places: Place[] = [
    { id: 8, section: 'reply' },
    { id: 7, section: 'waiting' },
    { id: 9, section: 'waiting' },
  ];
  it('is narrowed to what fits, in its order', () => {
    expect(narrowed(places, items, '4155').map((p) => p.id)).toEqual([8, 7]);
    expect(narrowed(places, items, 'nobody')).toEqual([]);
  });
  it('is whole, and the same, while nothing was typed', () => {
    expect(narrowed(places, items, '')).toBe(places);
    expect(narrowed(places, items, '  ')).toBe(places);
  });
});
