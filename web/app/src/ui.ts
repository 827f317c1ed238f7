// Local interface state, kept over reloads. Everything else lives in the query cache.
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

interface Ui {
  listFolded: boolean;
  panelFolded: boolean;
  muted: boolean;
  keysOpen: boolean;
  paletteOpen: boolean;
  panelSheet: boolean; // narrow windows: the contact panel as a sheet
}

export const useUi = create<Ui>()(
  persist((): Ui => ({ listFolded: false, panelFolded: false, muted: false, keysOpen: false, paletteOpen: false, panelSheet: false }), {
    name: 'sidetone.ui',
    partialize: ({ listFolded, panelFolded, muted }) => ({ listFolded, panelFolded, muted }),
  }),
);
