// Hours of operation as the editor handles them (spec 1.4). All of it is pure.
export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof days)[number];

export interface Interval {
  from: string; // 09:30
  to: string; // 24:00 is the end of the day
}

export interface Holiday {
  date: string; // 2026-12-25
  name?: string;
  open?: Interval[];
}

export interface Hours {
  weekly: Partial<Record<Day, Interval[]>>;
  holidays?: Holiday[];
}

// Span is a run of days with the same hours.
export interface Span {
  from: Day;
  to: Day;
  open: readonly Interval[];
}

export function spans(hours: Hours): Span[] {
  const all: Span[] = [];
  for (const day of days) {
    const open = hours.weekly[day] ?? [];
    const last = all.at(-1);
    if (last && JSON.stringify(last.open) === JSON.stringify(open)) last.to = day;
    else all.push({ from: day, to: day, open });
  }
  return all;
}

// dayRange names a run of days in few letters: Mon – Fri.
export function dayRange(from: Day, to: Day, locale?: string): string {
  const monday = Date.UTC(2024, 0, 1);
  const f = new Intl.DateTimeFormat(locale, { weekday: from === to ? 'long' : 'short', timeZone: 'UTC' });
  const at = (day: Day) => monday + days.indexOf(day) * 86_400_000;
  return from === to ? f.format(at(from)) : f.formatRange(at(from), at(to));
}

export const officeHours: Hours = { weekly: Object.fromEntries(days.slice(0, 5).map((d) => [d, [{ from: '09:00', to: '17:00' }]])) };

// clockText writes 17:30 as the reader does: 5:30 PM. The end of the day is 12:00 AM, or 24:00 to who counts that far.
export function clockText(clock: string, locale?: string): string {
  const { hour12 } = new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions();
  if (clock === '24:00' && !hour12) return clock;
  return new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', timeZone: 'UTC' }).format(minutes(clock) * 60_000);
}

// hourText writes an hour of a scale, in the fewest letters: 6 AM, or 06.
export function hourText(hour: number, locale?: string): string {
  const parts = new Intl.DateTimeFormat(locale, { hour: 'numeric', timeZone: 'UTC' }).formatToParts(hour * 3_600_000);
  const of = (type: string) => parts.find((p) => p.type === type)?.value;
  return [of('hour'), of('dayPeriod')].filter(Boolean).join(' ');
}

export function minutes(clock: string): number {
  const [h = 0, m = 0] = clock.split(':').map(Number);
  return h * 60 + m;
}

// readClock takes what people write: 9, 9:30, 0930, 5pm, 5 p. m., 24. Midnight at which something closes is the end of its day.
export function readClock(text: string, closes = false): string | undefined {
  const m = /^\s*(\d{1,2})(?:[:.]?(\d{2}))?\s*(?:([ap])\.?\s?(?:m\.?)?)?\s*$/i.exec(text);
  if (!m) return undefined;
  let h = Number(m[1]);
  const min = Number(m[2] ?? 0);
  const half = m[3]?.toLowerCase();
  if (half && (h < 1 || h > 12)) return undefined;
  if (half === 'p' && h < 12) h += 12;
  if (half === 'a' && h === 12) h = 0;
  if (min > 59 || h * 60 + min > 1440) return undefined;
  if (closes && h + min === 0) h = 24;
  return `${String(h).padStart(2, '0')}:${String(min).padStart(2, '0')}`;
}

export type Wrong = 'clock' | 'order' | 'overlap';

// wrongWith finds what can't be right about the intervals of a day.
export function wrongWith(open: readonly Interval[]): Wrong | undefined {
  let end = -1;
  for (const { from, to } of open) {
    if (readClock(from) !== from || readClock(to) !== to) return 'clock';
    if (minutes(from) >= minutes(to)) return 'order';
    if (minutes(from) <= end) return 'overlap';
    end = minutes(to);
  }
  return undefined;
}

// next is an interval to propose behind those of a day.
export function next(open: readonly Interval[]): Interval {
  const last = open.at(-1);
  if (!last) return { from: '09:00', to: '17:00' };
  const from = Math.min(minutes(last.to) + 60, 1380);
  const clock = (n: number) => `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`;
  return { from: clock(from), to: clock(Math.min(from + 120, 1440)) };
}

const dayNames: Record<string, Day> = { Mon: 'mon', Tue: 'tue', Wed: 'wed', Thu: 'thu', Fri: 'fri', Sat: 'sat', Sun: 'sun' };

// isOpen says whether the hours are open at a time, in a zone.
export function isOpen(hours: Hours | null, zone: string, at: Date): boolean {
  if (!hours) return true;
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-CA', { timeZone: zone, weekday: 'short', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(at).map((p) => [p.type, p.value]),
  );
  const date = `${parts.year}-${parts.month}-${parts.day}`;
  const holiday = hours.holidays?.find((h) => h.date === date);
  const open = holiday ? (holiday.open ?? []) : (hours.weekly[dayNames[parts.weekday?.replace('.', '') ?? ''] ?? 'mon'] ?? []);
  const now = Number(parts.hour) * 60 + Number(parts.minute);
  return open.some((i) => minutes(i.from) <= now && now < minutes(i.to));
}

// momentWhen finds the next time, in steps of half an hour and within eight days, when the hours are open or closed.
export function momentWhen(open: boolean, hours: Hours | null, zone: string, now: Date): Date | undefined {
  try {
    for (let i = 0; i < 8 * 48; i++) {
      const at = new Date(now.getTime() + i * 1_800_000);
      if (isOpen(hours, zone, at) === open) return at;
    }
  } catch {
    return undefined; // a zone that does not exist; the field says so
  }
  return undefined;
}
