import { expect, it } from 'vitest';
import { secondsOf } from './clock.ts';
import { inWords } from './saying.ts';

const started = { how: { code: 'started.end_user', values: {} }, leads: { code: 'started_leads', values: { queue: 'Support' } } };

it('a sentence of parts is whole in both languages', () => {
  expect(inWords('en', 'started', started)).toBe("The customer's text opened the chat. The number leads to Support.");
  expect(inWords('es', 'started', started)).toBe('El texto del cliente abrió el chat. El número lleva a Support.');
  expect(inWords('es', 'started', { ...started, leads: '' })).toBe('El texto del cliente abrió el chat.');
});

it('numbers, durations and moments are written for the reader', () => {
  expect(inWords('en', 'transcript', { row: 4, chat: 77 })).toBe('It is row 4 of chat 77.');
  expect(inWords('es', 'lane', { number: '+14155550100', within: { seconds: 7200 } })).toContain('en 2 h.');
  expect(inWords('en', 'lane', { number: 'x', within: { seconds: 600 } })).toContain('within 10 min.');
  expect(inWords('en', 'lane', { number: 'x', within: { seconds: 90 } })).toContain('within 90 s.');
  const at = new Date(2026, 10, 21, 9, 5, 7).toISOString();
  expect(inWords('es', 'expired', { at: { time: at } })).toContain(`a las ${secondsOf(at)} antes`);
});
