// The one list of keys (spec 6, section 7). Handlers, tooltips, aria-keyshortcuts, the ? sheet and the command list all
// read it, so they can't disagree.
import type { Key } from '../i18n/index.ts';
import { usePrefs } from '../prefs.ts';

export type Scope = 'everywhere' | 'desk' | 'composer' | 'monitor' | 'admin' | 'simulator';

export interface Binding {
  scope: Scope;
  label: Key;
  combos: readonly string[]; // "Mod+K", "Shift+E", "G D", "Alt+1…9"; the first one is shown
  typing?: boolean; // works while a text field has focus
  fixed?: boolean; // can't be given another key
  command?: boolean; // stands in the command list when its handler is there
}

export const bindings = {
  commands: { scope: 'everywhere', label: 'keys.commands', combos: ['Mod+K'], typing: true },
  sheet: { scope: 'everywhere', label: 'keys.sheet', combos: ['?'], command: true },
  goDesk: { scope: 'everywhere', label: 'keys.goDesk', combos: ['G D'], command: true },
  goSimulator: { scope: 'everywhere', label: 'keys.goSimulator', combos: ['G P'], command: true },
  goAvailable: { scope: 'everywhere', label: 'keys.goAvailable', combos: ['S A'], command: true },
  status: { scope: 'everywhere', label: 'keys.status', combos: ['S S'], command: true },
  goMonitor: { scope: 'everywhere', label: 'keys.goMonitor', combos: ['G M'], command: true },
  goAdmin: { scope: 'everywhere', label: 'keys.goAdmin', combos: ['G S'], command: true },
  goQueues: { scope: 'everywhere', label: 'keys.goQueues', combos: ['G Q'], command: true },
  goMe: { scope: 'everywhere', label: 'keys.goMe', combos: ['G U'], command: true },
  foldLeft: { scope: 'everywhere', label: 'keys.foldLeft', combos: ['['], command: true },
  foldRight: { scope: 'everywhere', label: 'keys.foldRight', combos: [']'], command: true },
  panes: { scope: 'everywhere', label: 'keys.panes', combos: ['F6'], typing: true },
  undo: { scope: 'everywhere', label: 'keys.undo', combos: ['Mod+Z'] },
  close: { scope: 'everywhere', label: 'keys.close', combos: ['Escape'], fixed: true },

  next: { scope: 'desk', label: 'keys.next', combos: ['J'], command: true },
  previous: { scope: 'desk', label: 'keys.previous', combos: ['K'], command: true },
  nth: { scope: 'desk', label: 'keys.nth', combos: ['Alt+1…9'], fixed: true, typing: true },
  answer: { scope: 'desk', label: 'keys.answer', combos: ['A'], command: true },
  decline: { scope: 'desk', label: 'keys.decline', combos: ['D'], command: true },
  reply: { scope: 'desk', label: 'keys.reply', combos: ['R', 'Enter'], command: true },
  newText: { scope: 'desk', label: 'keys.newText', combos: ['N'], command: true },
  transfer: { scope: 'desk', label: 'keys.transfer', combos: ['T'], command: true },
  dismiss: { scope: 'desk', label: 'keys.dismiss', combos: ['Shift+D'], command: true },
  dismissed: { scope: 'desk', label: 'keys.dismissed', combos: ['Shift+L'], command: true },
  end: { scope: 'desk', label: 'keys.end', combos: ['Shift+E'], command: true },
  photo: { scope: 'desk', label: 'keys.photo', combos: ['I'], command: true },
  deskFilter: { scope: 'desk', label: 'keys.deskFilter', combos: ['/'], command: true },
  nextReply: { scope: 'desk', label: 'keys.nextReply', combos: ['U'], command: true },

  send: { scope: 'composer', label: 'keys.send', combos: ['Enter'], typing: true },
  newLine: { scope: 'composer', label: 'keys.newLine', combos: ['Shift+Enter'], fixed: true, typing: true },
  // Written into the text, which opens their lists; no handler hears them.
  shortcuts: { scope: 'composer', label: 'keys.shortcuts', combos: ['/'], fixed: true },
  categories: { scope: 'composer', label: 'keys.categories', combos: ['#'], fixed: true },
  attributes: { scope: 'composer', label: 'keys.attributes', combos: ['{'], fixed: true },
  leave: { scope: 'composer', label: 'keys.leave', combos: ['Escape'], fixed: true, typing: true },
  previousTyping: { scope: 'composer', label: 'keys.previousTyping', combos: ['Mod+ArrowUp'], typing: true },
  nextTyping: { scope: 'composer', label: 'keys.nextTyping', combos: ['Mod+ArrowDown'], typing: true },
  plain: { scope: 'composer', label: 'keys.plain', combos: ['Alt+U'], typing: true, command: true },
  answerTyping: { scope: 'composer', label: 'keys.answerTyping', combos: ['Mod+Shift+A'], typing: true },

  monNext: { scope: 'monitor', label: 'keys.monNext', combos: ['J'] },
  monPrevious: { scope: 'monitor', label: 'keys.monPrevious', combos: ['K'] },
  monFilter: { scope: 'monitor', label: 'keys.monFilter', combos: ['/'], command: true },
  monPause: { scope: 'monitor', label: 'keys.monPause', combos: ['P'], command: true },
  monWall: { scope: 'monitor', label: 'keys.monWall', combos: ['W'], command: true },
  monFull: { scope: 'monitor', label: 'keys.monFull', combos: ['F'], command: true },
  monTake: { scope: 'monitor', label: 'keys.monTake', combos: ['O'], command: true },
  monTransfer: { scope: 'monitor', label: 'keys.monTransfer', combos: ['T'], command: true },
  monEnd: { scope: 'monitor', label: 'keys.monEnd', combos: ['Shift+E'], command: true },

  filter: { scope: 'admin', label: 'keys.filter', combos: ['/'], command: true },
  add: { scope: 'admin', label: 'keys.add', combos: ['N'], command: true },
  save: { scope: 'admin', label: 'keys.save', combos: ['Mod+S'], typing: true, command: true },
  moveUp: { scope: 'admin', label: 'keys.moveUp', combos: ['Alt+ArrowUp'] },
  moveDown: { scope: 'admin', label: 'keys.moveDown', combos: ['Alt+ArrowDown'] },
  nest: { scope: 'admin', label: 'keys.nest', combos: ['Alt+ArrowRight'] },
  unnest: { scope: 'admin', label: 'keys.unnest', combos: ['Alt+ArrowLeft'] },

  nthHandset: { scope: 'simulator', label: 'keys.nthHandset', combos: ['Alt+1…9'], fixed: true, typing: true },
  phone: { scope: 'simulator', label: 'keys.phone', combos: ['R', 'Enter'], command: true },
  addHandset: { scope: 'simulator', label: 'keys.addHandset', combos: ['Shift+N'], command: true },
  pauseTrace: { scope: 'simulator', label: 'keys.pauseTrace', combos: ['Shift+T'], command: true },
  scripts: { scope: 'simulator', label: 'keys.scripts', combos: ['Shift+S'], command: true },
  playScript: { scope: 'simulator', label: 'keys.playScript', combos: ['Shift+P'], command: true },
  recordScript: { scope: 'simulator', label: 'keys.recordScript', combos: ['Shift+R'], command: true },
} as const satisfies Record<string, Binding>;

