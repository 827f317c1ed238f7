// One catalogue, two languages. Words are found by key, so that no screen holds a sentence of its own.
import { create } from 'zustand';
import { catalogue } from './catalogue.ts';
import type { keyWords } from './keyWords.ts';
import type { laterWords } from './laterWords.ts';
import type { simWords } from './simWords.ts';

export type Lang = 'en' | 'es';
export type Key = keyof typeof catalogue | keyof typeof keyWords | keyof typeof laterWords | keyof typeof simWords;
type Values = Record<string, string | number>;

const column: Record<Lang, 0 | 1> = { en: 0, es: 1 };

const words: Record<string, readonly [string, string]> = { ...catalogue };

// learn adds the words of a part that is loaded later.
export function learn(more: Record<string, readonly [string, string]>): void {
  Object.assign(words, more);
}

const spoken = (lang: string | null): Lang => (lang === 'en' || lang === 'es' ? lang : navigator.language.startsWith('es') ? 'es' : 'en');

export const useLang = create<{ lang: Lang }>(() => ({ lang: spoken(typeof localStorage === 'undefined' ? null : localStorage.getItem('sidetone.lang')) }));

// setLang chooses a language, or the browser's own (''); the page for signing in has it too.
export function setLang(lang: Lang | ''): void {
  localStorage.setItem('sidetone.lang', lang);
  if (useLang.getState().lang !== spoken(lang)) useLang.setState({ lang: spoken(lang) });
}

export type T = (key: Key, values?: Values) => string;

export function translate(lang: Lang, key: Key, values?: Values): string {
  return say(lang, words[key] ?? [key, key], values);
}

// say fills {name} places; {n} picks between "one | many" where a text has both.
function say(lang: Lang, texts: readonly [string, string], values: Values = {}): string {
  const entry = texts[column[lang]];
  const forms = entry.split(' | ');
  const text = forms.length === 2 && typeof values.n === 'number' ? forms[new Intl.PluralRules(lang).select(values.n) === 'one' ? 0 : 1]! : entry;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function useT(): T {
  const lang = useLang((s) => s.lang);
  return (key, values) => translate(lang, key, values);
}

// Words are a catalogue of their own: those of a part of the console that is loaded when it is opened.
export type Words = Record<string, readonly [string, string]>;
export type Say<W extends Words> = (key: keyof W & string, values?: Values) => string;

export function useWords<W extends Words>(words: W): Say<W> {
  const lang = useLang((s) => s.lang);
  return (key, values) => say(lang, words[key]!, values);
}

// t is for code outside components: announcements, notifications.
export const t: T = (key, values) => translate(useLang.getState().lang, key, values);

export function has(key: string): key is Key {
  return key in words;
}
