// The number of a chat's customer as this agent sees it: masked where the tenant hides it, and whole once it was revealed.
import { tel } from '../parts/tel.ts';
import type { Item } from '../shell/chats.ts';
import { useUi } from '../ui.ts';

export function useNumber({ id, chat }: Item): string {
  const revealed = useUi((u) => u.revealed);
  return tel(revealed?.chat === id ? revealed.number : chat.end_user.number);
}
