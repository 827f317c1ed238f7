import { beforeEach, expect, it } from 'vitest';
import { forgetNews, hideNumbers, recall, seen, settle, tell, useNews } from './news.ts';

const missed = (chat: number) => tell({ key: 'bell.missed', values: { queue: 'Billing' }, chat, at: chat });
const kept = () => useNews.getState().all.map((n) => n.chat);

beforeEach(() => useNews.setState(useNews.getInitialState(), true));

it('the newest is first, and is new until it was seen', () => {
  missed(1);
  missed(2);
  expect(kept()).toEqual([2, 1]);
  expect(useNews.getState().unseen).toBe(2);
  seen();
  missed(3);
  expect(useNews.getState().unseen).toBe(1);
});

it('the same about the same chat is told once', () => {
  missed(1);
  missed(2);
  missed(1);
  expect(kept()).toEqual([1, 2]);
  expect(useNews.getState().unseen).toBe(2);
});

it('a missed chat that came after all is missed no more', () => {
  missed(1);
  tell({ key: 'bell.failed', values: { name: 'Marisol' }, chat: 1, at: 2 });
  settle(1, 'bell.missed');
  expect(useNews.getState()).toMatchObject({ all: [{ key: 'bell.failed' }], unseen: 1 });
});

it('fifty are kept', () => {
  for (let i = 0; i < 60; i++) missed(i);
  expect(kept()).toEqual(Array.from({ length: 50 }, (_, i) => 59 - i));
  expect(useNews.getState().unseen).toBe(50);
});

it('is there again after a reload, for whoever it was told alone, until they sign out', () => {
  const reload = (tenant: string, user: number) => {
    useNews.persist.setOptions({ name: 'nobody' });
    useNews.setState(useNews.getInitialState(), true);
    recall(tenant, user);
  };
  reload('fernhill', 2);
  missed(7);
  missed(8);
  reload('fernhill', 3);
  expect(kept()).toEqual([]);
  reload('other', 2);
  expect(kept()).toEqual([]);
  reload('fernhill', 2);
  expect(kept()).toEqual([8, 7]);
  expect(useNews.getState().unseen).toBe(2);
  forgetNews();
  reload('fernhill', 2);
  expect(kept()).toEqual([]);
});

it('numbers that are to be hidden keep their last four digits, and names stay', () => {
  tell({ key: 'bell.missed', values: { name: '+1 (415) 555-0142, Support › Billing' }, chat: 1, at: 1 });
  tell({ key: 'bell.failed', values: { name: '+14155550143' }, chat: 2, at: 2 });
  tell({ key: 'bell.failed', values: { name: 'Marisol Vega 2' }, chat: 3, at: 3 });
  hideNumbers();
  expect(useNews.getState().all.map((n) => n.values.name)).toEqual(['Marisol Vega 2', '••• 0143', '••• 0142, Support › Billing']);
});
