import { expect, it } from 'vitest';
import { reasonOf, sentenceOf } from './reason.ts';

const of = (code: string, text: string) => ({ code, text, retryable: false });

it('a reason is said in the reader’s language, by its code or by its class', () => {
  const off = of('30003', 'The phone is off or out of reach.');
  expect(reasonOf('es', off)).toBe('El teléfono está apagado o fuera de cobertura.');
  expect(reasonOf('en', off)).toBe(off.text);
  expect(reasonOf('es', of('opted_out', 'This person has opted out of texts from us.'))).toBe('Esta persona se dio de baja de nuestros textos.');
  expect(reasonOf('es', of('uncertain', 'The carrier did not say whether it took this text'))).toBe('El operador no dijo si tomó este texto');
  expect(sentenceOf('es', off.text)).toBe('El teléfono está apagado o fuera de cobertura.');
  expect(reasonOf('es', of('39999', 'The carrier could not deliver the text.'))).toBe('El operador no pudo entregar el texto.');
});

it('what a carrier wrote itself stays as it is', () => {
  expect(reasonOf('es', of('30003', 'Absent subscriber'))).toBe('Absent subscriber');
});
