// What the server says as codes and values, in the reader's language. The sentences are the server's own list, which words its
// English answers too.
import catalogue from '../../../../chat/why_words.json';
import { useLang, type Lang } from '../i18n/index.ts';
import { secondsOf } from './clock.ts';
import { telIn } from './tel.ts';

export interface Said {
  text: string; // in English
  code: string;
  values: Record<string, unknown>;
}

type Part = string | number | { time: string } | { seconds: number } | { code: string; values: Record<string, Part> };

const words: Record<string, readonly string[]> = catalogue;

// useSaying words what was said. A code that this page does not know yet is said as the server has it.
export function useSaying(): (said: Said) => string {
  const lang = useLang((s) => s.lang);
  return (said) => telIn(words[said.code] ? inWords(lang, said.code, said.values as Record<string, Part>) : said.text);
}

export function inWords(lang: Lang, code: string, values: Record<string, Part>): string {
  const text = words[code]?.[lang === 'es' ? 1 : 0] ?? '';
  return text.replace(/\{(\w+)\}/g, (_, place: string) => written(lang, values[place] ?? ''));
}

function written(lang: Lang, part: Part): string {
  if (typeof part !== 'object') return String(part);
  if ('time' in part) return secondsOf(part.time);
  if ('seconds' in part) return span(part.seconds);
  return inWords(lang, part.code, part.values);
}

// span writes a duration in the largest unit that is exact.
function span(seconds: number): string {
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds >= 60 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${Math.round(seconds)} s`;
}
