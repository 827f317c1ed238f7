// Writes a script from what happened on the handsets. Pure: events in, text out.
import type { Handset, SimulatorNumber } from '../api/client.ts';
import type { HandsetFaults, TraceEvent } from './carrier.ts';
import { conditionOf } from './network.ts';
import { writeDuration, writeExpect, writeText } from './script.ts';

interface About {
  title: string;
  handsets: readonly Handset[];
  numbers: readonly SimulatorNumber[];
  pictures: (textId: string) => readonly string[]; // sources, as far as they are known
  expectations: boolean;
}

const shortest = 300; // a gap below is no wait worth writing
const longest = 60_000;

// write tells events, oldest first, as a script.
export function write(events: readonly TraceEvent[], about: About): string {
  const lines: string[] = [];
  const names = new Map<string, string>(); // handset number → name in the script
  let to = '';
  let last: string | null = null;
  let at = 0;
  const nameOf = (number: string): string => {
    const had = names.get(number);
    if (had) return had;
    const name = unique(about.handsets.find((h) => h.number === number)!.name, [...names.values()]);
    names.set(number, name);
    return name;
  };
  const known = (number: string | undefined): number is string => about.handsets.some((h) => h.number === number);

  for (const e of events) {
    const when = Date.parse(e.at);
    if (e.kind === 'text_in' && known(e.from) && e.to) {
      const gap = Math.min(when - at, longest);
      if (at > 0 && gap >= shortest) lines.push(`wait ${writeDuration(Math.round(gap / 100) * 100)}`);
      if (e.to !== to) lines.push(`to ${labelOf(e.to, about.numbers)}`);
      const pictures = (e.media ?? []).map((_, i) => /^sample:(.+)$/.exec(about.pictures(e.id ?? '')[i] ?? '')?.[1]);
      if (pictures.includes(undefined)) lines.push('# a file of your own: the sample stands in for it');
      lines.push(writeText(nameOf(e.from), e.text ?? '', pictures.map((p) => p ?? 'mug')));
      [to, last, at] = [e.to, e.from, when];
    } else if (e.kind === 'text_out' && about.expectations && known(e.to) && names.has(e.to) && e.text) {
      lines.push(writeExpect(e.to === last ? null : nameOf(e.to), firstWords(e.text)));
      at = when;
    } else if (e.kind === 'fault' && known(e.to)) {
      lines.push(`network ${nameOf(e.to)} ${conditionOf(e.fault as HandsetFaults)}`);
    }
  }
  const phones = [...names].map(([number, name]) => `phone ${name} ${number}`);
  return [`# ${about.title}`, ...phones, ...lines, ''].join('\n');
}

function labelOf(number: string, numbers: readonly SimulatorNumber[]): string {
  const label = numbers.find((n) => n.e164 === number)?.label.trim() ?? '';
  return label !== '' && numbers.filter((n) => n.label.trim() === label).length === 1 ? label : number;
}

// unique makes a name that a script can hold, once.
function unique(name: string, taken: readonly string[]): string {
  const plain = name.replace(/[:"[\]]/g, '').replace(/\s+/g, ' ').trim();
  const usable = plain === '' || /^(phone|to|wait|expect|network)(\s|$)/i.test(plain) ? `Handset ${plain}`.trim() : plain;
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? usable : `${usable} ${n}`;
    if (!taken.some((t) => t.toLowerCase() === candidate.toLowerCase())) return candidate;
  }
}

// firstWords are enough of a text to know it by; names and figures tend to stand further back.
function firstWords(text: string): string {
  const line = text.split('\n')[0]!.trim();
  if (line.length <= 40) return line;
  const cut = line.slice(0, 40);
  return cut.includes(' ') ? cut.slice(0, cut.lastIndexOf(' ')) : cut;
}

// numberNamed finds what a script's "to" means: a number, or a label, whole or in part.
export function numberNamed(to: string, numbers: readonly SimulatorNumber[]): SimulatorNumber | undefined {
  const word = to.toLowerCase();
  const digits = to.replace(/[\s().-]/g, '');
  return (
    numbers.find((n) => n.e164 === digits) ??
    numbers.find((n) => n.label.toLowerCase() === word) ??
    numbers.find((n) => n.label.toLowerCase().includes(word))
  );
}
