// What an agent may have missed stays under the bell, and leads to where it happened.
import { expect } from '@playwright/test';
import { test } from './desk.ts';
import { crowd, now, play } from './played.ts';

test('a missed chat and an undelivered text are under the bell', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const page = await context.newPage();
  const chats = crowd(2, 2);
  const { tell } = await play(page, { chats });
  await page.goto('/desk');
  const bell = page.getByRole('button', { name: 'Notifications' });
  await expect(bell).toHaveAccessibleName('Notifications');
  await bell.click();
  await expect(page.getByRole('menu')).toContainText('Nothing missed');
  await page.keyboard.press('Escape');
  await expect(bell).toBeFocused();

  const offer = { chat_id: 9000, queue: { id: 1, name: 'Billing', path: 'Billing' }, end_user: { id: 9000, name: 'Ada Osei', number: '+14155550199' }, lang: 'en', waiting_since: now.toISOString(), expires_at: new Date(now.getTime() + 60_000).toISOString(), preview: 'Hello' };
  tell({ type: 'offer', chat_id: 9000, data: offer });
  tell({ type: 'offer_withdrawn', chat_id: 9000, data: { why: 'expired' } });
  const { chat_id, last_seq } = chats[0]!.head as { chat_id: number; last_seq: number };
  tell({ type: 'message', chat_id, seq: last_seq + 1, at: now.toISOString(), data: { id: 77, sender: 'agent', kind: 'chat', text: 'It ships today', media: [], status: 'sent', segments: 1 } });
  tell({ type: 'message_status', chat_id, data: { id: 77, status: 'undelivered', error: { code: '30006', text: 'Landline', retryable: false } } });
  await expect(bell).toHaveAccessibleName('Notifications, 2 new');

  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem').first()).toContainText('A text to Customer 1 was not delivered.');
  await expect(page.getByRole('menuitem').nth(1)).toContainText('Missed: Ada Osei, Billing. It went to the next agent.');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/desk\/5000$/);
  await expect(page.getByRole('log')).toContainText('Not delivered');
  await expect(bell).toHaveAccessibleName('Notifications');

  // A chat that came after all was not missed.
  tell({ type: 'chat_assigned', chat_id: 9000, data: { ...chats[0]!.head, chat_id: 9000, end_user: offer.end_user, last_seq: 0 } });
  await expect(page.getByRole('link', { name: 'Ada Osei' })).toBeVisible();
  await bell.click();
  await expect(page.getByRole('menuitem', { name: 'Missed' })).toHaveCount(0);

  await page.reload();
  await expect(page.getByRole('link', { name: 'Customer 1' })).toBeVisible();
  await bell.click();
  await expect(page.getByRole('menuitem').first()).toContainText('A text to Customer 1 was not delivered.');
  await context.close();
});
