import { describe, expect, it } from 'vitest';
import { changed, clashOf, pressed, refusal } from './keymap.ts';
import { aria, bindings, combosOf, isSingle, keyIds, keysOf, type Own } from './registry.ts';
import { usePrefs } from '../prefs.ts';

const plain: Own = { keys: {}, single_keys: true };

describe('own keys', () => {
  it('take the place of all keys that an action had', () => {
    expect(keysOf('reply', { ...plain, keys: { reply: 'Alt+R' } })).toEqual(['Alt+R']);
    expect(keysOf('reply', plain)).toEqual(['R', 'Enter']);
  });

  it('leave fixed keys and unknown actions alone', () => {
    expect(keysOf('close', { ...plain, keys: { close: 'Alt+X', gone: 'Alt+Y' } })).toEqual(['Escape']);
  });

  it('are what aria-keyshortcuts says', () => {
    usePrefs.setState({ keys: { end: 'Alt+E' } });
    expect(aria('end', false)).toBe('Alt+E');
    expect(combosOf('end')).toEqual(['Alt+E']);
    usePrefs.setState({ keys: {} });
    expect(aria('end', false)).toBe('Shift+E');
  });
});

describe('single letters switched off', () => {
  const off: Own = { keys: { answer: 'Alt+A' }, single_keys: false };
  it('leaves no character key outside of a text', () => {
    const left = keyIds.filter((id) => bindings[id].scope !== 'composer').flatMap((id) => keysOf(id, off));
    expect(left.filter(isSingle)).toEqual([]);
    expect(left).toContain('Mod+K');
    expect(left).toContain('F6');
    expect(left).toContain('Alt+A');
  });
  it('keeps the other key of an action', () => {
    expect(keysOf('reply', off)).toEqual(['Enter']);
  });
  it.each(['A', '?', 'Shift+E', 'G D', 'ñ'])('%s is one', (c) => expect(isSingle(c)).toBe(true));
  it.each(['Alt+A', 'Mod+Shift+A', 'F6', 'Enter', 'ArrowUp'])('%s is none', (c) => expect(isSingle(c)).toBe(false));
});

describe('a clash', () => {
  it('is named where both keys are heard', () => {
    expect(refusal('transfer', 'Shift+E', plain)).toEqual({ why: 'clash', with: 'end' });
    expect(refusal('transfer', '?', plain)).toEqual({ why: 'clash', with: 'sheet' });
    expect(refusal('sheet', 'N', plain)?.why).toBe('clash');
    expect(refusal('add', 'J', plain)).toBeNull(); // the desk's J is not heard in the administration
  });
  it('is found inside a range, and while one writes', () => {
    expect(refusal('plain', 'Alt+3', plain)).toEqual({ why: 'clash', with: 'nth' });
    expect(refusal('transfer', 'Alt+U', plain)).toBeNull();
  });
  it('is a key that a sequence begins with', () => {
    expect(clashOf('end', 'G', plain)).toBe('goDesk');
    expect(clashOf('goDesk', 'J X', plain)).toBe('next');
  });
  it('goes when the other key is changed', () => {
    expect(refusal('transfer', 'Shift+E', { ...plain, keys: { end: 'Alt+E' } })).toBeNull();
    expect(refusal('transfer', 'Alt+E', { ...plain, keys: { end: 'Alt+E' } })).toEqual({ why: 'clash', with: 'end' });
  });
  it('is also with a key that is switched off, for it comes back', () => {
    expect(refusal('transfer', 'Alt+X', { keys: { end: 'Alt+X' }, single_keys: false })).toEqual({ why: 'clash', with: 'end' });
  });
});

describe('no key at all', () => {
  it.each(['Mod+C', 'Mod+T', 'Tab', 'Escape', 'Backspace', 'F5'])('is %s', (c) => expect(refusal('end', c, plain)).toEqual({ why: 'kept' }));
  it('is a letter for what works while one writes', () => {
    expect(refusal('plain', 'X', plain)).toEqual({ why: 'typing' });
    expect(refusal('plain', 'Alt+X', plain)).toBeNull();
  });
  it('is a letter while letters are switched off', () => {
    expect(refusal('end', 'X', { ...plain, single_keys: false })).toEqual({ why: 'single' });
  });
  it('its own key always is one', () => {
    for (const id of keyIds.filter((id) => !('fixed' in bindings[id]))) for (const c of bindings[id].combos) expect(refusal(id, c, plain), `${id} ${c}`).toBeNull();
  });
});

it('two letters make a sequence, and a third begins anew', () => {
  expect(pressed('', 'G')).toBe('G');
  expect(pressed('G', 'D')).toBe('G D');
  expect(pressed('G D', 'X')).toBe('X');
  expect(pressed('G', 'Alt+D')).toBe('Alt+D');
});

it('a key put back is no change', () => {
  expect(changed({ ...plain, keys: { end: 'Alt+E', next: 'X' } }, 'end', 'Shift+E')).toEqual({ next: 'X' });
  expect(changed({ ...plain, keys: { end: 'Alt+E' } }, 'end', null)).toEqual({});
  expect(changed(plain, 'end', 'Alt+E')).toEqual({ end: 'Alt+E' });
});
