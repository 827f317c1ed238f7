// The first run on a server without a tenant: by keyboard, step by step, to the first text on the desk.
import { expect, type Page } from '@playwright/test';
import { themed, violations } from './axe.ts';
import { watch } from './desk.ts';
import { Fresh } from './server.ts';
import { test } from './slowed.ts';

const patience = { timeout: 30_000 };

async function clean(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await themed(page, colorScheme);
    await expect(async () => {
      await page.waitForFunction(() => document.getAnimations().length === 0);
      expect(await violations(page), `${what}, ${colorScheme}`).toEqual([]);
    }).toPass({ timeout: 60_000 });
  }
}

test('an empty server is set up by keyboard, and the first text rings on the desk', async ({ browser }) => {
  test.setTimeout(240_000);
  const server = await Fresh.start();
  try {
    const context = await browser.newContext({ baseURL: server.url });
    const watched = await watch(context, server.url);
    const page = await context.newPage();
    const key = (k: string) => page.keyboard.press(k);
    const alert = page.getByRole('alert');

    // Without the token of the address nothing is asked but the token.
    await page.goto('/desk');
    await expect(page).toHaveURL(/\/setup\?step=token/, patience);
    await expect(page.getByLabel('Set-up token')).toBeFocused();
    await page.keyboard.type('a-token-that-is-none-of-this-installation');
    await key('Enter');
    await expect(alert).toContainText('not the token of this installation', patience);
    await clean(page, 'token');

    await page.goto(server.invitation);
    await page.reload();
    const company = page.getByLabel('Company name');
    await expect(company).toBeFocused(patience);
    await expect(page).not.toHaveURL(/#/);
    await key('Enter');
    await expect(alert).toContainText('A name has 1 to 200 characters');
    await expect(company).toHaveAttribute('aria-invalid', 'true');
    await page.keyboard.type('Fernhill Home');
    await key('Enter');
    await expect(page.getByLabel('Your name')).toBeFocused();
    await page.keyboard.type('Ines Marchetti');
    await key('Enter');
    await expect(page.getByLabel('Your email')).toBeFocused();
    await page.keyboard.type('ines');
    await key('Enter');
    await expect(alert).toContainText('no email address');
    await clean(page, 'email, refused');
    await expect(page.getByLabel('Your email')).toBeFocused();
    await page.keyboard.type('@fernhill.example');

    // The browser's own back and forward go through the steps.
    await page.goBack();
    await expect(page.getByLabel('Your name')).toHaveValue('Ines Marchetti');
    await page.goForward();
    await expect(page.getByLabel('Your email')).toHaveValue('ines@fernhill.example');
    await expect(page.getByLabel('Your email')).toBeFocused();
    await key('Enter');
    const password = page.getByLabel('Your password');
    await expect(password).toBeFocused();
    await page.keyboard.type('correct horse battery');
    await clean(page, 'password');
    await password.press('Enter');
    const simulated = page.getByRole('radio', { name: /Simulated carrier/ });
    await expect(simulated).toBeFocused();
    await clean(page, 'carrier');
    await key('Space');
    await expect(simulated).toBeChecked();
    await key('Enter');
    await expect(page.getByLabel('The number that customers text')).toHaveValue('+14155550100');
    await expect(page.getByLabel('The number that customers text')).toBeFocused();
    await key('Enter');
    const shop = page.getByRole('radio', { name: /^A shop/ });
    await expect(page.getByRole('radio', { name: /^One queue/ })).toBeFocused();
    await key('Space');
    await key('ArrowDown');
    await expect(shop).toBeChecked();

    // A reload asks for the password once more and goes on where it was.
    await page.reload();
    await expect(password).toBeFocused(patience);
    await expect(page.getByText('It is not kept over a reload.')).toBeVisible();
    await page.keyboard.type('correct horse battery');
    await key('Enter');
    await expect(shop).toBeFocused();
    await expect(shop).toBeChecked();
    await key('Enter');
    const zone = page.getByLabel('Time zone');
    await expect(zone).toBeFocused();
    await expect(zone).toHaveValue('America/Los_Angeles');
    await clean(page, 'zone');
    await zone.press('Tab');
    await key('Enter');
    await page.getByRole('radio', { name: 'English' }).press('Space');
    await key('Enter');
    await page.getByRole('checkbox', { name: 'Español' }).press('Space');
    await clean(page, 'languages');
    await expect(page.getByRole('button', { name: 'Set up' })).toBeVisible();
    await key('Enter');
    await expect(page.getByRole('heading', { name: 'Fernhill Home is ready' })).toBeFocused(patience);
    await clean(page, 'done');

    const [phones] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: 'Text your demo number' }).press('Enter')]);
    await expect(page.getByRole('heading', { name: 'My chats' })).toBeVisible(patience);
    await expect(page.getByText('Live', { exact: true })).toBeVisible(patience);
    const marisol = phones.getByRole('region', { name: 'Phone of Marisol Vega' });
    await marisol.getByRole('textbox', { name: 'Text message' }).fill('Is this the new shop?');
    await marisol.getByRole('textbox', { name: 'Text message' }).press('Enter');
    await expect(marisol.getByText('1. Orders', { exact: false })).toBeVisible(patience);
    await marisol.getByRole('textbox', { name: 'Text message' }).fill('2');
    await marisol.getByRole('textbox', { name: 'Text message' }).press('Enter');
    await expect(page.getByRole('article', { name: 'Incoming chat' })).toContainText('Returns', patience);
    await page.bringToFront();
    await key('a');
    await page.getByRole('textbox', { name: /^Text to/ }).fill('Yes, and you are our first customer.');
    await key('Enter');
    await expect(marisol.getByText('you are our first customer')).toBeVisible(patience);

    // It is over: nobody sets up again.
    await page.goto('/setup');
    await expect(page).not.toHaveURL(/setup/, patience);
    await context.close();
    expect(watched).toEqual([]);
    const stranger = await browser.newContext({ baseURL: server.url });
    const late = await stranger.newPage();
    await late.goto(server.invitation);
    await expect(late.getByRole('heading', { name: 'Sign in' })).toBeVisible(patience);
    const again = await stranger.request.post('/api/console/setup/carrier', { headers: { 'X-Sidetone': 'console' }, data: { token: server.invitation.split('#')[1], sid: 'AC1', auth_token: 'x' } });
    expect(again.status()).toBe(404);
    await stranger.close();
  } finally {
    await server.stop();
  }
});
