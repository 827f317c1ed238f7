// Administration of people, programs, texts and consent on the real server, by keyboard where it matters.
import { expect, type Browser, type Page } from '@playwright/test';
import { newPhone, test, watch } from './desk.ts';
import type { Demo } from './server.ts';

async function signInAs(browser: Browser, demo: Demo, who: { email: string; password: string }, path: string): Promise<{ page: Page; close: () => Promise<void> }> {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const watched = await watch(context, demo.facts.url);
  const page = await context.newPage();
  await page.goto(path);
  await page.getByLabel('Email').fill(who.email);
  await page.getByLabel('Password').fill(who.password);
  await page.keyboard.press('Enter');
  return {
    page,
    close: async () => {
      await context.close();
      expect(watched).toEqual([]);
    },
  };
}

test('an admin adds a user, who signs in and must choose a password', async ({ browser, demo }) => {
  const { page, close } = await signInAs(browser, demo, demo.facts.admin, '/admin/users');
  await expect(page.getByRole('heading', { name: 'Users' })).toBeVisible();
  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Lena Ortiz');
  await dialog.getByLabel('Email').fill('not an address');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toBeVisible();
  await expect(dialog.getByLabel('Email')).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('Email').fill('lena@fernhill.example');
  await page.keyboard.press('Enter');
  const password = (await dialog.getByRole('textbox', { name: 'Temporary password' }).textContent())!;
  await page.keyboard.press('Escape');
  await expect(page.getByRole('row', { name: /Lena Ortiz/ })).toBeVisible();
  await page.getByRole('searchbox').fill('nobody of this name');
  await expect(page.getByText('Nothing matches')).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filter' }).click();

  const lena = await signInAs(browser, demo, { email: 'lena@fernhill.example', password }, '/desk');
  await expect(lena.page).toHaveURL(/\/password/);
  await lena.close();

  await page.getByRole('button', { name: 'Lena Ortiz' }).click();
  await dialog.getByRole('button', { name: 'Disable' }).click();
  await dialog.getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByRole('row', { name: /Lena Ortiz/ })).toContainText('Disabled');
  await page.goto('/admin/audit');
  await expect(page.getByRole('row', { name: /added the user Lena Ortiz/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /disabled the user Lena Ortiz/ })).toContainText('no');
  await close();
});

test('the command that is shown with a token works', async ({ browser, demo }) => {
  const { page, close } = await signInAs(browser, demo, demo.facts.admin, '/admin/tokens');
  await expect(page.getByRole('heading', { name: 'API tokens' })).toBeVisible();
  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Order system');
  await page.keyboard.press('Enter');
  const phone = newPhone();
  await dialog.getByLabel('Your phone').fill(phone);
  const command = dialog.getByRole('textbox', { name: 'Try it' });
  await expect(command).toContainText(phone);
  const curl = (await command.textContent())!;
  const [url, ...quoted] = [...curl.matchAll(/'([^']*)'/g)].map((m) => m[1]!);
  const headers = Object.fromEntries(quoted.slice(0, -1).map((h) => h.split(': ') as [string, string]));
  const answer = await fetch(url!, { method: 'POST', headers, body: quoted.at(-1) });
  expect(answer.status, await answer.text()).toBe(200);
  await expect.poll(() => demo.received(phone)).toContainEqual(expect.stringContaining('Hello from our program.'));
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Order system' }).click();
  await dialog.getByRole('button', { name: 'Disable' }).click();
  await dialog.getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByRole('row', { name: /Order system/ })).toContainText('Disabled');
  expect((await fetch(url!, { method: 'POST', headers, body: quoted.at(-1) })).status).toBe(401);
  await close();
});

