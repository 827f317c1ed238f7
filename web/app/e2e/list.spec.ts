// The list of chats is narrowed by a key (spec 6, section 7).
import { expect } from '@playwright/test';
import { composer, inChat, test, transcript } from './desk.ts';
import { crowd, now, others, play } from './played.ts';

test('the list is filtered by a key, walked as it is shown, and whole again by Esc', async ({ demo, noor: page }) => {
  const phones: string[] = [];
  const words = ['Where is the heliotrope parasol?', 'The heliotrope vase broke', 'My samovar leaks'];
  for (const text of words) {
    phones.push(await inChat(page, demo, text));
    await page.keyboard.press('Escape');
    await expect(composer(page)).not.toBeFocused();
  }
  const field = page.getByRole('searchbox', { name: 'Filter by name, number or text' });
  const rows = page.locator('[data-row]');

  // In the composer the same sign is a shortcut's.
  await composer(page).focus();
  await page.keyboard.type('/');
  await expect(page.getByRole('listbox')).toBeVisible();
  await expect(field).toBeHidden();
  await page.keyboard.press('Escape');
  await composer(page).fill('');
  await page.keyboard.press('Escape');
  await expect(composer(page)).not.toBeFocused();

  await page.keyboard.press('/');
  await expect(field).toBeFocused();
  await page.keyboard.type('heliotrope');
  await expect(field).toHaveValue('heliotrope');
  await expect(rows).toHaveCount(2);
  await page.keyboard.press('ArrowDown');
  await expect(rows.first()).toBeFocused();
  for (const at of [0, 1, 0]) {
    await page.keyboard.press('j');
    await expect(transcript(page)).toContainText(words[at]!);
  }
  await page.keyboard.press('k');
  await expect(transcript(page)).toContainText(words[1]!);

  await page.keyboard.press('/');
  await expect(field).toBeFocused();
  await page.keyboard.type('nobody has this');
  await expect(page.getByText('No chat matches “nobody has this”')).toBeVisible();
  await expect(rows).toHaveCount(0);
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await expect(field).toBeHidden();
  for (const text of words) await expect(rows.filter({ hasText: text })).toBeVisible();

  await page.keyboard.press('/');
  await expect(field).toBeFocused();
  await page.keyboard.type(phones[2]!.slice(-7));
  await expect(rows).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(transcript(page)).toContainText(words[2]!);
  await expect(composer(page)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(composer(page)).not.toBeFocused();
  await page.keyboard.press('/');
  await expect(field).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(field).toBeHidden();
  for (const text of words) await expect(rows.filter({ hasText: text })).toBeVisible();

  await page.keyboard.press('?');
  await expect(page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'Filter the list of chats' })).toContainText('/');
  await page.keyboard.press('Escape');
  for (const phone of phones) await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
});

test('the filter stands in the address: a reload, a link and the way back restore it; a button opens and leaves it', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const page = await context.newPage();
  await play(page, { chats: crowd(12, 2) });
  const field = page.getByRole('searchbox', { name: 'Filter by name, number or text' });
  const button = page.getByRole('button', { name: 'Filter by name, number or text' });
  const rows = page.locator('[data-row]');
  await page.goto('/desk/5001?q=customer%2010');
  await expect(rows).toHaveCount(2); // the tenth, and the eleventh by its number
  await expect(field).toHaveValue('customer 10');
  await expect(field).not.toBeFocused();
  await page.keyboard.press('j');
  await expect(page).toHaveURL(/\/desk\/\d+\?q=customer(%20|\+)10$/);
  await rows.filter({ hasText: 'Customer 11' }).click();
  await expect(page).toHaveURL(/\/desk\/5010\?q=customer(%20|\+)10$/);

  await field.fill('12');
  await expect(page).toHaveURL(/\/desk\/5010\?q=%2212%22$/);
  await page.reload();
  await expect(field).toHaveValue('12');
  await expect(rows).toHaveCount(1);
  await button.click();
  await expect(field).toBeHidden();
  await expect(rows).toHaveCount(12);
  await expect(page).toHaveURL(/\/desk\/5010$/);
  await page.goBack();
  await expect(field).toHaveValue('customer 10');
  await expect(rows).toHaveCount(2);
  await page.getByRole('link', { name: 'Phone simulator' }).first().click();
  await expect(page).toHaveURL(/\/simulator/);
  expect(new URL(page.url()).searchParams.get('q')).toBeNull();

  await page.goto('/desk/5003');
  await button.click();
  await expect(field).toBeFocused();
  await page.keyboard.type('nobody has this');
  await expect(rows).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(rows.filter({ hasText: 'Customer 4' })).toBeFocused();
  await expect(page).toHaveURL(/\/desk\/5003$/);
  await context.close();
});

test('a chat that has ended asks for no reply, also while the list is held still', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const page = await context.newPage();
  const chats = [...others()];
  const socket = await play(page, { chats });
  await page.goto('/desk');
  await expect(page.getByRole('heading', { name: 'Needs a reply 2' })).toBeVisible();
  await page.locator('[data-row]').first().hover();
  const head = chats[1]!.head as { chat_id: number; last_seq: number };
  const tell = (frame: { type: string; [more: string]: unknown }) => socket.tell({ chat_id: head.chat_id, ...frame });
  tell({ type: 'message', seq: head.last_seq + 1, at: now.toISOString(), data: { id: 78, sender: 'end_user', kind: 'chat', text: 'STOP', media: [], status: 'received', segments: 1 } });
  tell({ type: 'event', seq: head.last_seq + 2, at: now.toISOString(), data: { kind: 'opted_out', text: 'STOP' } });
  tell({ type: 'event', seq: head.last_seq + 3, at: now.toISOString(), data: { kind: 'ended', by: 'disconnected_by_end_user', reason: 'end_user_opt_out' } });
  tell({ type: 'chat_removed', data: { why: 'ended', by: 'disconnected_by_end_user', reason: 'end_user_opt_out' } });
  await expect(page.getByRole('heading', { name: 'Ended 1' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Needs a reply 1' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Desk, 1 chat needs a reply' })).toBeVisible();
  await expect(page).toHaveTitle('(1) Sidetone');
  await context.close();
});

test('of a long list those that fit are found, drawn or not', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const page = await context.newPage();
  await play(page, { chats: crowd(300, 2) });
  await page.goto('/desk');
  await expect(page.getByRole('heading', { name: 'Needs a reply 150' })).toBeVisible();
  const rows = page.locator('[data-row]');
  const last = rows.filter({ hasText: 'Customer 300' });
  await expect(last).toHaveCount(0); // far below what is drawn
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.type('customer 300');
  await expect(rows).toHaveCount(1);
  await expect(last).toBeInViewport();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Needs a reply 150' })).toBeAttached();
  await expect(last).toBeFocused();
  await expect(last).toBeInViewport();
  await context.close();
});
