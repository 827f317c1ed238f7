import { expect, it } from 'vitest';
import { usedIn } from './used.ts';

const hello = { id: 1, text: 'Hello, thanks for your text.' };
const refund = { id: 2, text: 'Your refund is on its way, it takes five days.' };

it('each shortcut in a text counts once, however often it was inserted', () => {
  expect(usedIn('Hello, thanks for your text. Your refund is on its way, it takes five days.', [hello, refund, hello])).toEqual([1, 2]);
});

it('one that was made the agent’s own still counts, down to half of its words', () => {
  expect(usedIn('Hello Marisol, THANKS for writing', [hello])).toEqual([1]);
  expect(usedIn('Your refund is coming, it takes a week', [refund])).toEqual([2]);
  expect(usedIn('thanks for it', [hello])).toEqual([]);
});

it('one that was taken out again counts nothing', () => {
  expect(usedIn('Hello, thanks for your text.', [hello, refund])).toEqual([1]);
  expect(usedIn('In my own words', [hello, refund])).toEqual([]);
});

it('a shortcut without a word counts while its signs stand', () => {
  expect(usedIn('See you 👋', [{ id: 3, text: '👋' }])).toEqual([3]);
  expect(usedIn('See you', [{ id: 3, text: '👋' }])).toEqual([]);
});

it('of very many the last ten count', () => {
  const many = Array.from({ length: 12 }, (_, i) => ({ id: i + 1, text: `word${i}` }));
  expect(usedIn(many.map((x) => x.text).join(' '), many)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});
