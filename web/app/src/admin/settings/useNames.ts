// The names of settings and of their values, in the reader's language.
import { useWords } from '../../i18n/index.ts';
import { useTimes } from '../../parts/clock.ts';
import { clockText, dayRange, spans, type Hours } from '../hours/hours.ts';
import type { Setting } from './setting.ts';
import { readable } from './setting.ts';
import { words } from './words.ts';

type Key = keyof typeof words;
const known = (key: string): key is Key => key in words;

export function useNames() {
  const say = useWords(words);
  const { locale } = useTimes();
  const nameOf = (key: string) => (known(`name.${key}`) ? say(`name.${key}` as Key) : key);
  const docOf = (s: Setting) => (known(`doc.${s.key}`) ? say(`doc.${s.key}` as Key) : s.doc);
  const optionOf = (option: string) => (known(`option.${option}`) ? say(`option.${option}` as Key) : option);
  const unitOf = (unit: string) => (known(`unit.${unit}`) ? say(`unit.${unit}` as Key) : unit);

  // valueOf writes a value in few words: 60 minutes, On, BACK.
  const valueOf = (s: Setting, value: unknown): string => {
    if (s.kind === 'switch') return say(value ? 'on' : 'offSwitch');
    if (s.kind === 'choice') return optionOf(String(value));
    if (s.kind === 'duration') return value === 0 && s.off ? say('off') : readable(Number(value), s.unit) || `${String(value)} ${unitOf(s.unit ?? '')}`;
    if (Array.isArray(value)) return value.length ? value.join(', ') : say('none');
    return value === null || value === '' || value === undefined ? say('none') : typeof value === 'object' ? '' : String(value);
  };
  // heldOf writes what a place says for itself, hours too.
  const heldOf = (s: Setting | undefined, value: unknown): string => {
    if (value === null || s === undefined) return say('clash.inherits');
    if (s.kind !== 'hours') return valueOf(s, value);
    return spans(value as Hours)
      .map((x) => `${dayRange(x.from, x.to, locale)} ${x.open.map((i) => `${clockText(i.from, locale)} – ${clockText(i.to, locale)}`).join(', ') || '–'}`)
      .join('\n');
  };
  return { nameOf, docOf, optionOf, unitOf, valueOf, heldOf };
}
