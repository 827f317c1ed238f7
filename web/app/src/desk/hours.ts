// Whether a chat's queue is closed at a moment, by what the server said of it last. Pure.
import type { Chat } from '../api/protocol.ts';

// closedAt is null while it is open, else until when it is closed; Infinity when nobody knows of an opening.
export function closedAt(hours: Chat['queue_closed'], now: number): number | null {
  if (!hours) return null;
  const from = hours.from ? Date.parse(hours.from) : -Infinity;
  const until = hours.until ? Date.parse(hours.until) : Infinity;
  return from <= now && now < until ? until : null;
}