test('a file of shortcuts is taken whole, or its faults are named', async ({ browser, demo }) => {
  const { page, close } = await signInAs(browser, demo, demo.facts.admin, '/admin/shortcuts');
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Import CSV' }).click();
  const lines = dialog.getByLabel('Or paste the lines here');
  await lines.fill('keyword,text\nthanks,Thank you for your text.\nbad keyword,Hello\n,Hello');
  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(dialog.getByText('Nothing was taken. 2 problems in the file:')).toBeVisible();
  await expect(dialog.getByRole('row', { name: /^3 keyword/ })).toBeVisible();
  await lines.fill('keyword,text\nthanks,Thank you for your text.');
  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(dialog.getByText('1 added, 0 changed, 0 as they were.')).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: '/thanks', exact: true }).click();
  await dialog.getByRole('textbox', { name: 'Text' }).press('End');
  await dialog.getByRole('button', { name: 'Agent’s name' }).click();
  await expect(dialog.getByRole('textbox', { name: 'Text' })).toHaveValue('Thank you for your text.@{AGENT_NAME}');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /thanks/ })).toContainText('Thank you for your text.Ines Marchetti'); // as it would go out
  await page.getByRole('button', { name: 'Delete /opt-in?' }).click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(dialog.getByText('This is the last opt-in shortcut for all queues; make another one first')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('row', { name: /\/opt-in/ })).toBeVisible();
  const file = await page.request.get('/api/console/shortcuts.csv');
  expect(await file.text()).toContain('Thank you for your text.@{AGENT_NAME}');
  await close();
});

test('presets for calls are written, put into order and exported', async ({ browser, demo }) => {
  const { page, close } = await signInAs(browser, demo, demo.facts.admin, '/admin/presets');
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Import CSV' }).click();
  await dialog.getByLabel('Or paste the lines here').fill('label,text\nSend a photo,Reply with a photo.\nOpening hours,We are here from 9 to 5.');
  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(dialog.getByText('2 added, 0 changed, 0 as they were.')).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Add a preset' }).first().click();
  await dialog.getByLabel('Label').fill('send A photo');
  await dialog.getByRole('textbox', { name: 'Text' }).fill('Again');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('There is a preset Send a photo already')).toBeVisible();
  await dialog.getByLabel('Label').fill('Form');
  await dialog.getByRole('textbox', { name: 'Text' }).fill('');
  await dialog.getByRole('button', { name: 'Company' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  const labels = page.getByRole('table').getByRole('row').getByRole('button', { name: /^(Send a photo|Opening hours|Form)$/ });
  await expect(labels).toHaveText(['Send a photo', 'Opening hours', 'Form']);
  await page.getByRole('button', { name: 'Move Form up' }).click();
  await expect(labels).toHaveText(['Send a photo', 'Form', 'Opening hours']);
  const file = await page.request.get('/api/console/presets.csv');
  expect(await file.text()).toContain("en,Form,'@{COMPANY_NAME},"); // no sheet calculates it
  await page.getByRole('button', { name: 'Delete Form?' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(labels).toHaveText(['Send a photo', 'Opening hours']);
  await close();
});

test('a number is listed by hand, and a flagged text is decided about', async ({ browser, demo }) => {
  const { page, close } = await signInAs(browser, demo, demo.facts.admin, '/admin/consent/flags');
  const dialog = page.getByRole('dialog');
  await expect(page.getByRole('heading', { name: 'Consent' })).toBeVisible();
  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'Hello');
  await demo.text(phone, demo.facts.numbers.leaf, 'please cancel my order');
  await page.reload();
  await page.getByRole('row', { name: /please cancel my order/ }).getByRole('button', { name: 'Not an opt-out' }).click();
  await expect(page.getByText('Nothing to decide.', { exact: false })).toBeVisible();

  await page.getByRole('button', { name: 'Do not contact' }).click();
  await page.keyboard.press('n');
  await dialog.getByLabel('Number').fill(phone);
  await page.keyboard.press('Enter');
  await expect(dialog.getByLabel('Reason')).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('Reason').fill('Asked at the counter');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('row', { name: /Asked at the counter/ })).toBeVisible();
  await page.getByRole('button', { name: 'Ledger' }).click();
  await expect(page.getByRole('row', { name: /Opted out.*Asked at the counter/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /Did not mean to stop/ })).toBeVisible();

  await page.goto('/admin/carriers');
  await page.getByRole('table').getByRole('button').first().click();
  await dialog.getByRole('button', { name: 'Test the credentials' }).click();
  await expect(dialog.getByText('The carrier takes these credentials.')).toBeVisible();
  await expect(dialog.getByRole('textbox', { name: 'A message comes in' })).toContainText('/hooks/twilio/');
  await close();
});
