import { describe, expect, it } from 'vitest';
import { clashes } from './keymap.ts';
import { aria, bindings, comboOf, show } from './registry.ts';

const press = (key: string, code: string, mods: Partial<Record<'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey', boolean>> = {}) => ({
  key,
  code,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  ...mods,
});

describe('the key registry', () => {
  it('gives a key one meaning on every page', () => {
    expect(clashes()).toEqual([]);
  });

  it('finds a key claimed twice, also inside a range', () => {
    expect(clashes({ ...bindings, other: { scope: 'desk', label: 'keys.end', combos: ['Alt+3'] } })).toEqual(['desk: Alt+3 is nth and other']);
  });

  it('does not bind bare letters inside text fields', () => {
    const bare = Object.entries(bindings).filter(([, b]) => 'typing' in b && b.typing && b.combos.some((c) => /^.$/.test(c)));
    expect(bare).toEqual([]);
  });
});

describe('a pressed key', () => {
  it.each([
    ['a letter', press('a', 'KeyA'), 'A'],
    ['a capital', press('E', 'KeyE', { shiftKey: true }), 'Shift+E'],
    ['a sign on a shifted key', press('?', 'Slash', { shiftKey: true }), '?'],
    ['a chord', press('k', 'KeyK', { ctrlKey: true }), 'Mod+K'],
    ['a chord with shift', press('A', 'KeyA', { ctrlKey: true, shiftKey: true }), 'Mod+Shift+A'],
    ['a named key with shift', press('Enter', 'Enter', { shiftKey: true }), 'Shift+Enter'],
  ])('%s', (_, event, want) => {
    expect(comboOf(event, false)).toBe(want);
  });

  it('with Alt is read from its place, for on a Mac it gives another character', () => {
    expect(comboOf(press('¨', 'KeyU', { altKey: true }), true)).toBe('Alt+U');
    expect(comboOf(press('¡', 'Digit1', { altKey: true }), true)).toBe('Alt+1');
  });
});

describe('a key is written', () => {
  it('as keycaps', () => {
    expect(show('Mod+K', true)).toBe('⌘K');
    expect(show('Mod+K', false)).toBe('Ctrl K');
    expect(show('Shift+E', false)).toBe('⇧E');
    expect(show('G D', false)).toBe('G D');
  });
  it('for screen readers', () => {
    expect(aria('commands', true)).toBe('Meta+K');
    expect(aria('goDesk')).toBeUndefined();
  });
});
