// A list of 300 chats draws those in sight and is a whole list all the same: to keys, to the eye, to a screen reader.
import { expect } from '@playwright/test';
import { test } from './desk.ts';
import { crowd, play } from './played.ts';

test('a long list is walked to its end and back', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const page = await context.newPage();
  const { tell } = await play(page, { chats: crowd(300, 2) });
  await page.goto('/desk');
  const rows = page.locator('[data-row]');
  const current = page.locator('[data-row][aria-current]');
  await expect(page.getByRole('heading', { name: 'Needs a reply 150' })).toBeVisible();
  expect(await rows.count()).toBeLessThan(60);
  const first = page.getByRole('listitem').filter({ has: rows }).first();
  await expect(first).toHaveAttribute('aria-setsize', '150');
  await expect(first).toHaveAttribute('aria-posinset', '1');

  // J walks on past what is drawn.
  for (let i = 0; i < 40; i++) await page.keyboard.press('j');
  await expect(current.locator('..')).toHaveAttribute('aria-posinset', '40');
  await expect(current).toBeInViewport();

  // The row that the Tab key stops at stays, however far one scrolls.
  const list = page.getByRole('region', { name: 'Chats', exact: true }).locator('> div').first();
  await list.evaluate((e) => e.scrollTo(0, e.scrollHeight));
  await expect(page.getByRole('listitem').filter({ has: rows }).last()).toHaveAttribute('aria-posinset', '150');
  await expect(page.locator('[data-row][tabindex="0"]')).toHaveCount(1);
  await current.focus();
  await expect(current).toBeInViewport();
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('[data-row]:focus')).toBeInViewport();
  await expect(page.locator('li:has([data-row]:focus)')).toHaveAttribute('aria-posinset', '41');

  // From the first, K goes to the very last, which was not drawn.
  for (let i = 0; i < 40; i++) await page.keyboard.press('k');
  await expect(current.locator('..')).toHaveAttribute('aria-posinset', '150');
  await expect(current).toBeInViewport();

  // An offer above moves the rows and loses none.
  await list.evaluate((e) => e.scrollTo(0, 0));
  tell({ type: 'offer', chat_id: 9000, data: { chat_id: 9000, queue: null, end_user: { id: 9000, number: '+14155550199' }, lang: 'en', waiting_since: new Date().toISOString(), expires_at: new Date(Date.now() + 60_000).toISOString(), preview: 'Hello' } });
  await expect(page.getByRole('article')).toBeVisible();
  await expect(page.locator('li[aria-posinset="1"] [data-row]').first()).toBeInViewport();
  await context.close();
});
