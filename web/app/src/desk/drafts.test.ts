import 'fake-indexeddb/auto';
import { beforeEach, expect, it, vi } from 'vitest';
import { openShelf } from '../api/store.ts';
import { clear, loadDrafts, useDrafts, write } from './drafts.ts';

const draft = (chat: number) => useDrafts.getState().byChat.get(chat);
let users = 0;

beforeEach(() => {
  useDrafts.setState({ byChat: new Map(), loaded: false });
  users++;
});

it('a draft stays in its chat and comes back with its caret after a reload', async () => {
  const shelf = await openShelf('fernhill', users);
  write(shelf, 1, { text: 'It ships', caret: 3 });
  write(shelf, 2, { text: 'Sorry', caret: 5 });
  await vi.waitFor(async () => expect((await shelf.drafts()).size).toBe(2));
  useDrafts.setState({ byChat: new Map(), loaded: false });
  await loadDrafts(shelf);
  expect(draft(1)).toEqual({ text: 'It ships', caret: 3 });
  expect(draft(2)).toEqual({ text: 'Sorry', caret: 5 });
  expect(draft(3)).toBeUndefined();
});

it('a sent draft is gone for good, also when the last key was just pressed', async () => {
  const shelf = await openShelf('fernhill', users);
  write(shelf, 1, { text: 'It ships', caret: 8 });
  clear(shelf, 1);
  await loadDrafts(shelf);
  expect(draft(1)).toBeUndefined();
  expect(await shelf.drafts()).toEqual(new Map());
});

it('two people at one browser do not see each other’s drafts', async () => {
  const mine = await openShelf('fernhill', users);
  await mine.saveDraft(1, { text: 'mine', caret: 4 });
  const theirs = await openShelf('fernhill', users + 1000);
  expect(await theirs.drafts()).toEqual(new Map());
});

it('what is being typed wins over what was kept', async () => {
  const shelf = await openShelf('fernhill', users);
  await shelf.saveDraft(1, { text: 'old', caret: 0 });
  write(shelf, 1, { text: 'new', caret: 3 });
  await loadDrafts(shelf);
  expect(draft(1)?.text).toBe('new');
});
