// The pages of the contracts: read and tried out, in both languages and themes.
import { expect, type Page } from '@playwright/test';
import { clean, themed } from './axe.ts';
import { newPhone, test, watch } from './desk.ts';
import type { Demo } from './server.ts';

const operation = (page: Page, id: string) => page.locator(`article#${id}`);

async function trying(page: Page, demo: Demo): Promise<void> {
  await page.goto(`${demo.facts.url}/docs/try`);
  await page.getByLabel('Token', { exact: true }).fill(demo.facts.api_token);
}

test('a text is sent from the page to try the API, and its answer is shown', async ({ context, page, demo }) => {
  const watched = await watch(context, demo.facts.url);
  await trying(page, demo);
  const phone = newPhone();
  const send = operation(page, 'sendSMS');
  const body = send.getByLabel('Body');
  const example = JSON.parse(await body.inputValue()) as object;
  const { leaf } = demo.facts.numbers;
  await body.fill('{"chat": ');
  await send.getByRole('button', { name: 'Send' }).click();
  await expect(send.getByText('This is not JSON.')).toBeVisible();
  await expect(body).toBeFocused();
  await body.fill(JSON.stringify({ ...example, outbound_number: leaf, end_user_number: phone, message: 'Tried out' }));
  await send.getByRole('button', { name: 'Send' }).click();
  await expect(send.getByRole('status')).toContainText(/^20\d .* in \d+ ms/);
  await expect.poll(() => demo.received(phone)).toContainEqual(expect.stringContaining('Tried out'));

  const one = operation(page, 'getChat');
  await one.getByRole('button', { name: 'Send' }).click();
  await expect(one.getByText('This is needed.')).toBeVisible();
  await one.getByLabel('chat_id').fill('999999');
  await one.getByRole('button', { name: 'Send' }).click();
  await expect(one.getByRole('status')).toContainText('404');
  await expect(one.getByRole('group', { name: 'Answer' })).toContainText('request_id');
  expect(watched).toEqual([]);
});

for (const width of [1440, 390]) {
  test(`the contracts are accessible in both languages and themes, ${width} wide`, async ({ context, page, demo }) => {
    test.slow();
    const watched = await watch(context, demo.facts.url);
    await page.setViewportSize({ width, height: 844 });
    await trying(page, demo);
    for (const theme of ['light', 'dark'] as const) {
      await themed(page, theme);
      await clean(page, `try, ${theme}`);
    }
    await page.getByRole('link', { name: 'Español' }).click();
    await expect(page.getByRole('heading', { name: 'Probar la API' })).toBeVisible();
    await page.getByRole('button', { name: 'Enviar' }).first().click();
    await expect(page.getByText('Una petición necesita un token.')).toBeVisible();
    await expect(page.locator('html')).toHaveAttribute('lang', 'es');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    for (const theme of ['light', 'dark'] as const) {
      await themed(page, theme);
      await clean(page, `probar, ${theme}`);
    }
    await page.getByRole('link', { name: 'API', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'API', exact: true })).toBeVisible();
    expect(watched).toEqual([]);
  });
}
