// The answers of the first run: kept in this tab over a reload, but for the secrets.
import { create } from 'zustand';
import { secrets, type Answers } from './steps.ts';

const place = 'sidetone.setup';

const nothing: Answers = {
  token: '',
  company: '',
  name: '',
  email: '',
  password: '',
  carrier: '',
  sid: '',
  auth: '',
  number: '',
  tree: '',
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  lang: '',
  more: [],
};

function kept(): Answers {
  try {
    return { ...nothing, ...(JSON.parse(sessionStorage.getItem(place) ?? '{}') as Partial<Answers>) };
  } catch {
    return nothing;
  }
}

export const useDraft = create<Answers>(kept);

useDraft.subscribe((a) => {
  const open = Object.fromEntries(Object.entries(a).filter(([k]) => !(secrets as readonly string[]).includes(k)));
  sessionStorage.setItem(place, JSON.stringify(open));
});

// takeToken reads the token behind the # of the address and takes it out of there: addresses are shown and shared.
export function takeToken(): void {
  const token = /^#([\w-]{20,100})$/.exec(location.hash)?.[1];
  if (!token) return;
  useDraft.setState({ token });
  history.replaceState(history.state, '', location.pathname + location.search);
}

export function forget(): void {
  useDraft.setState(nothing, true);
  sessionStorage.removeItem(place);
}
