// The reply clock: amber from three quarters of the target, red past it. It colours and never ends a chat (spec 1.5).
import type { Item } from '../shell/chats.ts';

export type Urgency = 'calm' | 'near' | 'over';

// target is in seconds, as the server says; without one a clock is always calm.
export function urgency(waited: number, target: number | undefined): Urgency {
  if (!target) return 'calm';
  if (waited > target * 1000) return 'over';
  return waited >= 750 * target ? 'near' : 'calm';
}

// ownWait is how long the agent has let the customer wait: since their text, or since the agent has the chat.
export function ownWait(chat: Item['chat'], since: number, now: number): number {
  return now - Math.max(since, Date.parse(chat.assigned_at ?? chat.created_at));
}

// Crossings is how urgent each waiting chat was, by its text that waits.
export type Crossings = ReadonlyMap<string, Urgency>;

type Waits = Pick<Item, 'id' | 'chat' | 'name' | 'section' | 'since'>;

// crossed finds the clocks that have turned since the last look. What was there at the first look turned before it.
export function crossed<I extends Waits>(before: Crossings, items: readonly I[], now: number): { crossings: Crossings; fresh: { item: I; how: Urgency }[] } {
  const crossings = new Map<string, Urgency>();
  const fresh: { item: I; how: Urgency }[] = [];
  for (const item of items) {
    if (item.section !== 'reply') continue;
    const key = `${item.id} ${item.since}`;
    const how = urgency(ownWait(item.chat, item.since, now), item.chat.response_target);
    const was = before.get(key);
    if (was !== undefined && was !== how && how !== 'calm') fresh.push({ item, how });
    crossings.set(key, how);
  }
  return { crossings, fresh };
}
