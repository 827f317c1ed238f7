// The reply clock: amber from three quarters of the target, red past it. It colours and never ends a chat (spec 1.5).
export const replyTarget = 120_000;

export type Urgency = 'calm' | 'near' | 'over';

export function urgency(waited: number, target = replyTarget): Urgency {
  if (waited > target) return 'over';
  return waited >= 0.75 * target ? 'near' : 'calm';
}
