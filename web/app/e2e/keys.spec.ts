// What is typed goes where it was meant to go, however late that is there (spec 6, section 8).
import { expect, type Page } from '@playwright/test';
import { composer, inChat, test } from './desk.ts';
import { crowd, marisol, now, play, text } from './played.ts';

// later keeps what an address answers away until it is let go, from now on and for pages that have it already.
async function later(page: Page, address: RegExp): Promise<() => void> {
  let letGo = () => {};
  const free = new Promise<void>((done) => (letGo = done));
  await page.route(address, async (route) => {
    await free;
    await route.continue();
  });
  return letGo;
}

test('keys typed before their window is there go into it, and no letter means anything else meanwhile', async ({ demo, noor: page }) => {
  const phone = await inChat(page, demo, 'Which key was that?');
  const commands = await later(page, /assets\/Palette-/);
  const first = await later(page, /assets\/NewText-/);
  const options = await later(page, /outbound\/options/);
  const handing = await later(page, /assets\/Transfer-/);
  await page.reload();
  await expect(composer(page)).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('simx');
  await page.keyboard.press('Backspace');
  commands();
  const combobox = page.getByRole('combobox', { name: 'Commands' });
  await expect(combobox).toBeFocused();
  await expect(combobox).toHaveValue('sim');
  await expect(page).toHaveURL(/\/desk\/\d+$/);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();

  await page.keyboard.press('t');
  await page.keyboard.type('refund');
  handing();
  await expect(page.getByRole('combobox', { name: 'To a queue or an agent' })).toHaveValue('refund');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();

  await page.keyboard.press('n');
  await page.keyboard.type('415');
  first();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.type('555');
  options();
  await expect(page.getByRole('textbox', { name: "Customer's number" })).toHaveValue('415555');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
});

test('a window gives the focus back to what had it, and a letter after it is a key of the page', async ({ demo, noor: page }) => {
  const phone = await inChat(page, demo, 'Where does it go back to?');
  await page.keyboard.type('half a');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Commands' })).toBeFocused();
  await page.keyboard.press('Escape');
  await page.keyboard.type(' sentence');
  await expect(composer(page)).toHaveValue('half a sentence');
  await page.getByRole('button', { name: 'Transfer' }).press('Enter');
  await page.keyboard.type('nobody');
  await expect(page.getByRole('combobox', { name: 'To a queue or an agent' })).toHaveValue('nobody');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Transfer' })).toBeFocused();
  await page.keyboard.press('r');
  await expect(composer(page)).toBeFocused();
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
});

test('the address of a new text opens it, and G Q leads to the queues', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const page = await context.newPage();
  await play(page, { chats: crowd(2, 2) });
  await page.goto('/desk/new');
  await expect(page.getByRole('dialog', { name: 'New SMS' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page).toHaveURL(/\/desk$/);
  await Promise.all([page.keyboard.press('g'), page.keyboard.press('q')]);
  await expect(page).toHaveURL(/\/admin\/queues/);
  await context.close();
});

test('six photos are four tiles, and the viewer walks through all', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const page = await context.newPage();
  const media = [1, 2, 3, 4, 5, 6].map((id) => ({ id, state: 'ready', type: 'image/jpeg', width: 180, height: 228 }));
  await play(page, { chats: [marisol([text('end_user', 'All of them', now.toISOString(), { media })])] });
  await page.goto('/desk/2415');
  const tiles = page.getByRole('log').getByRole('button', { name: /^Photo/ });
  await expect(tiles).toHaveCount(2 + 4);
  await tiles.last().click();
  await expect(page.getByRole('dialog').getByRole('img', { name: /\(4\/6\)$/ })).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('dialog').getByRole('img', { name: /\(5\/6\)$/ })).toBeVisible();
  await context.close();
});
