// An agent's day beside the texts: status, shortcuts, handing over, texting first, laying aside.
import { expect } from '@playwright/test';
import { composer, inChat, offer, newPhone, test, transcript } from './desk.ts';

test('a status is chosen by keyboard, and no chat comes until the agent is available again', async ({ demo, noor: page }) => {
  const status = page.getByRole('button', { name: 'Your status' });
  await page.keyboard.press('s');
  await page.keyboard.press('s');
  await expect(page.getByRole('menuitemradio', { name: 'Wrap-up' })).toBeVisible();
  await page.getByRole('menuitemradio', { name: 'Meal' }).press('Enter');
  await expect(status).toContainText('Meal');
  await expect(page.getByRole('menu')).toBeHidden();
  await expect(page.getByText('No chats. You are not available')).toBeVisible();

  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'Anybody there?');
  await page.keyboard.press('s');
  await page.keyboard.press('a');
  await expect(status).toContainText('Available');
  await expect(offer(page)).toContainText('Anybody there?');
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  await expect(offer(page)).toBeHidden();
});

test('a shortcut is found, inserted at the caret and sent without the mouse', async ({ demo, noor: page }) => {
  const phone = await inChat(page, demo, 'It arrived broken');
  const box = composer(page);
  await page.keyboard.type('Sorry about that. /re');
  const list = page.getByRole('listbox', { name: 'Shortcuts matching "/re"' });
  await expect(list.getByRole('option', { selected: true })).toContainText('/refund');
  await page.keyboard.press('ArrowDown');
  await expect(list.getByRole('option', { selected: true })).toContainText('/replace');
  await expect(box).toHaveAttribute('aria-activedescendant', /.+/);
  await page.keyboard.press('Enter');
  await expect(box).toHaveValue('Sorry about that. Your replacement ships today and should reach you within two days.');
  await expect(list).toBeHidden();
  await page.keyboard.press('Enter');
  await expect.poll(() => demo.received(phone)).toContain('Sorry about that. Your replacement ships today and should reach you within two days.');

  await page.keyboard.type('#greet');
  await expect(page.getByRole('option', { name: /#Greetings/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter'); // bye, the first of the category
  await expect(box).toHaveValue(/^Glad I could help, /);
  await page.keyboard.type(' {you');
  await page.keyboard.press('Tab');
  await expect(box).toHaveValue(/Text us any time\. Noor Haddad$/);

  await page.keyboard.type(' /');
  await expect(page.getByRole('listbox')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('listbox')).toBeHidden();
  await expect(box).toBeFocused();
  await expect(transcript(page)).toContainText('It arrived broken');

  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await page.keyboard.type('tracking');
  await page.keyboard.press('Enter');
  await expect(box).toHaveValue(/tracking link within the hour\.$/);
  await box.fill('');
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
});
