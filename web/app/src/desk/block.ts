// Blocking a chat's number: it is blocked at once, and for some seconds one step takes that back (spec 6, 4.1).
import { blockNumber, unblockNumber } from '../api/calls.ts';
import { Refused } from '../api/client.ts';
import { t } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { tel } from '../parts/tel.ts';
import { notice, undoable } from '../parts/toast.tsx';

const undoFor = 10_000;

// block says in the blocklist which chat it was done in.
export async function block(chat: number, address: string): Promise<void> {
  const number = tel(address);
  try {
    const { id } = await blockNumber(address, t('chat.number', { id: chat }));
    undoable(`block:${id}`, () => t('block.done', { number }), () => {}, () => void unblock(id, number), undoFor);
  } catch (e) {
    const known = e instanceof Refused && e.code === 'conflict';
    notice(known ? t('block.already', { number }) : t('block.failed', { number, why: (e as Error).message }));
  }
}

async function unblock(id: number, number: string): Promise<void> {
  try {
    await unblockNumber(id);
    notice(t('block.undone', { number }));
  } catch (e) {
    notice(t('block.notUndone', { number, why: (e as Error).message }));
  }
}
