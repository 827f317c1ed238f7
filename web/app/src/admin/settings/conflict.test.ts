import { expect, it } from 'vitest';
import { clashesOf, clashing } from './conflict.ts';
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
