// A text as it would go out from the reader: what is known is filled in, what only a chat knows stands by its name.
import { useWords } from '../../i18n/index.ts';
import { Tag } from '../../parts/index.tsx';
import { words } from './words.ts';

export function Resolved({ of }: { of: { text: string; lang: string; ready?: { text: string } } }) {
  const say = useWords(words);
  const nameOf = (variable: string) => (`variable.${variable}` in words ? say(`variable.${variable}` as keyof typeof words) : variable);
  const parts = (of.ready?.text ?? of.text).split(/@\{(\w+)\}/); // every second one is a variable
  return <span lang={of.lang}>{parts.map((part, i) => (i % 2 ? <Tag key={i}>{nameOf(part)}</Tag> : part))}</span>;
}
