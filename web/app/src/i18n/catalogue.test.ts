import { expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { translate } from './index.ts';

const places = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();

it.each(Object.entries(catalogue))('%s says the same in both languages', (_, [en, es]) => {
  expect(es).not.toBe('');
  expect(places(es)).toEqual(places(en));
  expect(es.includes(' | ')).toBe(en.includes(' | '));
});

it('no English text shouts or begs', () => {
  const bad = Object.entries(catalogue).filter(([, [en]]) => /!|please/i.test(en));
  expect(bad).toEqual([]);
});

it('a count picks its form', () => {
  expect(translate('en', 'desk.unread', { n: 1 })).toBe('1 new text');
  expect(translate('en', 'desk.unread', { n: 3 })).toBe('3 new texts');
  expect(translate('es', 'desk.unread', { n: 3 })).toBe('3 textos nuevos');
});
