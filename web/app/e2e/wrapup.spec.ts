// Wrap-up: what a chat was about, said when it has ended. The queue of these stories asks for it while they run.
import { expect, type Page } from '@playwright/test';
import { answer, inChat, test, transcript } from './desk.ts';

const form = (page: Page) => page.getByRole('form', { name: /^Wrap up the chat with / });
const shown = (phone: string) => phone.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 ($1) $2-$3');

async function set(ines: Page, values: Record<string, unknown>): Promise<void> {
  const answer = await ines.request.put('/api/console/settings', { headers: { 'X-Sidetone': 'console' }, data: { values } });
  expect(answer.status(), await answer.text()).toBeLessThan(300);
}

async function endNow(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+E');
  await expect(form(page)).toBeVisible({ timeout: 20_000 });
}

// kept are the drafts that outlive a reload.
const kept = (page: Page) =>
  page.evaluate(async () => {
    const found: string[] = [];
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>((done) => (indexedDB.open(name!).onsuccess = (e) => done((e.target as IDBOpenDBRequest).result)));
      const all = await new Promise<{ text: string }[]>((done) => (db.transaction('drafts').objectStore('drafts').getAll().onsuccess = (e) => done((e.target as IDBRequest).result)));
      found.push(...all.map((d) => d.text));
      db.close();
    }
    return found;
  });

test.beforeEach(async ({ ines }) => set(ines, { wrap_up: true, wrap_up_time: 600, dispositions: ['Solved', 'Refund', 'Other'] }));
test.afterEach(async ({ ines }) => set(ines, { wrap_up: null, wrap_up_time: null, dispositions: null }));

test('a chat that has ended is wrapped up by keyboard, and the history has what was said', async ({ demo, noor: page, ines }) => {
  const phone = await inChat(page, demo, 'My lamp is the wrong one');
  await endNow(page);
  await expect(page.getByRole('region', { name: 'Wrap-up' })).toContainText(shown(phone));
  await expect(form(page).getByRole('radio', { name: 'Solved' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(form(page).getByRole('alert')).toHaveText('Choose what the chat was about.');

  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Sent the right one');
  await expect.poll(() => kept(page)).toContain('Sent the right one');
  await page.reload();
  await page.getByRole('link', { name: shown(phone) }).click();
  await expect(transcript(page)).toContainText('My lamp is the wrong one');
  await expect(form(page).getByLabel('Note about the chat')).toHaveValue('Sent the right one');
  await form(page).getByText('Refund', { exact: true }).click();
  await form(page).getByLabel('Note about the chat').press('Enter');
  await expect(form(page)).toBeHidden();
  await expect(page.getByRole('region', { name: 'Wrap-up' })).toBeHidden();

  await ines.goto(`/history/chats?q=${encodeURIComponent(phone)}`);
  await expect(ines.getByRole('table').getByRole('row').filter({ hasText: shown(phone) })).toContainText('Refund');
  await ines.getByRole('link', { name: shown(phone) }).click();
  await expect(ines.getByRole('complementary')).toContainText('Sent the right one');
});

test('the next text of the customer begins another chat while the last one is wrapped up', async ({ demo, noor: page }) => {
  const phone = await inChat(page, demo, 'One more thing');
  await endNow(page);
  await demo.text(phone, demo.facts.numbers.leaf, 'And another thing');
  await answer(page);
  await expect(transcript(page)).toContainText('And another thing');
  await expect(page.getByRole('region', { name: 'Wrap-up' })).toContainText(shown(phone));
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  await wrapAll(page);
});

// wrapAll leaves no chat behind for the next story.
async function wrapAll(page: Page): Promise<void> {
  const rows = page.getByRole('region', { name: 'Wrap-up' }).getByRole('listitem');
  await expect(rows).toHaveCount(2);
  for (const left of [1, 0]) {
    await rows.first().getByRole('link').click();
    await form(page).getByText('Other', { exact: true }).click();
    await form(page).getByRole('button', { name: 'Finish' }).click();
    await expect(rows).toHaveCount(left);
  }
}
