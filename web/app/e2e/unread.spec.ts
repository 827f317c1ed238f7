// What an agent has read is known wherever they sign in next.
import { expect } from '@playwright/test';
import { inChat, signIn, test, watch } from './desk.ts';

test('another browser counts as unread what was not read on the first', async ({ browser, demo, noor: page }) => {
  const phone = await inChat(page, demo, 'Is the shop open today?');
  const shown = phone.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 ($1) $2-$3');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/\/desk$/);
  await demo.text(phone, demo.facts.numbers.leaf, 'And tomorrow?');
  await expect(page.getByRole('link', { name: shown })).toContainText('1 new text');
  await page.reload();
  await expect(page.getByRole('link', { name: shown })).toContainText('1 new text');

  const context = await browser.newContext({ baseURL: demo.facts.url });
  const watched = await watch(context, demo.facts.url);
  const other = await context.newPage();
  await signIn(other, demo, 0);
  await expect(other.getByRole('link', { name: shown })).toContainText('1 new text');
  await other.getByRole('link', { name: shown }).click();
  await expect(other.getByRole('link', { name: shown })).not.toContainText('new text');
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  await context.close();
  expect(watched).toEqual([]);
});
