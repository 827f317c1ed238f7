// Why a text did not arrive, in the reader's language. The list is the carriers' own, whose English the server says.
import type { Message } from '../api/protocol.ts';
import type { Lang } from '../i18n/index.ts';
import list from '../../../../internal/carrier/wire/words.json';

const words: Record<string, readonly string[]> = list;

// reasonOf goes by the code; an unknown one has the sentence of a class. What a carrier wrote itself stays as it is.
export function reasonOf(lang: Lang, { code, text }: NonNullable<Message['error']>): string {
  const known = [words[code], ...Object.values(words)].find((said) => said?.[0] === text);
  return known?.[lang === 'es' ? 1 : 0] ?? text;
}
