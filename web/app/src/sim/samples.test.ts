import { expect, it } from 'vitest';
import { sampleScripts } from './samples.ts';
import { parse } from './script.ts';

it.each(sampleScripts)('the sample $id reads without a problem, has a title and expects something', ({ source }) => {
  const script = parse(source);
  expect(script.problems).toEqual([]);
  expect(script.title).not.toBe('');
  expect(script.steps.some((s) => s.kind === 'expect')).toBe(true);
});
