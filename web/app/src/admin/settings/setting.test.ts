import { describe, expect, it } from 'vitest';
import { problemOf, put, readable, shown, type Setting } from './setting.ts';

const setting = (over: Partial<Setting> = {}): Setting => ({ key: 'chat_timeout', kind: 'duration', level: 'queue', doc: '', default: 480, value: 480, source: 'default', min: 1, max: 10080, off: true, unit: 'minutes', ...over });

describe('a draft of settings', () => {
  it('holds what was changed, until it is as it was saved', () => {
    const s = setting({ source: 'tenant', value: 60 });
    const draft = put({}, s, 90);
    expect(draft).toEqual({ chat_timeout: 90 });
    expect(put(draft, s, 60)).toEqual({});
  });

  it('sets a value that equals the inherited one, for it stays when that changes', () => {
    expect(put({}, setting(), 480)).toEqual({ chat_timeout: 480 });
  });

  it('inherits again only what is set in this place', () => {
    const queue = { id: 7, name: 'Returns', path: 'Returns' };
    expect(put({}, setting({ source: 'queue', queue }), null, 7)).toEqual({ chat_timeout: null });
    expect(put({ chat_timeout: 5 }, setting({ source: 'queue', queue }), null, 8)).toEqual({});
  });

  it('shows the inherited value of what is reset', () => {
    const s = setting({ source: 'tenant', value: 60 });
    expect(shown(s, { chat_timeout: null }, 480)).toEqual({ value: 480, own: false, changed: true });
    expect(shown(s, { chat_timeout: 5 }, 480)).toEqual({ value: 5, own: true, changed: true });
    expect(shown(s, {}, 480)).toEqual({ value: 60, own: true, changed: false });
  });
});

it.each([
  [0, undefined],
  [1, undefined],
  [10080, undefined],
  [10081, 'rangeOff'],
  [-1, 'rangeOff'],
  [1.5, 'whole'],
  [NaN, 'whole'],
])('%s minutes are %s', (value, why) => {
  expect(problemOf(setting(), value)?.why).toBe(why);
});

it('0 is out of range where it does not mean off', () => {
  expect(problemOf(setting({ off: false }), 0)?.why).toBe('range');
});

it('a line is measured in characters, not in units', () => {
  const line = setting({ kind: 'line', max: 2 });
  expect(problemOf(line, '🎁🎁')).toBeUndefined();
  expect(problemOf(line, 'abc')).toEqual({ why: 'long', values: { max: 2, n: 3 } });
});

it.each([
  [90, 'minutes', '1 h 30 min'],
  [1440, 'minutes', '1 d'],
  [30, 'minutes', ''],
  [120, 'seconds', '2 min'],
  [0, 'minutes', ''],
  [48, 'hours', '2 d'],
])('%s %s is written %s', (n, unit, want) => {
  expect(readable(n, unit)).toBe(want);
});
