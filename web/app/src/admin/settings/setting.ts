// Settings as the pages handle them: what is shown, what was changed but not saved, what can't be right. All of it is pure.
import type { components } from '../../api/console.gen.ts';

export type Setting = components['schemas']['Setting'];
export type SettingsPage = components['schemas']['SettingsPage'];

// Draft holds what is not saved yet: a value, or null for what is inherited again.
export type Draft = Readonly<Record<string, unknown>>;

export interface Problem {
  why: 'whole' | 'range' | 'rangeOff' | 'long';
  values: Record<string, number>;
}

// isOwn says whether a setting is set in this very place: the tenant (no queue) or the queue.
export function isOwn(s: Setting, queue?: number): boolean {
  return queue === undefined ? s.source === 'tenant' : s.source === 'queue' && s.queue?.id === queue;
}

export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

// put changes a draft; what is again as it was saved leaves it.
export function put(draft: Draft, s: Setting, value: unknown, queue?: number): Draft {
  const { [s.key]: _, ...rest } = draft;
  const own = isOwn(s, queue);
  if (value === null ? !own : own && same(value, s.value)) return rest;
  return { ...rest, [s.key]: value };
}

// shown is a setting as the page shows it. `inherited` is what holds when it is not set here.
export function shown(s: Setting, draft: Draft, inherited: unknown, queue?: number): { value: unknown; own: boolean; changed: boolean } {
  if (!(s.key in draft)) return { value: s.value, own: isOwn(s, queue), changed: false };
  const value = draft[s.key];
  return value === null ? { value: inherited, own: false, changed: true } : { value, own: true, changed: true };
}

// problemOf finds what the server would refuse, for the reader who is still typing.
export function problemOf(s: Setting, value: unknown): Problem | undefined {
  const { min = 0, max = 0 } = s;
  if (s.kind === 'duration' || s.kind === 'count') {
    if (typeof value !== 'number' || !Number.isInteger(value)) return { why: 'whole', values: {} };
    if ((value < min || value > max) && !(s.off && value === 0)) return { why: s.off ? 'rangeOff' : 'range', values: { min, max } };
  }
  if ((s.kind === 'line' || s.kind === 'text') && typeof value === 'string') {
    const n = [...value].length;
    if (max > 0 && n > max) return { why: 'long', values: { max, n } };
  }
  return undefined;
}

const seconds: Record<string, number> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

// readable writes a duration in larger units when it has more than one of them: 90 minutes is "1 h 30 min".
export function readable(value: number, unit: string | undefined): string {
  let left = value * (seconds[unit ?? ''] ?? 0);
  const parts: string[] = [];
  for (const [size, word] of [[86_400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']] as const) {
    const n = Math.floor(left / size);
    if (n > 0) parts.push(`${n} ${word}`);
    left -= n * size;
  }
  const text = parts.slice(0, 2).join(' ');
  const plain: Record<string, string> = { seconds: 's', minutes: 'min', hours: 'h', days: 'd' };
  return text === `${value} ${plain[unit ?? '']}` ? '' : text;
}

// order of the settings page. A setting that no group names stands at the end, so that none is ever out of reach.
export const groups: readonly { id: 'channel' | 'consent' | 'numbers' | 'language' | 'words' | 'timeouts' | 'routing' | 'wrapUp' | 'agents' | 'expiry' | 'api' | 'retention'; keys: readonly string[] }[] = [
  { id: 'channel', keys: ['sms_chat_enabled', 'outbound_sms_enabled', 'company_name', 'support_contact', 'max_message_chars', 'ambiguous_send'] },
  { id: 'consent', keys: ['opt_in', 'quiet_hours'] },
  { id: 'language', keys: ['default_language', 'time_zone'] },
  { id: 'words', keys: ['back_words', 'exit_words'] },
  { id: 'numbers', keys: ['non_us_numbers', 'non_us_numbers_in_call', 'non_us_numbers_wait_time'] },
  { id: 'timeouts', keys: ['selecting_timeout', 'unanswered_in_hours', 'unanswered_after_hours', 'outbound_timeout', 'chat_timeout', 'dismissal', 'dismissal_automatic', 'response_target'] },
  { id: 'routing', keys: ['offer_mode', 'offer_policy', 'offer_timeout', 'offer_attempts', 'offer_then_multicast', 'auto_answer', 'cascade_delay', 'queue_priority', 'preferred_agent', 'missed_threshold', 'max_transfers'] },
  { id: 'wrapUp', keys: ['wrap_up', 'wrap_up_time', 'dispositions'] },
  { id: 'agents', keys: ['agent_chat_limit', 'call_weight', 'agent_statuses', 'unresponsive_after', 'mask_numbers_for_agents'] },
  { id: 'expiry', keys: ['agent_text_expiry', 'api_text_expiry', 'after_call_text_expiry', 'stop_confirmation_expiry'] },
  { id: 'api', keys: ['requests_per_second', 'request_burst', 'sessionless_per_minute', 'sessionless_reply_interval'] },
  { id: 'retention', keys: ['retain_texts', 'retain_media', 'retain_recordings', 'retain_attempts'] },
];
