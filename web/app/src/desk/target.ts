// The reply clock: amber from three quarters of the target, red past it. It colours and never ends a chat (spec 1.5).
export type Urgency = 'calm' | 'near' | 'over';

// target is in seconds, as the server says; without one a clock is always calm.
export function urgency(waited: number, target: number | undefined): Urgency {
  if (!target) return 'calm';
  if (waited > target * 1000) return 'over';
  return waited >= 750 * target ? 'near' : 'calm';
}