export type KeyId = keyof typeof bindings;
export const keyIds = Object.keys(bindings) as KeyId[];

export function binding(id: KeyId): Binding {
  return bindings[id];
}

// Own is what a person has changed: the key of an action, and whether single characters are keys at all.
export interface Own {
  keys: Readonly<Record<string, string>>;
  single_keys: boolean;
}

// isSingle: nothing but a character, or two of them one after the other (WCAG 2.1.4).
export const isSingle = (combo: string) => /^(Shift\+)?\S( \S)?$/u.test(combo);

// keysOf are the keys that an action has for a person. What is written into a text is no key that could be switched off.
export function keysOf(id: KeyId, own: Own): readonly string[] {
  const { combos, fixed, scope }: Binding = bindings[id];
  const mine = fixed ? undefined : own.keys[id];
  const all = mine === undefined ? combos : [mine];
  return own.single_keys || scope === 'composer' ? all : all.filter((c) => !isSingle(c));
}

// combosOf are those that it has right now, useCombo the one that is shown.
export const combosOf = (id: KeyId) => keysOf(id, usePrefs.getState());

export function useCombo(id: KeyId | undefined): string | undefined {
  return usePrefs((own) => id && keysOf(id, own)[0]);
}

// expand turns "Alt+1…9" into its nine combos.
export function expand(combo: string): string[] {
  const range = /^(.*)1…9$/.exec(combo);
  return range ? Array.from({ length: 9 }, (_, i) => `${range[1]}${i + 1}`) : [combo];
}

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

// comboOf names what was pressed as the registry writes it. Alt chords are read from the key's place, because with Alt
// the keyboard gives another character.
export function comboOf(e: Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>, mac = isMac): string {
  const mod = mac ? e.metaKey : e.ctrlKey;
  const place = /^(?:Key|Digit)(.)$/.exec(e.code);
  const letter = /^\p{L}$/u.test(e.key);
  const key = e.altKey && place ? place[1]! : letter ? e.key.toUpperCase() : e.key;
  const shift = e.shiftKey && (letter || e.key.length > 1 || e.altKey || mod);
  return [mod && 'Mod', e.altKey && 'Alt', shift && 'Shift', key].filter(Boolean).join('+');
}

const symbols: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Enter: '↵', Escape: 'Esc' };
const macSymbols: Record<string, string> = { Mod: '⌘', Alt: '⌥', Shift: '⇧' };
const pcWords: Record<string, string> = { Mod: 'Ctrl', Alt: 'Alt', Shift: '⇧' };

// show writes a combo as keycaps: "⌘ K", "⇧E", "G D".
export function show(combo: string, mac = isMac): string {
  const word = (part: string) => (mac ? macSymbols : pcWords)[part] ?? symbols[part] ?? part;
  return combo
    .split(' ')
    .map((c) => {
      const parts = c === '+' ? ['+'] : c.split('+').map(word);
      return parts.length === 1 ? parts[0]! : parts.slice(0, -1).join(mac ? '' : ' ') + (parts[0] === '⇧' || mac ? '' : ' ') + parts.at(-1)!;
    })
    .join(' ');
}

// aria writes a binding for aria-keyshortcuts. A sequence has no form there.
export function aria(id: KeyId, mac = isMac): string | undefined {
  const combos = combosOf(id).filter((c) => !c.includes(' ') && !c.includes('…'));
  if (combos.length === 0) return undefined;
  return combos.map((c) => c.replace('Mod', mac ? 'Meta' : 'Control')).join(' ');
}
