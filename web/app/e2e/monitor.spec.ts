// A supervisor beside an agent: two browsers, the real server.
import { readFile } from 'node:fs/promises';
import { expect, type Browser, type Page } from '@playwright/test';
import type { Demo } from './server.ts';
import { answer, available, composer, newPhone, offer, test, transcript, watch } from './desk.ts';

async function asManager(browser: Browser, demo: Demo, use: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const watched = await watch(context, demo.facts.url);
  const page = await context.newPage();
  await page.goto('/monitor');
  await page.getByLabel('Email').fill(demo.facts.manager.email);
  await page.getByLabel('Password', { exact: true }).fill(demo.facts.manager.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Live monitor' })).toBeVisible();
  await use(page);
  await context.close();
  expect(watched).toEqual([]);
}

const chats = (page: Page) => page.getByRole('region', { name: 'Chats' });

test('a manager sees a chat arrive, reads along, whispers, joins and takes it over; the history has it', async ({ browser, demo, noor }) => {
  await asManager(browser, demo, async (page) => {
    const phone = newPhone();
    const shown = phone.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 ($1) $2-$3');
    await chats(page).getByRole('button', { name: /^Future/ }).click();
    await demo.text(phone, demo.facts.numbers.leaf, 'My parcel is late');
    await expect(chats(page).getByRole('link', { name: shown })).toBeVisible();
    await answer(noor);
    await chats(page).getByRole('button', { name: /^Ongoing/ }).click();
    await chats(page).getByRole('link', { name: shown }).click();
    const panel = page.getByRole('complementary');
    await expect(panel.getByRole('log')).toContainText('My parcel is late');

    await panel.getByLabel('Note to the agent').fill('Offer her a voucher');
    await page.keyboard.press('Enter');
    await expect(transcript(noor)).toContainText('Offer her a voucher');
    await expect(panel.getByRole('log')).toContainText('Offer her a voucher');

    await panel.getByRole('button', { name: 'Join' }).click();
    await panel.getByRole('button', { name: 'The customer' }).click();
    await panel.getByLabel('Text to the customer').fill('Your manager here');
    await page.keyboard.press('Enter');
    await expect.poll(() => demo.received(phone)).toContain('Your manager here');
    expect((await demo.received(phone)).join()).not.toContain('voucher');
    await expect(transcript(noor)).toContainText('Your manager here');

    await demo.text(phone, demo.facts.numbers.leaf, 'Thank you both');
    await expect(panel.getByRole('log')).toContainText('Thank you both');
    await panel.getByRole('button', { name: 'Take over' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take over' }).click();
    await expect(composer(page)).toBeVisible();
    await expect(composer(noor)).toBeHidden();

    await page.goto('/monitor');
    await chats(page).getByRole('row').filter({ hasText: shown }).getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: 'End' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End' }).click();
    await expect(page.getByRole('dialog')).toBeHidden();
    await page.goto(`/history/chats?q=${encodeURIComponent(phone)}`);
    await page.getByRole('link', { name: shown }).click();
    await expect(page.getByRole('log')).toContainText('Thank you both');
    await page.getByRole('button', { name: 'Why' }).click();
    await expect(page.getByRole('region', { name: 'Why' }).getByRole('listitem').first()).toBeVisible();
  });
});

test('the chats of the monitor are found, narrowed to columns and saved as they are shown', async ({ browser, demo, noor }) => {
  await asManager(browser, demo, async (page) => {
    const phone = newPhone();
    const shown = phone.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 ($1) $2-$3');
    await demo.text(phone, demo.facts.numbers.leaf, 'Is the blue one back?');
    await answer(noor);
    const row = chats(page).getByRole('row').filter({ hasText: shown });
    await expect(row).toContainText('Manual answer');

    await page.getByRole('searchbox').fill('nobody at all');
    await expect(chats(page).getByText('Nothing matches “nobody at all”.')).toBeVisible();
    await chats(page).getByRole('button', { name: 'Clear' }).click();
    await expect(row).toBeVisible();

    await chats(page).getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Start type' }).click();
    await page.keyboard.press('Escape');
    await expect(chats(page).getByRole('columnheader', { name: 'Start type' })).toHaveCount(0);
    await page.getByRole('searchbox').fill(phone.slice(2));
    const [file] = await Promise.all([page.waitForEvent('download'), chats(page).getByRole('button', { name: 'CSV' }).click()]);
    const text = await readFile(await file.path(), 'utf8');
    expect(text).toContain(`${shown},`);
    expect(text.split('\r\n')[0]).not.toContain('Start type');
    await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  });
});

test('an agent finds their own chats in the history, and nobody else’s', async ({ demo, noor, dana }) => {
  const [mine, theirs] = [newPhone(), newPhone()];
  await demo.text(mine, demo.facts.numbers.leaf, 'The history of Noor');
  await answer(noor);
  await demo.text(mine, demo.facts.numbers.leaf, 'EXIT');
  await available(dana);
  await demo.text(theirs, demo.facts.numbers.leaf, 'The history of Dana');
  await answer(dana);
  await noor.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'History' }).click();
  const row = (n: string) => noor.getByRole('link', { name: n.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 ($1) $2-$3') });
  await expect(row(mine)).toBeVisible();
  await expect(row(theirs)).toBeHidden();
  await expect(noor.getByLabel('Agent')).toBeHidden();
  await row(mine).click();
  await expect(noor.getByRole('log')).toContainText('The history of Noor');
  await noor.getByRole('button', { name: 'Why' }).click();
  await expect(noor).toHaveURL(/show=why/);
  await noor.reload();
  await expect(noor.getByRole('region', { name: 'Why' }).getByRole('listitem').first()).toBeVisible();
  await demo.text(theirs, demo.facts.numbers.leaf, 'EXIT');
});

test('on a phone the chats are put in another order, and the address keeps what is looked at', async ({ browser, demo, noor }) => {
  await asManager(browser, demo, async (page) => {
    const [first, second] = [newPhone(), newPhone()].map((n) => ({ number: n, shown: n.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 ($1) $2-$3') }));
    await demo.text(first!.number, demo.facts.numbers.leaf, 'The order of rows, one');
    await answer(noor);
    await demo.text(second!.number, demo.facts.numbers.leaf, 'The order of rows, two');
    await expect(offer(noor)).toBeVisible();
    await noor.keyboard.press('ControlOrMeta+Shift+A'); // the composer has the focus
    await expect(chats(page).getByRole('link', { name: second!.shown })).toBeVisible();
    await expect(page.locator('dt', { hasText: 'Agents available' }).locator('xpath=..').locator('svg path').first()).toBeAttached();
    await expect(page.getByText('The curve counts the last hour by the limits of now')).toBeAttached();

    await page.setViewportSize({ width: 390, height: 844 });
    await chats(page).getByRole('searchbox').fill(first!.number.slice(2, 8));
    await chats(page).getByLabel('Sort by').selectOption('Sort: Chat');
    const places = async () => (await chats(page).getByRole('row').allInnerTexts()).map((t) => (t.includes(first!.shown) ? 'first' : t.includes(second!.shown) ? 'second' : '')).filter(Boolean);
    const turn = chats(page).getByRole('button', { name: /Turn round$/ });
    if (/^Largest/.test((await turn.getAttribute('aria-label')) ?? '')) await turn.click();
    await expect(turn).toHaveAccessibleName(/^Smallest/);
    await expect.poll(places).toEqual(['first', 'second']);
    await turn.click();
    await expect.poll(places).toEqual(['second', 'first']);

    await expect(page).toHaveURL(/sort=-id/);
    await page.reload();
    await expect(chats(page).getByRole('searchbox')).toHaveValue(first!.number.slice(2, 8));
    await expect.poll(places).toEqual(['second', 'first']);
    await demo.text(first!.number, demo.facts.numbers.leaf, 'EXIT');
    await demo.text(second!.number, demo.facts.numbers.leaf, 'EXIT');
  });
});

test('the monitor pauses, and the wall shows its figures', async ({ browser, demo, noor }) => {
  await asManager(browser, demo, async (page) => {
    await page.keyboard.press('p');
    await expect(page.getByText('Paused.', { exact: false })).toBeVisible();
    const phone = newPhone();
    await demo.text(phone, demo.facts.numbers.leaf, 'Hello');
    await answer(noor);
    await expect(page.getByText(/Paused\. [1-9]/)).toBeVisible();
    await page.keyboard.press('p');
    await expect(chats(page).getByRole('button', { name: /^Ongoing [1-9]/ })).toBeVisible();
    await page.keyboard.press('w');
    await expect(page.getByRole('heading', { name: 'Wallboard' })).toBeVisible();
    await expect(page.locator('dt', { hasText: 'In progress' }).locator('xpath=following-sibling::dd[1]')).not.toHaveText('0');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('heading', { name: 'Live monitor' })).toBeVisible();
    await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  });
});

// controls are what could be pressed or typed into, seen or not.
const controls = (page: Page) => page.locator('a, button, input, select, textarea, [role=button], [role=link]').filter({ visible: true });
const filled = (page: Page) => expect.poll(() => page.evaluate(() => document.fullscreenElement !== null));

test('the wall has nothing to press: it says once how it is left, and by keys it fills the screen', async ({ browser, demo }) => {
  await asManager(browser, demo, async (page) => {
    await page.goto('/monitor?tab=queues');
    await page.getByRole('link', { name: 'Wallboard' }).click();
    const heading = page.getByRole('heading', { name: 'Wallboard' });
    await expect(heading).toBeVisible();
    await expect(page.getByText('Esc leaves the wallboard. F fills the screen.').filter({ visible: true }).first()).toBeVisible();
    await expect(controls(page)).toHaveCount(0);
    await filled(page).toBe(true);
    await page.keyboard.press('f');
    await filled(page).toBe(false);
    await expect(heading).toBeVisible();
    await page.keyboard.press('f');
    await filled(page).toBe(true);
    await expect(page.locator('main').getByText('Esc leaves')).toHaveCount(0);
    await page.keyboard.press('Escape');
    await expect(page).toHaveURL(/monitor\?tab=queues/);
    await filled(page).toBe(false);

    await page.getByRole('link', { name: 'Wallboard' }).click();
    await filled(page).toBe(true);
    await page.evaluate(() => document.exitFullscreen()); // as Esc does, which then is no key of the page
    await expect(page).toHaveURL(/monitor\?tab=queues/);

    await page.goto('/monitor/wall');
    await expect(heading).toBeVisible();
    await page.goBack();
    await expect(page).toHaveURL(/monitor\?tab=queues/);
  });
});
