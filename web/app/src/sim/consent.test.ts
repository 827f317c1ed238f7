import { expect, it } from 'vitest';
import type { PhoneText } from './carrier.ts';
import { optedOutOf } from './consent.ts';

const [sales, support] = ['+12025550100', '+12025550101'];

// told reads texts as "sales> STOP" (sent to it) and "sales< You are out" (came from it).
const told = (...lines: string[]): PhoneText[] =>
  lines.map((line, i) => {
    const [, who, sign, text] = /^(\w+)([<>]) (.*)$/.exec(line)!;
    const [number, phone] = [who === 'sales' ? sales : support, '+14155550142'];
    const inward = sign === '>';
    return { id: `SM${i}`, at: `2026-11-21T10:00:0${i}.000Z`, from: inward ? phone : number, to: inward ? number : phone, text: text!, segments: 1, media: null, direction: inward ? 'in' : 'out', status: 'delivered' };
  });

it.each<[string, string[], string[]]>([
  ['nothing was said', [], []],
  ['STOP is on its way', ['sales> Hi', 'sales< Hello', 'sales> STOP'], []],
  ['STOP was confirmed', ['sales> stop. ', 'sales< You are unsubscribed'], [sales]],
  ['another number answered', ['sales> STOP', 'support< Hello'], []],
  ['STOP twice is confirmed once', ['sales> STOP', 'sales< You are unsubscribed', 'sales> STOP'], [sales]],
  ['START takes it back', ['sales> STOP', 'sales< You are unsubscribed', 'sales> Start'], []],
  ['and STOP comes again', ['sales> STOP', 'sales< Out', 'sales> START', 'sales< In', 'sales> QUIT', 'sales< Out'], [sales]],
  ['of both numbers', ['sales> STOP', 'support> STOP', 'support< Out', 'sales< Out'], [sales, support]],
  ['a sentence with the word', ['sales> please stop', 'sales< Hello'], []],
])('%s', (_, lines, want) => {
  expect(optedOutOf(told(...lines))).toEqual(want);
});
