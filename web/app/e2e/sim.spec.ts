import { expect, type Page } from '@playwright/test';
import { newPhone, test } from './desk.ts';

const phoneOf = (page: Page, name: string) => page.getByRole('region', { name: `Phone of ${name}` });
const shownWidth = (page: Page, name: string, i: number) => phoneOf(page, name).getByRole('img', { name: 'Picture' }).nth(i).evaluate((img: HTMLImageElement) => img.naturalWidth);
const dot = Buffer.from('R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkQBADs=', 'base64');

async function add(page: Page, name: string, number: string): Promise<void> {
  await page.keyboard.press('Shift+N');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Number', { exact: true }).fill(number);
  await page.keyboard.press('Enter');
  await expect(phoneOf(page, name)).toBeVisible();
}

test('two handsets text side by side, with photos and faults of their own, and are there after a reload', async ({ demo, noor: page }) => {
  const [kim, lou] = [newPhone(), newPhone()];
  await page.goto('/simulator');
  await expect(phoneOf(page, 'Marisol Vega')).toBeVisible();
  await add(page, 'Kim', kim);
  await add(page, 'Lou', lou);

  await phoneOf(page, 'Kim').getByRole('button', { name: 'Hi', exact: true }).click();
  await expect(phoneOf(page, 'Kim').getByText('Please reply with a number')).toBeVisible(); // another story changes the greeting
  await phoneOf(page, 'Lou').getByLabel('Number to text').selectOption({ label: 'Billing line' });
  await phoneOf(page, 'Lou').getByRole('button', { name: 'Send a photo' }).click();
  await page.getByRole('menuitem', { name: 'Chipped mug' }).click();
  await phoneOf(page, 'Lou').locator('input[type=file]').setInputFiles({ name: 'mine.gif', mimeType: 'image/gif', buffer: dot });
  await expect(phoneOf(page, 'Lou').getByRole('list', { name: 'Photos that go along' }).getByRole('listitem')).toHaveCount(2);
  await phoneOf(page, 'Lou').getByRole('textbox', { name: 'Text message' }).press('Enter');
  await expect.poll(() => shownWidth(page, 'Lou', 0)).toBe(480);
  await expect.poll(() => shownWidth(page, 'Lou', 1)).toBe(1);

  await page.getByRole('button', { name: /^Kim/ }).click();
  await page.getByLabel('Texts to it').selectOption({ label: 'Phone is off (30003)' });
  await expect(page.getByText('1 handset has a fault set.')).toBeVisible();
  await phoneOf(page, 'Kim').getByRole('button', { name: 'HELP' }).click();
  await expect(phoneOf(page, 'Kim').getByText('Did not arrive, error 30003')).toBeVisible();
  await page.getByLabel('Handset', { exact: true }).selectOption({ label: 'Lou' });
  const trace = page.getByRole('region', { name: 'Event trace' });
  await expect(trace).toContainText('Text from Lou');
  await expect(trace).not.toContainText('Text from Kim');
  await page.getByRole('button', { name: 'Reset all' }).click();
  await expect(page.getByText('1 handset has a fault set.')).toBeHidden();

  await page.reload();
  await expect(phoneOf(page, 'Kim').getByText('Please reply with a number')).toBeVisible(); // another story changes the greeting
  await expect(phoneOf(page, 'Kim').getByText('Did not arrive, error 30003')).toBeVisible();
  await expect(phoneOf(page, 'Lou').getByLabel('Number to text')).toHaveValue(demo.facts.numbers.leaf);
  await expect.poll(() => shownWidth(page, 'Lou', 0)).toBe(480);
  await demo.text(kim, demo.facts.numbers.menu, 'EXIT');
  await demo.text(lou, demo.facts.numbers.leaf, 'EXIT');
});

test('a handset knows that it has opted out, and sends out of order when it is told to', async ({ demo, noor: page }) => {
  await page.goto('/simulator');
  await expect(phoneOf(page, 'Marisol Vega')).toBeVisible();
  const number = newPhone();
  await add(page, 'Odd', number);
  const row = page.getByRole('button', { name: /^Odd/ });
  const phone = phoneOf(page, 'Odd');
  await phone.getByLabel('Number to text').selectOption({ label: 'Billing line' });
  await phone.getByRole('button', { name: 'STOP', exact: true }).click();
  await expect(row).toContainText('Opted out of Billing line');
  await page.reload();
  await expect(row).toContainText('Opted out of Billing line');
  await phone.getByRole('button', { name: 'START', exact: true }).click();
  await expect(row).not.toContainText('Opted out');

  await row.click();
  await page.getByRole('switch', { name: 'Send out of order' }).click();
  await expect(row).toContainText('sends out of order');
  const box = phone.getByRole('textbox', { name: 'Text message' });
  await box.fill('EXIT');
  await box.press('Enter');
  await expect(phone.getByText('EXIT', { exact: true }).last()).toBeVisible();
  await expect(phone.getByText('Sending')).toBeHidden(); // nothing overtook it, and it went all the same
  await page.getByRole('switch', { name: 'Send out of order' }).click();
  await expect(row).not.toContainText('out of order');
  await demo.text(number, demo.facts.numbers.leaf, 'EXIT');
});

