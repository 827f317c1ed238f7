// Ending a chat: no question asked, five seconds to take it back.
import type { Live } from '../api/live.ts';
import { t } from '../i18n/index.ts';
import { isPending, notice, undoable } from '../parts/toast.tsx';

const mine = new Set<number>();

export function endSoon(live: Live, chat: number, name: string): void {
  const id = `end${chat}`;
  if (isPending(id)) return;
  undoable(
    id,
    (n) => t('chat.ending', { name, n }),
    () => {
      mine.add(chat);
      live.end(chat).catch((e: Error) => {
        mine.delete(chat);
        notice(t('chat.endFailed', { why: e.message }));
      });
    },
  );
}

export function endedHere(chat: number): boolean {
  return mine.has(chat);
}
