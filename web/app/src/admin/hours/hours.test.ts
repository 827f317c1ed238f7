import { expect, it } from 'vitest';
import { clockText, isOpen, momentWhen, next, officeHours, readClock, spans, wrongWith } from './hours.ts';

it.each([
  ['9', '09:00'],
  ['9:30', '09:30'],
  ['0930', '09:30'],
  ['5pm', '17:00'],
  ['12 am', '00:00'],
  ['12pm', '12:00'],
  ['24', '24:00'],
  ['24:01', undefined],
  ['9:60', undefined],
  ['13pm', undefined],
  ['noon', undefined],
  ['5:30 PM', '17:30'],
  ['5:30 PM', '17:30'],
  ['5:30 p. m.', '17:30'],
  ['9.30', '09:30'],
])('%s is read as %s', (text, want) => {
  expect(readClock(text)).toBe(want);
});

it.each(['en-US', 'en-GB', 'es-ES', 'es-MX', 'de'])('what %s is shown is read back', (locale) => {
  for (const clock of ['00:00', '00:30', '09:00', '12:00', '12:05', '17:30', '23:59']) expect(readClock(clockText(clock, locale))).toBe(clock);
  for (const clock of ['09:30', '12:00', '24:00']) expect(readClock(clockText(clock, locale), true)).toBe(clock);
});

it('writes a time by the clock of its reader', () => {
  expect(clockText('17:30', 'en-US')).toMatch(/^5:30\sPM$/);
  expect(clockText('17:30', 'es-ES')).toBe('17:30');
  expect(clockText('24:00', 'en-US')).toMatch(/^12:00\sAM$/);
  expect(clockText('24:00', 'en-GB')).toBe('24:00');
});

it('finds what can not be right about a day', () => {
  expect(wrongWith([{ from: '09:00', to: '12:00' }, { from: '13:00', to: '24:00' }])).toBeUndefined();
  expect(wrongWith([{ from: '09:00', to: '09:00' }])).toBe('order');
  expect(wrongWith([{ from: '09:00', to: '12:00' }, { from: '12:00', to: '13:00' }])).toBe('overlap');
  expect(wrongWith([{ from: '9 ish', to: '12:00' }])).toBe('clock');
});

it('proposes an interval behind the last', () => {
  expect(next([])).toEqual({ from: '09:00', to: '17:00' });
  expect(next([{ from: '09:00', to: '12:00' }])).toEqual({ from: '13:00', to: '15:00' });
  expect(next([{ from: '09:00', to: '23:30' }])).toEqual({ from: '23:00', to: '24:00' });
});

it('is open by the clock of its zone, and closed on a holiday', () => {
  const monday = new Date('2026-11-23T16:30:00Z'); // 8:30 in Los Angeles, 11:30 in New York
  expect(isOpen(officeHours, 'America/New_York', monday)).toBe(true);
  expect(isOpen(officeHours, 'America/Los_Angeles', monday)).toBe(false);
  expect(isOpen({ ...officeHours, holidays: [{ date: '2026-11-23' }] }, 'America/New_York', monday)).toBe(false);
  expect(isOpen({ ...officeHours, holidays: [{ date: '2026-11-23', open: [{ from: '11:00', to: '12:00' }] }] }, 'America/New_York', monday)).toBe(true);
  expect(isOpen(null, 'UTC', monday)).toBe(true);
});

it('finds a time to preview', () => {
  const saturday = new Date('2026-11-21T12:00:00Z');
  expect(momentWhen(true, officeHours, 'UTC', saturday)?.toISOString()).toBe('2026-11-23T09:00:00.000Z');
  expect(momentWhen(false, officeHours, 'UTC', saturday)).toEqual(saturday);
  expect(momentWhen(false, null, 'UTC', saturday)).toBeUndefined();
  expect(momentWhen(true, officeHours, 'Mars/Base', saturday)).toBeUndefined();
});

it('draws days of the same hours together', () => {
  expect(spans(officeHours).map((x) => [x.from, x.to, x.open.length])).toEqual([
    ['mon', 'fri', 1],
    ['sat', 'sun', 0],
  ]);
  expect(spans({ weekly: {} })).toEqual([{ from: 'mon', to: 'sun', open: [] }]);
});
