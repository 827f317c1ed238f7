import { expect, it } from 'vitest';
import carrierWords from '../../../../internal/carrier/wire/words.json';
import whyWords from '../../../../chat/why_words.json';
import { catalogue } from './catalogue.ts';
import { translate, type Words } from './index.ts';
import { keyWords } from './keyWords.ts';
import { laterWords } from './laterWords.ts';
import { simWords } from './simWords.ts';

const areas = import.meta.glob<{ words: Words }>('../**/words.ts', { eager: true });
const parts = { catalogue, keyWords, laterWords, simWords, why: whyWords as unknown as Words, carrier: carrierWords as unknown as Words, ...Object.fromEntries(Object.entries(areas).map(([file, { words }]) => [file, words])) };
const all = Object.entries(parts).flatMap(([part, words]) => Object.entries<readonly [string, string]>(words).map(([key, texts]) => [`${part} ${key}`, texts] as const));

const places = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();

it.each(all)('%s says the same in both languages', (_, [en, es]) => {
  expect(es).not.toBe('');
  expect(places(es)).toEqual(places(en));
  expect(es.includes(' | ')).toBe(en.includes(' | '));
});

it('no English text shouts or begs', () => {
  const bad = all.filter(([, [en]]) => /!|please/i.test(en));
  expect(bad).toEqual([]);
});

it('a count picks its form', () => {
  expect(translate('en', 'desk.unread', { n: 1 })).toBe('1 new text');
  expect(translate('en', 'desk.unread', { n: 3 })).toBe('3 new texts');
  expect(translate('es', 'desk.unread', { n: 3 })).toBe('3 textos nuevos');
});

it('no word stands in two parts', () => {
  expect(new Set(all.map(([key]) => key)).size).toBe(all.length);
});
