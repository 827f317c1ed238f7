// Local interface state, kept over reloads. Everything else lives in the query cache.
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

interface Ui {
  listFolded: boolean;
  panelFolded: boolean;
  keysOpen: boolean;
  paletteOpen: boolean;
  transferOpen: boolean;
  newTextOpen: boolean;
  why: { chat: number } | { message: number } | null; // of what the reasons are shown
  dismissedOpen: boolean; // the list of what is laid aside
  turnsOpen: boolean; // the resume history
  revealOpen: boolean; // the question what a number is needed for
  revealed: { chat: number; number: string } | null; // of the chat that is looked at, until it is left
  panelSheet: boolean; // narrow windows: the contact panel as a sheet
}

const folded = { listFolded: false, panelFolded: false };
const closed: Pick<Ui, 'keysOpen' | 'paletteOpen' | 'transferOpen' | 'newTextOpen' | 'why' | 'dismissedOpen' | 'panelSheet' | 'revealOpen' | 'revealed' | 'turnsOpen'> = { why: null, keysOpen: false, paletteOpen: false, transferOpen: false, newTextOpen: false, dismissedOpen: false, panelSheet: false, revealOpen: false, revealed: null, turnsOpen: false };

export const useUi = create<Ui>()(
  persist((): Ui => ({ ...folded, ...closed }), {
    name: 'sidetone.ui',
    partialize: ({ listFolded, panelFolded }) => ({ listFolded, panelFolded }),
  }),
);
