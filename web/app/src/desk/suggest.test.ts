import { describe, expect, it } from 'vitest';
import type { Shortcut } from '../api/calls.ts';
import { categories, matching, put, triggerAt } from './suggest.ts';

const shortcut = (id: number, keyword: string, more: Partial<Shortcut> = {}): Shortcut => ({ id, lang: 'en', keyword, category: '', text: '', opt_in: false, ...more });

describe('a sign calls for a list', () => {
  it.each([
    ['at the start', '/re', 3, { kind: 'shortcut', query: 're', from: 0, to: 3 }],
    ['after a space', 'Hi /', 4, { kind: 'shortcut', query: '', from: 3, to: 4 }],
    ['on a new line', 'Hi\n#Ret', 7, { kind: 'category', query: 'Ret', from: 3, to: 7 }],
    ['a brace also inside a word', 'Hi,{cus', 7, { kind: 'attribute', query: 'cus', from: 3, to: 7 }],
    ['with the caret in its middle', '/refund now', 3, { kind: 'shortcut', query: 're', from: 0, to: 3 }],
  ] as const)('%s', (_, text, caret, want) => {
    expect(triggerAt(text, caret)).toEqual(want);
  });

  it.each([
    ['a date', '1/2', 3],
    ['an address', 'https://a.example/x', 19],
    ['a word after it is done', '/refund now', 11],
    ['before the sign', 'Hi /re', 3],
    ['a closed brace', '{name}', 6],
    ['nothing', '', 0],
  ])('but not %s', (_, text, caret) => {
    expect(triggerAt(text, caret)).toBeNull();
  });
});

it('what is chosen stands in the place of what called for it, the rest stays', () => {
  expect(put('Hi /re, bye', { from: 3, to: 6 }, 'Your refund is on its way')).toEqual({ text: 'Hi Your refund is on its way, bye', caret: 28 });
});

describe('shortcuts of a query', () => {
  const all = [
    shortcut(1, 'refund', { category: 'Returns', text: 'Your money is on its way' }),
    shortcut(2, 'no-refund', { category: 'Returns' }),
    shortcut(3, 'hello', { text: 'Hello, we can refund it' }),
    shortcut(4, 'hello', { lang: 'es', text: 'Hola' }),
    shortcut(5, 'dirección', { lang: 'es' }),
  ];
  const ids = (query: string, lang = 'en', category?: string) => matching(all, query, lang, category).map((x) => x.id);

  it('come by how well the keyword fits, then by category and text', () => {
    expect(ids('ref')).toEqual([1, 2, 3]);
    expect(ids('return')).toEqual([2, 1]);
  });
  it('are found without accents', () => expect(ids('direcc')).toEqual([5]));
  it('are those of the chat’s language where there are several', () => {
    expect(ids('hello')).toEqual([3]);
    expect(ids('hello', 'es')).toEqual([4]);
  });
  it('can be those of one category', () => expect(ids('', 'en', 'Returns')).toEqual([2, 1]));
  it('are none when nothing fits', () => expect(ids('zebra')).toEqual([]));
  it('are counted by category', () => expect(categories(all, 'ret', 'en')).toEqual([{ name: 'Returns', n: 2 }]));
});
