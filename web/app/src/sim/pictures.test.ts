import { expect, it } from 'vitest';
import { shownAt } from './pictures.ts';

it('a picture from a phone is read where the carrier keeps it, not at the address that asks for a password', () => {
  expect(shownAt('http://127.0.0.1:8081/2010-04-01/Accounts/AC1/Messages/MM0a/Media/ME09af')).toBe('/sim/media/ME09af');
});

it('a picture that an agent sent is read through its link', () => {
  expect(shownAt('http://127.0.0.1:8080/media/abc.def_123?x=1')).toBe('/media/abc.def_123?x=1');
});

it.each(['https://pictures.example/cat.png', 'https://pictures.example/media/a/b', 'nonsense', 'javascript:alert(1)', 'data:image/png;base64,AAAA'])('%s is foreign', (address) => {
  expect(shownAt(address)).toBeNull();
});
