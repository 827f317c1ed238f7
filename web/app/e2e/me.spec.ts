// The page about oneself: what is chosen there follows the person, and every key with it.
import { expect, type Browser, type Page } from '@playwright/test';
import { violations } from './axe.ts';
import { chord, newPhone, offer, test, watch } from './desk.ts';
import type { Demo } from './server.ts';

// another opens a fresh browser of the same agent.
async function another(browser: Browser, demo: Demo, index: number, path: string, options: { colorScheme?: 'light' | 'dark' } = {}): Promise<{ page: Page; close: () => Promise<void> }> {
  const context = await browser.newContext({ baseURL: demo.facts.url, ...options });
  const watched = await watch(context, demo.facts.url);
  const { email, password } = demo.facts.agents[index]!;
  const answer = await context.request.post('/api/console/session', { headers: { 'X-Sidetone': 'console' }, data: { email, password } });
  expect(answer.status()).toBe(200);
  const page = await context.newPage();
  await page.goto(path);
  return {
    page,
    close: async () => {
      await context.close();
      expect(watched).toEqual([]);
    },
  };
}

// stored waits until the server has what was chosen: on the page it holds at once.
const stored = (page: Page, wanted: Record<string, unknown>) =>
  expect.poll(async () => ((await (await page.request.get('/api/console/session')).json()) as { preferences: object }).preferences).toMatchObject(wanted);

const change = async (page: Page, action: string, ...keys: string[]) => {
  await page.getByRole('button', { name: `Change the key of: ${action}`, exact: true }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(page.getByLabel('Press the new key')).toBeFocused();
  for (const key of keys) await page.keyboard.press(key);
  await page.keyboard.press('Enter');
};

test('own keys work everywhere, are shown everywhere, and follow the person', async ({ browser, demo }) => {
  const { page, close } = await another(browser, demo, 1, '/me#keys');
  const dialog = page.getByRole('dialog');
  await expect(page.getByRole('heading', { name: 'You', exact: true })).toBeInViewport(); // the hash scrolls the page's own column
  await expect(page.getByRole('heading', { name: 'Keys', exact: true })).toBeInViewport();

  await change(page, 'Answer the offer', 'd');
  await expect(dialog.getByRole('alert')).toContainText('D means “Decline the offer” already (Desk).');
  await expect(dialog.getByLabel('Press the new key')).toHaveAttribute('aria-invalid', 'true');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Control+c');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('belongs to the browser');
  await page.keyboard.press('x');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.locator('tr[data-key=answer]')).toContainText('Yours');
  await change(page, 'Show all keys', 'g', 'k');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Keys', exact: true })).toHaveAttribute('data-tip', /G K/);
  await chord(page, 'g', 'k');
  await expect(dialog.getByRole('listitem').filter({ hasText: 'Answer the offer' }).first()).toContainText('X');
  await page.keyboard.press('Escape');
  await stored(page, { keys: { answer: 'X' } });
  await close();

  const there = await another(browser, demo, 1, '/desk');
  const desk = there.page;
  await expect(desk.getByText('Live', { exact: true })).toBeVisible();
  await desk.getByRole('button', { name: 'Your status' }).click();
  await desk.getByRole('menuitemradio', { name: 'Available', exact: true }).click();
  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'Do own keys follow me?');
  const card = offer(desk).first();
  await expect(card).toBeVisible();
  await expect(card.getByRole('button', { name: 'Answer' })).toHaveAttribute('aria-keyshortcuts', 'X');
  await desk.keyboard.press('a');
  await expect(card).toBeVisible();
  await desk.keyboard.press('x');
  await expect(desk.getByRole('textbox', { name: /^Text to/ })).toBeVisible();
  await desk.getByRole('button', { name: 'Your status' }).click();
  await desk.getByRole('menuitemradio', { name: 'Unavailable', exact: true }).click();
  await expect(desk.getByRole('button', { name: 'Your status' })).toContainText('Unavailable');

  await desk.goto('/me');
  await desk.getByRole('switch', { name: 'Single letters are keys' }).click();
  await expect(desk.getByRole('switch', { name: 'Single letters are keys' })).toHaveAttribute('aria-checked', 'false');
  await expect(desk.locator('tr[data-key=answer]')).toContainText('off');
  await stored(desk, { single_keys: false });
  await desk.reload();
  await expect(desk.getByRole('switch', { name: 'Single letters are keys' })).toHaveAttribute('aria-checked', 'false');
  await chord(desk, 'g', 'k');
  await desk.keyboard.press('Control+k');
  await expect(desk.getByRole('dialog')).toHaveCount(1); // the command list alone
  await expect(desk.getByRole('dialog').getByRole('combobox')).toBeVisible();
  await desk.keyboard.press('Escape');
  await expect(desk.getByRole('dialog')).toBeHidden();
  await desk.getByRole('switch', { name: 'Single letters are keys' }).click();
  await desk.getByRole('button', { name: 'Reset all keys' }).click();
  await expect(desk.getByRole('button', { name: 'Reset all keys' })).toBeHidden();
  await expect(desk.locator('tr[data-key=answer] kbd')).toHaveText('A');
  await stored(desk, { single_keys: true, keys: {} });
  await there.close();
});

