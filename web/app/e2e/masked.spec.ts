// Hidden numbers: the tenant of these stories hides them from its agents while they run (spec 6, 4.1 and section 10).
import { expect, type Page } from '@playwright/test';
import { answer, composer, inChat, newPhone, offer, test, transcript } from './desk.ts';

const written = (phone: string) => phone.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 ($1) $2-$3');
const hidden = (phone: string) => `+1 ••• ••• ${phone.slice(-4)}`;
const contact = (page: Page) => page.getByRole('complementary', { name: 'Contact' });

async function hide(ines: Page, on: boolean | null): Promise<void> {
  const answer = await ines.request.put('/api/console/settings', { headers: { 'X-Sidetone': 'console' }, data: { values: { mask_numbers_for_agents: on } } });
  expect(answer.status(), await answer.text()).toBeLessThan(300);
}

test.beforeEach(async ({ ines }) => hide(ines, true));
test.afterEach(async ({ ines }) => hide(ines, null));

test('an agent sees no digits until they reveal them, and the log says why they did', async ({ demo, noor: page, ines }) => {
  const phone = newPhone();
  const reason = `A call back was asked for by ${phone.slice(-4)}`;
  const told: string[] = []; // what the server says to this page
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => told.push(String(payload))));
  page.on('response', (r) => void (/\/api\/console\//.test(r.url()) && r.text().then((body) => told.push(body), () => {})));
  await page.reload();
  await demo.text(phone, demo.facts.numbers.leaf, 'Please call me back');
  await expect(offer(page)).toContainText(hidden(phone));
  await answer(page);
  await expect(transcript(page)).toContainText('Please call me back');
  await expect(page.getByRole('heading', { name: hidden(phone), level: 2 }).first()).toBeVisible();
  await expect(page.getByRole('link', { name: hidden(phone) })).toBeVisible();
  await expect(contact(page)).toContainText(hidden(phone));
  await page.reload();
  await expect(contact(page)).toContainText(hidden(phone));
  await page.goto('/history/chats');
  await expect(page.getByRole('table')).toContainText(hidden(phone));
  await page.goBack();
  await expect(contact(page)).toContainText(hidden(phone));
  await expect(page.locator('body')).not.toContainText(written(phone));
  expect(told.join('\n')).toContain(hidden(phone));
  expect(told.join('\n')).not.toContain(phone.slice(2));

  await contact(page).getByRole('button', { name: 'Reveal' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: `Reveal the number of ${hidden(phone)}` });
  await expect(dialog.getByLabel('What do you need it for?')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toHaveText('Write a reason first.');
  await dialog.getByLabel('What do you need it for?').fill('x'.repeat(201));
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toHaveText('1 character over the limit of 200');
  await dialog.getByLabel('What do you need it for?').fill(reason);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(contact(page)).toContainText(written(phone));
  await expect(contact(page).getByRole('button', { name: 'Hide' })).toBeFocused();

  await page.getByRole('link', { name: 'History' }).click();
  await expect(page.getByRole('table')).toContainText(hidden(phone));
  await page.goBack();
  await expect(contact(page)).toContainText(hidden(phone));
  await expect(contact(page)).not.toContainText(written(phone));

  await ines.goto('/admin/audit?about=chat');
  const line = ines.getByRole('row').filter({ hasText: reason });
  await expect(line).toContainText('revealed the number');
  await expect(line).toContainText(phone.slice(-4));
  await expect(line).not.toContainText(written(phone));
});

test('the menu of a chat reveals its number too, and Escape asks for nothing', async ({ demo, noor: page }) => {
  const phone = await inChat(page, demo, 'A question about my bill');
  const more = page.getByRole('button', { name: 'More' });
  await more.press('Enter');
  await page.getByRole('menuitem', { name: 'Reveal number' }).press('Enter');
  await expect(page.getByRole('dialog').getByLabel('What do you need it for?')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(more).toBeFocused();
  await expect(contact(page)).toContainText(hidden(phone));

  await more.press('Enter');
  await page.getByRole('menuitem', { name: 'Reveal number' }).press('Enter');
  await page.getByRole('dialog').getByLabel('What do you need it for?').fill('To find the order');
  await page.keyboard.press('Enter');
  await expect(contact(page)).toContainText(written(phone));
  await contact(page).getByRole('button', { name: 'Hide' }).click();
  await expect(contact(page)).toContainText(hidden(phone));
});

test('an open tab hides what it showed as soon as the tenant hides numbers, and shows it again', async ({ demo, noor: page, ines }) => {
  await hide(ines, null);
  const phone = await inChat(page, demo, 'Is this still open?');
  await expect(contact(page)).toContainText(written(phone));
  await page.getByRole('link', { name: 'History' }).click();
  await expect(page.getByRole('table')).toContainText(written(phone));

  await hide(ines, true);
  await expect(page.getByRole('table')).toContainText(hidden(phone));
  await expect(page.locator('body')).not.toContainText(written(phone));
  await page.goBack();
  await expect(contact(page)).toContainText(hidden(phone));
  await expect(page.locator('body')).not.toContainText(written(phone));
  await expect(page.getByRole('link', { name: 'Phone simulator' })).toHaveCount(0); // its phones show numbers
  await page.goto('/simulator');
  await expect(page.getByText('Your role', { exact: false })).toBeVisible();
  await page.goto('/desk');

  await page.getByRole('link', { name: hidden(phone) }).click();
  await composer(page).fill('Half a sentence');
  await hide(ines, null);
  await expect(contact(page)).toContainText(written(phone));
  await expect(composer(page)).toHaveValue('Half a sentence');
});
