// How the person has the console: kept with them on the server, so that it is the same in every browser. The session
// brings it (api/client.ts); the page /me changes it.
import { create } from 'zustand';
import type { components } from './api/console.gen.ts';
import { setLang } from './i18n/index.ts';

export type Preferences = components['schemas']['Preferences'];
export type Alert = Preferences['muted_sounds'][number];

const asItComes: Preferences = {
  lang: '',
  time_zone: '',
  theme: 'system',
  density: 'compact',
  muted_sounds: [],
  muted_notifications: [],
  muted_announcements: [],
  single_keys: true,
  keys: {},
  offer_time: 1,
};

export const usePrefs = create<Preferences>(() => asItComes);

// adopt makes the console be as the person has it. The theme is the shell's matter.
export function adopt(p: Preferences): void {
  usePrefs.setState(p);
  setLang(p.lang);
  document.documentElement.dataset.density = p.density;
}
