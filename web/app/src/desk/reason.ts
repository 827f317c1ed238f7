// Why a text did not arrive, or a number stands still, in the reader's language. The list is the carriers' own, whose English the server says.
import type { Message } from '../api/protocol.ts';
import type { Lang } from '../i18n/index.ts';
import list from '../../../../internal/carrier/wire/words.json';

const words: Record<string, readonly string[]> = list;

// reasonOf goes by the code; an unknown one has the sentence of a class. What a carrier wrote itself stays as it is.
export function reasonOf(lang: Lang, { code, text }: NonNullable<Message['error']>): string {
  return inWords(lang, [words[code], ...Object.values(words)], text);
}

// sentenceOf is a sentence of the list that stands alone, without its code.
export function sentenceOf(lang: Lang, text: string): string {
  return inWords(lang, Object.values(words), text);
}

function inWords(lang: Lang, list: readonly (readonly string[] | undefined)[], text: string): string {
  return list.find((said) => said?.[0] === text)?.[lang === 'es' ? 1 : 0] ?? text;
}
