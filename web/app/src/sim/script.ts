// Scripts of the phone simulator: what people text, in what order, and what they should get. One action a line, read and
// written by people (docs/simulator.md). Pure: text in, steps out.
import type { simWords } from '../i18n/simWords.ts';
import { conditions, isCondition, type Condition } from './network.ts';
import { samples, type Sample } from './pictures.ts';

export interface ScriptPhone {
  name: string;
  number: string;
}

export type Step = { line: number; text: string } & (
  | { kind: 'text'; phone: string; to: string | null; body: string; pictures: readonly Sample[] }
  | { kind: 'wait'; ms: number }
  | { kind: 'expect'; phone: string; words: string; within: number }
  | { kind: 'silence'; phone: string; ms: number }
  | { kind: 'network'; phone: string; condition: Condition }
);

export interface Problem {
  line: number;
  key: Extract<keyof typeof simWords, `script.bad.${string}`>;
  values?: Record<string, string | number>;
}

export interface Script {
  title: string;
  phones: readonly ScriptPhone[];
  steps: readonly Step[];
  problems: readonly Problem[];
}

const patience = 10_000; // how long an expectation waits when it does not say
const longest = 600_000;
const mostPictures = 10;
const keywords = ['phone', 'to', 'wait', 'expect', 'network'];

// parse reads a script. Steps of lines with a problem are missing; all problems are found at once.
export function parse(source: string): Script {
  const phones = new Map<string, ScriptPhone>(); // by lower-case name
  const steps: Step[] = [];
  const problems: Problem[] = [];
  let title = '';
  let to: string | null = null;
  let last: string | null = null; // the number of the phone that acted last

  source.split(/\r?\n/).forEach((raw, i) => {
    const line = i + 1;
    const text = raw.trim();
    const bad = (key: Problem['key'], values?: Problem['values']) => void problems.push({ line, key, ...(values && { values }) });
    const known = (name: string): string | null => {
      const phone = phones.get(name.toLowerCase());
      if (!phone) bad('script.bad.nobody', { name });
      return phone?.number ?? null;
    };
    if (text === '') return;
    if (text.startsWith('#')) {
      title ||= text.replace(/^#+\s*/, '');
      return;
    }
    const [word, rest] = headOf(text);
    switch (word) {
      case 'phone': {
        const m = /^(.+?)\s+(\+[1-9]\d{6,14})$/.exec(rest);
        if (!m) return bad('script.bad.phone');
        const [name, number] = [m[1]!, m[2]!];
        if (/[:"[\]]/.test(name) || keywords.includes(name.split(/\s/)[0]!.toLowerCase())) return bad('script.bad.name', { name });
        const taken = [...phones.values()].find((p) => p.name.toLowerCase() === name.toLowerCase() || p.number === number);
        if (taken && (taken.number !== number || taken.name.toLowerCase() !== name.toLowerCase())) return bad('script.bad.taken', { name, number });
        phones.set(name.toLowerCase(), { name, number });
        return;
      }
      case 'to':
        if (rest === '') return bad('script.bad.to');
        to = rest;
        return;
      case 'wait': {
        const ms = duration(rest);
        if (ms === null) return bad('script.bad.wait');
        steps.push({ line, text, kind: 'wait', ms });
        return;
      }
      case 'network': {
        const m = /^(.+?)\s+(\S+)$/.exec(rest);
        if (!m) return bad('script.bad.network', { all: conditions.join(', ') });
        if (!isCondition(m[2]!)) return bad('script.bad.network', { all: conditions.join(', ') });
        const phone = known(m[1]!);
        if (phone) steps.push({ line, text, kind: 'network', phone, condition: m[2] });
        return;
      }
      case 'expect': {
        const silence = /^(?:(.+?)\s+)?silence\s+(.+)$/.exec(rest);
        const words = /^(?:([^"]+?)\s+)?"(.*)"(?:\s+within\s+(.+))?$/.exec(rest);
        const m = words ?? silence;
        if (!m) return bad('script.bad.expect');
        const phone = m[1] === undefined ? last : known(m[1]);
        if (phone === null) return m[1] === undefined ? bad('script.bad.who') : undefined;
        const given = words ? words[3] : silence![2];
        const ms = given === undefined ? patience : duration(given);
        if (ms === null) return bad('script.bad.wait');
        if (!words) return void steps.push({ line, text, kind: 'silence', phone, ms });
        if (words[2]!.trim() === '') return bad('script.bad.expect');
        steps.push({ line, text, kind: 'expect', phone, words: unescape(words[2]!), within: ms });
        return;
      }
    }
    const m = /^([^:[\]"]+?)\s*(?:\[([^\]]*)\])?\s*:\s?(.*)$/.exec(text);
    if (!m) return bad('script.bad.line');
    const phone = known(m[1]!);
    const pictures = (m[2] ?? '').split(',').map((p) => p.trim()).filter((p) => p !== '');
    const unknown = pictures.find((p) => !(samples as readonly string[]).includes(p));
    if (unknown !== undefined) return bad('script.bad.picture', { name: unknown, all: samples.join(', ') });
    if (pictures.length > mostPictures) return bad('script.bad.pictures', { n: mostPictures });
    const body = unescape(m[3]!);
    if (body.trim() === '' && pictures.length === 0) return bad('script.bad.empty');
    if (phone === null) return;
    last = phone;
    steps.push({ line, text, kind: 'text', phone, to, body, pictures: pictures as Sample[] });
  });
  return { title, phones: [...phones.values()], steps, problems };
}

// headOf splits a keyword off. A line with a colon right after its first word is somebody's text.
function headOf(text: string): [word: string | null, rest: string] {
  const m = /^(\S+)(?:\s+(.*))?$/.exec(text);
  const word = m?.[1]?.toLowerCase() ?? '';
  return keywords.includes(word) ? [word, (m?.[2] ?? '').trim()] : [null, text];
}

// duration reads 500ms, 2s, 1.5 s or 1m, up to ten minutes.
export function duration(text: string): number | null {
  const m = /^(\d+(?:\.\d+)?)\s*(ms|s|m)$/.exec(text.trim());
  if (!m) return null;
  const ms = Math.round(Number(m[1]) * { ms: 1, s: 1000, m: 60_000 }[m[2] as 'ms' | 's' | 'm']);
  return ms <= longest ? ms : null;
}

export function writeDuration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : `${Number((ms / 1000).toFixed(1))}s`;
}

function unescape(text: string): string {
  return text.replace(/\\(n|\\|")/g, (_, c: string) => (c === 'n' ? '\n' : c));
}

function escape(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\r?\n/g, '\\n');
}

export function writeText(phone: string, body: string, pictures: readonly string[] = []): string {
  return `${phone}${pictures.length > 0 ? ` [${pictures.join(', ')}]` : ''}: ${escape(body)}`.trimEnd();
}

export function writeExpect(phone: string | null, words: string): string {
  return `expect ${phone === null ? '' : `${phone} `}"${escape(words).replace(/"/g, '\\"')}"`;
}

// matches says whether a text holds the expected words, upper and lower case aside.
export function matches(text: string, words: string): boolean {
  return text.toLowerCase().includes(words.toLowerCase());
}
