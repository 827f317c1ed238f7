import { describe, expect, it } from 'vitest';
import cases from '../../../internal/segments/testdata/cases.json';
import { count, forcesUnicode, replaceSmart } from './segments.ts';

describe('the counter agrees with the server', () => {
  it.each(cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
    expect(count(c.text)).toEqual({ encoding: c.encoding, units: c.units, segments: c.segments, perSegment: c.per_segment, left: c.left });
    expect(forcesUnicode(c.text)).toEqual(c.offender);
    expect(replaceSmart(c.text)).toBe(c.replaced);
  });
});
