import { afterEach, expect, it } from 'vitest';
import { usePrefs } from '../prefs.ts';
import { dayOf, startOfDay, timeOf } from './clock.ts';

const at = '2026-11-21T18:42:31Z';

afterEach(() => usePrefs.setState({ time_zone: '' }));

it('times and days are those of the zone that the person has chosen', () => {
  usePrefs.setState({ time_zone: 'America/Los_Angeles' });
  expect(timeOf(at, 'en')).toMatch(/^10:42\sAM$/);
  expect(dayOf('2026-11-22T05:00:00Z', 'en', Date.parse(at))).toBe('Today'); // 21:00 of the same day there
  usePrefs.setState({ time_zone: 'Asia/Tokyo' });
  expect(timeOf(at, 'en')).toMatch(/^3:42\sAM$/);
  expect(dayOf('2026-11-21T14:00:00Z', 'en', Date.parse(at))).toBe('Yesterday'); // 23:00 of the 21st, and it is the 22nd
});

it('a day of another year says which', () => {
  usePrefs.setState({ time_zone: 'America/Los_Angeles' });
  const now = Date.parse('2026-12-31T20:00:00Z');
  expect(dayOf('2026-10-28T18:00:00Z', 'en', now)).toMatch(/^(Oct 28|28 Oct)$/);
  expect(dayOf('2025-12-31T18:00:00Z', 'en', now)).toMatch(/2025/);
  expect(dayOf('2026-01-01T07:59:00Z', 'en', now)).toMatch(/2025/); // the year's last minute there
  expect(dayOf('2026-01-01T08:01:00Z', 'en', now)).not.toMatch(/\d{4}/);
});

it('a day is a whole day after the one before, also where a clock is changed in between', () => {
  usePrefs.setState({ time_zone: 'Europe/Berlin' });
  expect(startOfDay('2026-03-30T10:00:00Z') - startOfDay('2026-03-29T10:00:00Z')).toBe(86_400_000);
  expect(startOfDay('2026-10-25T22:30:00Z')).toBe(startOfDay('2026-10-24T22:30:00Z'));
});
