// A whole chat by keys alone, and by thumb on a phone (spec 6, sections 4.1 and 8).
import { expect, type Page } from '@playwright/test';
import { composer, newPhone, offer, test, transcript, withAgent } from './desk.ts';
import { tooSmall } from './targets.ts';

test('by keys alone: answer, reply, transfer and end; the focus never falls to the page', async ({ demo, noor, dana }) => {
  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'I want my money back, by keys');
  await expect(offer(noor)).toContainText('by keys');
  await noor.keyboard.press('a');
  await expect(composer(noor)).toBeFocused();
  await noor.keyboard.type('Let me hand you to our refunds.');
  await noor.keyboard.press('Enter');
  await expect(transcript(noor)).toContainText('Delivered');
  await expect(composer(noor)).toBeFocused();

  await noor.keyboard.press('F6'); // the panel, and round to the list
  await somewhere(noor);
  await noor.keyboard.press('F6');
  await somewhere(noor);
  await noor.keyboard.press('r');
  await expect(composer(noor)).toBeFocused();
  await noor.keyboard.press('Escape');
  await noor.keyboard.press('t');
  await expect(noor.getByRole('combobox', { name: 'To a queue or an agent' })).toBeFocused();
  await noor.keyboard.type('refund');
  await expect(noor.getByRole('option', { name: /Refund status/ })).toBeVisible();
  await noor.keyboard.press('Enter');
  await somewhere(noor);
  await noor.keyboard.type('Paid by card');
  await noor.keyboard.press('Enter');
  await expect(noor.getByRole('dialog')).toBeHidden();
  await expect(composer(noor)).toBeHidden();
  await somewhere(noor);

  await expect(offer(dana)).toContainText('Refund status');
  await dana.keyboard.press('a');
  await expect(composer(dana)).toBeFocused();
  await expect(transcript(dana)).toContainText('Paid by card');
  await dana.keyboard.type('Your refund is on its way.');
  await dana.keyboard.press('Enter');
  await expect.poll(() => demo.received(phone)).toContain('Your refund is on its way.');
  await dana.keyboard.press('Escape');
  await dana.keyboard.press('Shift+E');
  await expect(dana.getByRole('button', { name: 'Undo' })).toBeVisible();
  await somewhere(dana);
  await expect(composer(dana)).toBeHidden();
  await expect(dana.getByText('No chats.', { exact: false })).toBeVisible();
  await somewhere(dana);
});

test('by thumb on a phone: answer, reply, look at the contact, transfer, answer over a chat, end', async ({ browser, demo, dana }) => {
  const { leaf } = demo.facts.numbers;
  await withAgent(
    browser,
    demo,
    0,
    async (page) => {
      const phone = newPhone();
      await demo.text(phone, leaf, 'A mug arrived chipped, by thumb');
      await expect(offer(page)).toContainText('by thumb');
      await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
      await large(page, 'the list');
      await offer(page).getByRole('button', { name: 'Answer' }).tap();
      await expect(transcript(page)).toContainText('A mug arrived chipped');
      await expect(page.getByRole('region', { name: 'Chats' })).toBeHidden();
      expect(await composer(page).evaluate((e) => parseFloat(getComputedStyle(e).fontSize))).toBe(16);

      await composer(page).fill('So sorry. Could you send a photo?');
      await large(page, 'a chat');
      await page.getByRole('button', { name: 'Send' }).tap();
      await expect(transcript(page)).toContainText('Delivered');

      await page.getByRole('button', { name: 'More' }).tap();
      await large(page, 'the menu', '[role=menu]');
      await page.getByRole('menuitem', { name: 'Contact and path' }).tap();
      const sheet = page.getByRole('complementary', { name: 'Contact' });
      await expect(sheet).toBeFocused();
      await expect(sheet).toContainText('Texted');
      await sheet.getByRole('button', { name: 'Close' }).tap();
      await expect(sheet).toBeHidden();
      await somewhere(page);

      await page.getByRole('link', { name: 'Back' }).tap();
      await page.getByRole('link', { name: new RegExp(`${phone.slice(5, 8)}-${phone.slice(8)}`) }).tap();
      await page.getByRole('button', { name: 'More' }).tap();
      await page.getByRole('menuitem', { name: 'Transfer' }).tap();
      await page.getByRole('combobox').fill('refund');
      await page.getByRole('option', { name: /Refund status/ }).tap();
      await large(page, 'the transfer', '[role=dialog]');
      await page.getByRole('dialog').getByRole('button', { name: 'Transfer' }).tap();
      await expect(composer(page)).toBeHidden();
      await expect(offer(dana)).toContainText('Refund status');
      await offer(dana).getByRole('button', { name: 'Answer' }).click();
      await demo.text(phone, leaf, 'EXIT');
      await expect(composer(dana)).toBeHidden();

      const first = newPhone();
      await demo.text(first, leaf, 'The chat below');
      await expect(offer(page)).toContainText('The chat below');
      await offer(page).getByRole('button', { name: 'Answer' }).tap();
      await expect(transcript(page)).toContainText('The chat below');
      await composer(page).fill('half a');
      const second = newPhone();
      await demo.text(second, leaf, 'The chat above');
      await expect(offer(page)).toContainText('The chat above');
      await expect(composer(page)).toBeFocused();
      await large(page, 'an offer above a chat');
      await offer(page).getByRole('button', { name: 'Answer' }).tap();
      await expect(transcript(page)).toContainText('The chat above');
      await page.getByRole('button', { name: 'End', exact: true }).tap();
      await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
      await expect(composer(page)).toBeHidden();
      await somewhere(page);
      await page.getByRole('link', { name: new RegExp(`${first.slice(5, 8)}-${first.slice(8)}`) }).tap();
      await expect(composer(page)).toHaveValue('half a');
      await demo.text(first, leaf, 'EXIT');
    },
    { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  );
});

// somewhere: the focus is in something, never on the page itself.
async function somewhere(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY');
}

// large: on a phone whatever is pressed is as large as a thumb.
async function large(page: Page, what: string, within?: string): Promise<void> {
  await expect.poll(() => tooSmall(page, 40, within), { message: what }).toEqual([]);
}