test('a script of two customers is brought in, played and found right and wrong; a recording plays again', async ({ noor: page }) => {
  const [ann, bob] = [newPhone(), newPhone()];
  const source = `# Two at once
phone Ann ${ann}
phone Bob ${bob}
to Support line
Ann: Hi
Bob: Hi
expect Ann "Fernhill Home"
expect Bob "Fernhill Home"
wait 9m
expect Bob "1. Orders"
expect "never said" within 200ms
Ann: STOP
Bob: STOP
expect Ann "unsubscribed"
`;
  await page.goto('/simulator?pane=scripts');
  await page.getByRole('region', { name: 'Scripts' }).locator('input[type=file]').setInputFiles({ name: 'two.txt', mimeType: 'text/plain', buffer: Buffer.from(source) });
  await expect(page.getByLabel('Lines of the script')).toHaveValue(source);
  await page.getByRole('button', { name: 'Instant' }).click();
  await page.keyboard.press('Shift+P');
  await expect(page.getByText('1 line went otherwise')).toBeVisible({ timeout: 20_000 }); // an expectation waits for its text
  const lines = page.getByRole('list', { name: 'Lines of the script' }).getByRole('listitem');
  for (const passed of ['expect Ann "Fernhill Home"', 'expect Bob "1. Orders"', 'expect Ann "unsubscribed"']) {
    await expect(lines.filter({ hasText: passed }).getByRole('img', { name: 'as expected', exact: true })).toBeVisible();
  }
  await expect(lines.filter({ hasText: 'never said' }).getByRole('img', { name: 'not as expected' })).toBeVisible();
  await expect(phoneOf(page, 'Ann').getByText('You are unsubscribed')).toBeVisible();

  await page.getByRole('button', { name: '×1' }).click();
  await page.keyboard.press('Shift+P'); // waits nine minutes now
  await expect(page.getByText('Playing Two at once', { exact: false }).first()).toBeVisible();
  await page.keyboard.press('Shift+P');
  await expect(page.getByText(/^Stopped ·/)).toBeVisible();

  await page.keyboard.press('Shift+R');
  await phoneOf(page, 'Ann').getByRole('button', { name: 'START', exact: true }).click();
  await expect(phoneOf(page, 'Ann').getByText('You are resubscribed')).toBeVisible();
  await phoneOf(page, 'Ann').getByRole('button', { name: 'STOP', exact: true }).click();
  await expect(phoneOf(page, 'Ann').getByText('You are unsubscribed')).toHaveCount(2);
  await page.keyboard.press('Shift+R');
  await expect(page.getByLabel('Lines of the script')).toHaveValue(/Ann: START\nexpect "Fernhill Home: You are resubscribed/);
  await page.getByRole('button', { name: 'Instant' }).click();
  await page.keyboard.press('Shift+P');
  await expect(page.getByText('All as expected').first()).toBeVisible();
});

test('on a phone the handsets come first and the network is folded; one of them can be the whole page', async ({ noor: page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/simulator');
  const marisol = phoneOf(page, 'Marisol Vega');
  await expect(marisol).toBeVisible();
  const network = page.getByRole('region', { name: 'Network for' });
  const top = async (of: typeof network) => (await of.boundingBox())!.y;
  expect(await top(marisol)).toBeLessThan(await top(network));
  await expect(page.getByLabel('Texts to it')).toBeHidden();
  await network.getByRole('button', { name: 'Show the settings of the network' }).click();
  await expect(page.getByLabel('Texts to it')).toBeVisible();

  await page.getByRole('button', { name: 'More for Marisol Vega' }).click();
  await page.getByRole('menuitem', { name: 'Show this phone alone' }).click();
  await expect(page).toHaveURL(/bare=true/);
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeHidden();
  await page.reload();
  await expect(marisol.getByRole('textbox', { name: 'Text message' })).toBeInViewport();
  await expect(phoneOf(page, 'Priya Raman')).toBeHidden();
  await marisol.getByRole('button', { name: 'All handsets' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
});
