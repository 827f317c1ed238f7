// What the first run asks, one thing at a time. Pure: which step is next, and what an answer lacks.
import { e164 } from '../parts/e164.ts';

export const steps = ['token', 'company', 'name', 'email', 'password', 'carrier', 'sid', 'auth', 'number', 'tree', 'zone', 'lang', 'more'] as const;
export type Step = (typeof steps)[number];

export interface Answers {
  token: string;
  company: string;
  name: string;
  email: string;
  password: string;
  carrier: '' | 'simulator' | 'twilio';
  sid: string;
  auth: string;
  number: string;
  tree: '' | 'one' | 'shop' | 'office';
  zone: string;
  lang: string;
  more: string[];
}

// What is never written down, not even in the tab.
export const secrets: readonly Step[] = ['password', 'auth'];

// asked are the steps of somebody's way: who takes the simulator has no credentials to enter.
export function asked(a: Answers): readonly Step[] {
  return steps.filter((s) => a.carrier === 'twilio' || (s !== 'sid' && s !== 'auth'));
}

// lacks says that an answer will not do.
export function lacks(step: Step, a: Answers): boolean {
  switch (step) {
    case 'company':
    case 'name':
      return a[step].trim() === '' || [...a[step].trim()].length > 200;
    case 'email':
      return !/^[^\s@]+@[^\s@]+$/.test(a.email.trim());
    case 'password':
      return [...a.password].length < 8;
    case 'sid':
      return !/^[A-Za-z0-9]{1,64}$/.test(a.sid.trim());
    case 'number':
      return !e164(a.number) && !/^\d{3,8}$/.test(a.number.trim());
    case 'more':
      return false;
    default:
      return a[step].trim() === '';
  }
}

// stopAt is the step that somebody who wants to be at one has to be at: the first before it whose answer will not do.
export function stopAt(wanted: Step, a: Answers): Step {
  const way = asked(a);
  const at = Math.max(0, way.indexOf(wanted));
  return way.slice(0, at).find((s) => lacks(s, a)) ?? way[at]!;
}

export function after(step: Step, a: Answers): Step | null {
  const way = asked(a);
  return way[way.indexOf(step) + 1] ?? null;
}

export function before(step: Step, a: Answers): Step | null {
  const way = asked(a);
  return way[way.indexOf(step) - 1] ?? null;
}

// stepOf is the step that a refused field belongs to.
export function stepOf(field: string | undefined): Step | null {
  const by: Record<string, Step> = {
    'token': 'token',
    'company': 'company',
    'admin.name': 'name',
    'admin.email': 'email',
    'admin.password': 'password',
    'carrier.kind': 'carrier',
    'carrier.sid': 'sid',
    'carrier.auth_token': 'auth',
    'carrier.base_url': 'sid',
    'sid': 'sid',
    'auth_token': 'auth',
    'number': 'number',
    'tree': 'tree',
    'time_zone': 'zone',
    'languages': 'lang',
  };
  return by[field ?? ''] ?? null;
}
