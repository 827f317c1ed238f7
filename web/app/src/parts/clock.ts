// Times as people read them. One timer ticks for every clock on the page.
import { useSyncExternalStore } from 'react';
import { useLang, type Lang } from '../i18n/index.ts';
import { usePrefs } from '../prefs.ts';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let second = 0;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  second = Math.floor(Date.now() / 1000) * 1000;
  for (const l of listeners) l();
}

// useNow is the time now, to the second.
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => Math.max(second, Math.floor(Date.now() / 1000) * 1000));
}

// clock writes minutes and seconds, hours when there are any: 0:38, 12:04, 1:02:03.
export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

// age writes how long ago in one unit: 14 s, 6 min, 3 h, 2 d.
export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

// localeOf is the reader's own way to write a language, where the browser says so.
export const localeOf = (lang: string) => (navigator.language.startsWith(lang) ? navigator.language : lang);

const formats = new Map<string, Intl.DateTimeFormat>();
function format(lang: Lang | 'en-CA', options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  options = { timeZone: usePrefs.getState().time_zone || undefined, ...options };
  const locale = localeOf(lang);
  const key = locale + JSON.stringify(options);
  let f = formats.get(key);
  if (!f) formats.set(key, (f = new Intl.DateTimeFormat(locale, options)));
  return f;
}

export function timeOf(at: string | number | Date, lang: Lang): string {
  return format(lang, { hour: 'numeric', minute: '2-digit' }).format(new Date(at));
}

// timeIn is the time of day in a zone.
export function timeIn(at: number, timeZone: string): string {
  return format(useLang.getState().lang, { hour: 'numeric', minute: '2-digit', timeZone }).format(at);
}

export function secondsOf(at: string | number | Date): string {
  return format(useLang.getState().lang, { hour: 'numeric', minute: '2-digit', second: '2-digit' }).format(new Date(at));
}

// stampOf is the time of an entry of a trace, which programs write.
export function stampOf(at: string | number | Date): string {
  return format('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(new Date(at));
}

// dayOf names a day: today and yesterday by their names, one of another year with its year.
export function dayOf(at: string | number | Date, lang: Lang, now = Date.now()): string {
  const day = new Date(at);
  const days = Math.round((startOfDay(now) - startOfDay(day)) / 86_400_000);
  if (days === 0 || days === 1) {
    const name = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(-days, 'day');
    return name[0]!.toUpperCase() + name.slice(1);
  }
  const year = format('en-CA', { year: 'numeric' });
  return format(lang, { day: 'numeric', month: 'short', year: year.format(day) === year.format(now) ? undefined : 'numeric' }).format(day);
}

// startOfDay is the same number for all times of a day in the reader's zone, and a whole day more for the next one.
export function startOfDay(at: string | number | Date): number {
  return Date.parse(format('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(at)));
}

export function useTimes() {
  const lang = useLang((s) => s.lang);
  return { locale: localeOf(lang), time: (at: string | number | Date) => timeOf(at, lang), day: (at: string | number | Date, now?: number) => dayOf(at, lang, now) };
}
