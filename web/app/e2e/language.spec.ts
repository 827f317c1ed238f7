// What the server refuses is said in the console's language, though the browser's own is another one.
import { expect, type Browser, type Page } from '@playwright/test';
import { test, watch } from './desk.ts';
import type { Demo } from './server.ts';

interface Person {
  email: string;
  password: string;
}

// inSpanish is the page of somebody who has the console in Spanish; their preference stays as it is for other stories.
async function inSpanish(browser: Browser, demo: Demo, who: Person, path: string): Promise<{ page: Page; close: () => Promise<void> }> {
  const context = await browser.newContext({ baseURL: demo.facts.url, locale: 'en-GB' });
  const watched = await watch(context, demo.facts.url);
  await context.route('**/api/console/session', async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const answer = await route.fetch();
    const session = (await answer.json()) as { preferences: object };
    await route.fulfill({ response: answer, json: { ...session, preferences: { ...session.preferences, lang: 'es' } } });
  });
  const signedIn = await context.request.post('/api/console/session', { headers: { 'X-Sidetone': 'console' }, data: { email: who.email, password: who.password } });
  expect(signedIn.status()).toBeLessThan(300);
  const page = await context.newPage();
  await page.goto(path);
  await expect(page.locator('html')).toHaveAttribute('lang', 'es');
  return {
    page,
    close: async () => {
      await context.close();
      expect(watched).toEqual([]);
    },
  };
}

test('a save that is refused says why at its field, in Spanish', async ({ browser, demo }) => {
  const { page, close } = await inSpanish(browser, demo, demo.facts.admin, '/admin/blocklist');
  await expect(page.getByRole('heading', { name: 'Números bloqueados' })).toBeVisible();
  const blocked = await page.request.post('/api/console/blocklist', { headers: { 'X-Sidetone': 'console' }, data: { address: '+14155559301' } });
  expect(blocked.status()).toBe(201);
  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog');
  const number = dialog.getByRole('textbox').first();
  await number.fill('+14155559301');
  await number.press('Enter');
  await expect(number).toHaveAttribute('aria-invalid', 'true');
  await expect(number).toHaveAccessibleDescription(/este número ya está bloqueado/);
  await close();
});

test('a request on the socket that is refused says why in Spanish', async ({ browser, demo }) => {
  const { page, close } = await inSpanish(browser, demo, demo.facts.agents[0]!, '/desk/new');
  const dialog = page.getByRole('dialog', { name: 'SMS nuevo' });
  const to = dialog.getByLabel('Número del cliente');
  await to.fill(demo.facts.numbers.leaf);
  await dialog.getByRole('textbox', { name: 'Primer texto' }).fill('Hola');
  await dialog.getByRole('button', { name: 'Enviar' }).click();
  await expect(to).toHaveAccessibleDescription(/Es uno de sus propios números/);
  await close();
});

test('a server that is out of reach is told of in Spanish, and not as the browser words it', async ({ browser, demo }) => {
  const { page, close } = await inSpanish(browser, demo, demo.facts.admin, '/admin/teams/new');
  const name = page.getByRole('dialog').getByLabel('Nombre');
  await expect(name).toBeVisible();
  await page.context().route('**/api/console/teams', (route) => (route.request().method() === 'POST' ? route.abort() : route.fallback()));
  await name.fill('De noche');
  await name.press('Enter');
  await expect(page.getByRole('dialog')).toContainText('No se pudo contactar con el servidor. Intente de nuevo.');
  await close();
});
