// Accessibility, content policy and hosts on the real server's pages, in both themes.
import { expect } from '@playwright/test';
import { clean, themed } from './axe.ts';
import { answer, available, composer, newPhone, offer, signIn, test, transcript, watch } from './desk.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every page and state is accessible and keeps its policy, ${colorScheme}`, async ({ browser, demo }) => {
    const context = await browser.newContext({ baseURL: demo.facts.url, colorScheme });
    const watched = await watch(context, demo.facts.url);
    const page = await context.newPage();

    await page.goto('/login');
    await page.getByLabel('Email').waitFor();
    await clean(page, 'login');

    await signIn(page, demo, 0);
    await available(page);
    await expect(page.getByText('No chats.', { exact: false })).toBeVisible();
    await clean(page, 'desk, empty');

    for (const key of ['?', 'Control+k']) {
      await page.keyboard.press(key);
      await expect(page.getByRole('dialog')).toBeVisible();
      await clean(page, `desk, ${key}`);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toBeHidden();
    }
    for (const name of ['Your status', 'Account of']) {
      await page.getByRole('button', { name }).press('Enter');
      await expect(page.getByRole('menu')).toBeVisible();
      await clean(page, `desk, menu of ${name}`);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('menu')).toBeHidden();
    }

    const phone = newPhone();
    await demo.text(phone, demo.facts.numbers.leaf, 'Where is my invoice?');
    await expect(offer(page)).toBeVisible();
    await clean(page, 'desk, offer');

    await answer(page);
    await composer(page).fill('It’s on its way');
    await page.keyboard.press('Enter');
    await expect(transcript(page)).toContainText('Delivered');
    await composer(page).fill('It’s here');
    await clean(page, 'desk, chat');

    await page.goto('/simulator');
    await expect(page.getByRole('region', { name: 'Event trace' })).toContainText('Receipt');
    await clean(page, 'simulator');

    await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
    await context.close();
    expect(watched).toEqual([]);
  });
}

test('the simulator is accessible in every state, in both themes', async ({ demo, noor: page }) => {
  const both = async (name: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await themed(page, colorScheme);
      await clean(page, `${name}, ${colorScheme}`);
    }
  };
  await demo.text(newPhone(), demo.facts.numbers.menu, 'HELP');
  await page.goto('/simulator');
  await page.getByRole('button', { name: /^\d\d:\d\d:\d\d/ }).first().click();
  await expect(page.getByRole('region', { name: 'Details of the event' })).toBeVisible();
  await page.getByLabel('Texts to it').selectOption({ label: 'Landline (30006)' });
  await expect(page.getByText('1 handset has a fault set.')).toBeVisible();
  await both('event and fault');
  await page.getByRole('button', { name: 'Reset all' }).click();
  await page.keyboard.press('Shift+S');
  await page.getByText('How a script is written').click();
  await both('scripts');
  await page.keyboard.press('Shift+N');
  await page.getByRole('button', { name: 'Add handset' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'A name of 1 to 40' })).toBeVisible();
  await both('adding a handset');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the supervisor's pages are accessible and keep their policy, ${colorScheme}`, async ({ browser, demo, noor }) => {
    const context = await browser.newContext({ baseURL: demo.facts.url, colorScheme });
    const watched = await watch(context, demo.facts.url);
    const page = await context.newPage();
    const phone = newPhone();
    await demo.text(phone, demo.facts.numbers.leaf, 'Where is my invoice?');
    await answer(noor);
    await page.goto('/monitor');
    await page.getByLabel('Email').fill(demo.facts.manager.email);
    await page.getByLabel('Password', { exact: true }).fill(demo.facts.manager.password);
    await page.keyboard.press('Enter');
    const chats = page.getByRole('region', { name: 'Chats' });
    await expect(chats.getByRole('link')).toBeVisible();
    await clean(page, 'monitor');
    await chats.getByRole('button', { name: /^Actions for/ }).press('Enter');
    await expect(page.getByRole('menu')).toBeVisible();
    await clean(page, 'monitor, actions');
    await page.keyboard.press('Escape');
    await chats.getByRole('link').click();
    await page.getByLabel('Note to the agent').fill('Offer a voucher');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('complementary').getByRole('log')).toContainText('voucher');
    await page.getByRole('button', { name: 'Join' }).click();
    await expect(page.getByText('You have joined', { exact: false })).toBeVisible();
    await clean(page, 'monitor, chat');
    await page.getByRole('complementary').getByRole('button', { name: 'Transfer' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await clean(page, 'monitor, transfer');
    await page.goto('/monitor/wall');
    await expect(page.getByRole('heading', { name: 'Wallboard' })).toBeVisible();
    await clean(page, 'wall');
    await page.goto('/history/chats');
    await page.getByRole('table').getByRole('link').first().click();
    await expect(page.getByRole('log')).toContainText('invoice');
    await clean(page, 'history, transcript');
    await page.getByRole('button', { name: 'Why' }).click();
    await expect(page.getByRole('region', { name: 'Why' }).getByRole('listitem').first()).toBeVisible();
    await clean(page, 'history, why');
    await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
    await context.close();
    expect(watched).toEqual([]);
  });
}
