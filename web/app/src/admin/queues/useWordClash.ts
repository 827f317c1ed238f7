// Keywords are held against commands and other queues while they are typed; saving holds them against everything again.
import { useQueries } from '@tanstack/react-query';
import { client, data } from '../../api/client.ts';
import { useWords } from '../../i18n/index.ts';
import type { Queue } from './api.ts';
import { treeWith } from './tree.ts';
import { words } from './words.ts';

export interface WordClash {
  word: string;
  why: string;
}

export function useWordClash(list: readonly string[], queue: Queue, all: readonly Queue[], changed: boolean): WordClash | undefined {
  const say = useWords(words);
  const fresh = changed ? list.filter((w) => !queue.keywords.includes(w)) : [];
  const readings = useQueries({
    queries: fresh.map((text) => ({
      queryKey: ['admin', 'command', text],
      queryFn: () => data(client.POST('/commands/test', { body: { text } })),
      staleTime: 60_000,
      retry: false,
    })),
  });
  for (const [i, word] of fresh.entries()) {
    const kind = readings[i]?.data?.kind ?? 'none';
    if (kind !== 'none') return { word, why: say(`word.${kind}`, { word: word.toLocaleUpperCase() }) };
    const other = treeWith(all, queue).find((q) => q.id !== queue.id && [...q.keywords, ...Object.values(q.lang_keywords).flat()].some((k) => k.toLocaleLowerCase() === word.toLocaleLowerCase()));
    if (other) return { word, why: say('word.taken', { word: word.toLocaleUpperCase(), queue: other.path }) };
  }
  return undefined;
}
