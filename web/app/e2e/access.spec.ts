// Accessibility, content policy and hosts on the real server's pages, in both themes.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { answer, available, composer, newPhone, offer, signIn, signInAsAdmin, test, transcript, watch } from './desk.ts';
import { tooSmall } from './targets.ts';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

async function clean(page: Page, name: string): Promise<void> {
  // What has just changed may still fade; what stays wrong stays wrong.
  await expect(async () => {
    await settled(page);
    const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
    expect(
      violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`),
      name,
    ).toEqual([]);
    expect(await tooSmall(page), name).toEqual([]);
  }).toPass({ timeout: 10_000 });
}

// settled waits until nothing fades any more: half-faded text has half its contrast.
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.getAnimations().length === 0 &&
      [...document.querySelectorAll('[role=menu], [role=dialog]')].every((e) => getComputedStyle(e).opacity === '1'),
  );
}

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
      await page.emulateMedia({ colorScheme });
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

for (const colorScheme of ['light', 'dark'] as const) {
  test(`people, programs and consent are accessible and keep the policy, ${colorScheme}`, async ({ browser, demo }) => {
    const context = await browser.newContext({ baseURL: demo.facts.url, colorScheme });
    const watched = await watch(context, demo.facts.url);
    const page = await context.newPage();
    const ours = { headers: { 'X-Sidetone': 'console' } };
    const { email, password } = demo.facts.admin;
    expect((await context.request.post('/api/console/session', { ...ours, data: { email, password } })).status()).toBe(200);
    const phone = newPhone();
    expect((await context.request.post('/api/console/do-not-contact', { ...ours, data: { address: phone, reason: 'Asked by letter' } })).status()).toBe(204);
    expect((await context.request.post('/api/console/presets', { ...ours, data: { label: `Preset ${colorScheme}`, text: 'Reply with a photo.' } })).status()).toBe(201);

    await page.goto('/admin/users');
    const link = (name: string) => page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name, exact: true });
    const opens = ['Users', 'API tokens', 'Shortcuts', 'Presets', 'Carriers'];
    for (const name of ['Users', 'Teams', 'API tokens', 'Shortcuts', 'Presets', 'Consent', 'Audit log', 'Carriers']) {
      await link(name).click();
      await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
      await page.getByRole('main').locator('tbody tr td:not(:has([aria-hidden]:only-child))').first().or(page.getByText('There are no teams yet', { exact: false })).waitFor();
      await clean(page, name);
      for (const view of name === 'Consent' ? ['Do not contact', 'To decide'] : []) {
        await page.getByRole('button', { name: view }).click();
        await clean(page, view);
      }
      if (!opens.includes(name)) continue;
      await page.getByRole('table').getByRole('button').first().click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await clean(page, `${name}, one`);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toBeHidden();
    }
    await page.goto('/admin/users?q=nobody');
    await expect(page.getByText('Nothing matches')).toBeVisible();
    await clean(page, 'users, filtered to nothing');
    await page.goto('/admin/shortcuts');
    await page.getByRole('button', { name: 'Import CSV' }).click();
    await page.getByRole('dialog').getByLabel('Or paste the lines here').fill('keyword,text\nbad keyword,Hello');
    await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
    await expect(page.getByText('Nothing was taken.', { exact: false }).first()).toBeVisible();
    await clean(page, 'shortcuts, a file with a fault');
    await context.close();
    expect(watched).toEqual([]);
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the pages of the channel are accessible and keep the policy, ${colorScheme}`, async ({ browser, demo }) => {
    const context = await browser.newContext({ baseURL: demo.facts.url, colorScheme });
    const watched = await watch(context, demo.facts.url);
    await signInAsAdmin(context, demo);
    const page = await context.newPage();
    const open = async (path: string, ready: string) => {
      await page.goto(`/admin/${path}`);
      await expect(page.getByText(ready, { exact: true }).first()).toBeVisible();
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
    };
    const dialog = async (name: string, press: string) => {
      if (colorScheme === 'dark') return; // one look serves every dialog, and the desk's are tried in both
      await page.getByRole('button', { name: press }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await clean(page, name);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toBeHidden();
    };

    await open('queues/1', 'What customers see');
    await page.getByRole('button', { name: 'Edit Greeting' }).click();
    await page.getByLabel('Quiet chat').fill('99999');
    await clean(page, 'a queue, with a problem');
    await page.getByRole('button', { name: 'Discard' }).click();
    await dialog('a new queue', 'Add');
    await open('numbers/1', 'Segments a second');
    await clean(page, 'numbers');
    await dialog('new numbers', 'Add numbers');
    await open('hours', 'Hours of operation');
    await page.getByRole('button', { name: 'Set hours' }).click();
    await page.getByRole('button', { name: 'Add a holiday' }).click();
    await clean(page, 'hours');
    await page.getByRole('button', { name: 'Discard' }).click();
    await open('texts', 'Greeting');
    await clean(page, 'texts');
    await open('commands', 'Protected words');
    await page.getByLabel('A customer texts').fill('stop');
    await expect(page.getByRole('status', { name: 'Result' })).toContainText('STOP');
    await clean(page, 'commands');
    await open('settings', 'Retention');
    await clean(page, 'settings');
    await open('blocklist', 'Blocklist');
    await dialog('a new block', 'Block a number');
    await dialog('a list of blocks', 'Import CSV');

    await context.close();
    expect(watched).toEqual([]);
  });
}
