import { describe, expect, it } from 'vitest';
import { clashesOf, clashing, merged } from './conflict.ts';
import type { Setting } from './setting.ts';

const setting = (value: unknown, more: Partial<Setting> = {}): Setting => ({ key: 'chat_timeout', kind: 'duration', level: 'queue', doc: '', default: 480, value, source: 'queue', queue: { id: 7, name: 'Returns', path: 'Returns' }, ...more });

it('what nobody else touched does not clash, nor does what both made the same', () => {
  expect(clashing({ name: 'A' }, { name: 'B' }, { name: 'B' })).toEqual([]);
  expect(clashing({ name: 'A' }, { name: 'B' }, { name: 'A' })).toEqual([]);
  expect(clashing({ name: 'A' }, { name: 'B' }, { name: 'C' })).toEqual(['name']);
});

it('says what they saved, who, and when', () => {
  const changed = { at: '2026-11-21T18:42:31Z', by: { id: 3, name: 'Ines', email: 'ines@fernhill.example' } };
  expect(clashesOf({ chat_timeout: 60 }, { chat_timeout: 240 }, [setting(90, { changed })], 7)).toEqual([{ key: 'chat_timeout', mine: 60, theirs: 90, by: 'Ines', at: changed.at }]);
});

it('a value that was reset meanwhile is inherited again', () => {
  expect(clashesOf({ chat_timeout: 60 }, { chat_timeout: 240 }, [setting(480, { source: 'default', queue: undefined })], 7)).toEqual([{ key: 'chat_timeout', mine: 60, theirs: null, by: undefined, at: undefined }]);
});

describe('a whole thing that two people edit', () => {
  const began = { name: 'Returns desk', members: [1, 2], limit: '' };
  it('keeps what each of them changed', () => {
    expect(merged({ ...began, name: 'Returns' }, began, { ...began, members: [1, 2, 3] })).toEqual({ draft: { name: 'Returns', members: [1, 2, 3], limit: '' }, both: [] });
  });
  it('has nothing to choose when both changed it to the same', () => {
    expect(merged({ ...began, limit: '4' }, began, { ...began, limit: '4' })).toEqual({ draft: { ...began, limit: '4' }, both: [] });
  });
  it('leaves what both changed to a choice', () => {
    expect(merged({ ...began, members: [1] }, began, { ...began, members: [2] })).toEqual({ draft: { ...began, members: [1] }, both: ['members'] });
  });
});