test('profile, alerts and appearance are kept with the person', async ({ browser, demo }) => {
  const { page, close } = await another(browser, demo, 2, '/me');
  const name = page.getByLabel('Name', { exact: true });
  await name.fill(' ');
  await name.press('Enter');
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await name.fill('Mateo Ruiz Vega');
  await name.press('Enter');
  await expect(page.getByRole('button', { name: 'Account of Mateo Ruiz Vega' })).toBeVisible();
  await page.getByLabel('Time zone').selectOption('Asia/Tokyo');
  await page.getByRole('checkbox', { name: 'Sound: A customer texts in your chat' }).uncheck();
  await page.getByRole('button', { name: 'Test: A chat is offered to you' }).click();
  await expect(page.getByText(/This is how it sounds and looks|keeps sound off/).first()).toBeVisible();
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await page.getByRole('button', { name: 'Comfortable' }).click();
  await page.getByLabel('Offers to you last').selectOption('2');
  await page.getByLabel('Language').selectOption('es');
  await expect(page.getByRole('heading', { name: 'Usted', exact: true })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'es');
  await stored(page, { lang: 'es', theme: 'dark', density: 'comfortable', offer_time: 2, time_zone: 'Asia/Tokyo' });
  await close();

  const there = await another(browser, demo, 2, '/me');
  await expect(there.page.getByRole('heading', { name: 'Usted', exact: true })).toBeVisible();
  await expect(there.page.getByLabel('Nombre', { exact: true })).toHaveValue('Mateo Ruiz Vega');
  await expect(there.page.getByLabel('Zona horaria')).toHaveValue('Asia/Tokyo');
  await expect(there.page.getByRole('checkbox', { name: 'Sonido: Un cliente escribe en su chat' })).not.toBeChecked();
  await expect(there.page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await expect(there.page.locator('html')).toHaveAttribute('data-density', 'comfortable');
  await expect(there.page.getByLabel('Las ofertas para usted duran')).toHaveValue('2');
  await there.page.getByLabel('Idioma').selectOption('');
  await expect(there.page.getByRole('heading', { name: 'You', exact: true })).toBeVisible();
  await there.page.getByRole('link', { name: 'Change password' }).click();
  await expect(there.page).toHaveURL(/\/password\?next=%2Fme/);
  await there.page.getByRole('button', { name: 'Cancel' }).click();
  await expect(there.page).toHaveURL(/\/me$/);
  await there.close();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the page about oneself is accessible, ${colorScheme}`, async ({ browser, demo }) => {
    const { page, close } = await another(browser, demo, 0, '/me', { colorScheme });
    await expect(page.getByRole('heading', { name: 'You', exact: true })).toBeVisible();
    const clean = async (what: string) =>
      expect(async () => {
        await page.waitForFunction(() => document.getAnimations().length === 0);
        expect(await violations(page), what).toEqual([]);
      }).toPass({ timeout: 60_000 });
    await clean('me');
    await page.getByRole('button', { name: 'Change the key of: Answer the offer', exact: true }).click();
    await page.keyboard.press('d');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog').getByRole('alert')).toBeVisible();
    await clean('me, a refused key');
    await close();
  });
}
