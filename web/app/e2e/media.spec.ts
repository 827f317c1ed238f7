import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';
import { settled } from './axe.ts';
import { film } from './film.ts';
import { answer, composer, inChat, newPhone, signInAsAdmin, test, transcript } from './desk.ts';

const dot = Buffer.from('R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkQBADs=', 'base64');

test('a photo from the phone appears in its text, opens large, and the agent sends one back', async ({ demo, noor: page }) => {
  const phone = newPhone();
  const { leaf } = demo.facts.numbers;
  await demo.text(phone, leaf, 'It arrived like this');
  await answer(page);
  await demo.text(phone, leaf, '', ['sample:mug', 'data:image/jpeg;base64,' + Buffer.from('<html>not a picture').toString('base64')]);

  const photo = transcript(page).getByRole('img', { name: /^Photo from the customer/ });
  await expect(photo).toBeVisible();
  await expect.poll(() => photo.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(480);
  await expect(transcript(page).getByText(/not a kind of picture/)).toBeVisible();

  await photo.click();
  const viewer = page.getByRole('dialog', { name: /^Photo from the customer/ });
  await expect(viewer.getByRole('img', { name: /^Photo from/ })).toBeVisible();
  await settled(page);
  expect((await new AxeBuilder({ page }).setLegacyMode().include('[role=dialog]').analyze()).violations).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(viewer).toBeHidden();
  await page.keyboard.press('i');
  await expect(viewer).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(viewer).toBeHidden();
  await expect(page.locator(':focus')).not.toHaveCount(0);

  await page.locator('input[type=file]').setInputFiles({ name: 'label.gif', mimeType: 'image/gif', buffer: dot });
  await expect(page.getByRole('list', { name: 'Attached files' }).getByRole('img', { name: 'label.gif' })).toBeVisible();
  await settled(page);
  expect((await new AxeBuilder({ page }).setLegacyMode().analyze()).violations).toEqual([]);
  await composer(page).fill('A new one is on its way');
  await page.keyboard.press('Enter');
  await expect(transcript(page)).toContainText('Delivered');
  await expect(transcript(page).getByRole('img', { name: /^Photo you sent/ })).toBeVisible();
  await expect.poll(async () => (await demo.pictures(phone)).length).toBe(1);
  const fetched = await fetch((await demo.pictures(phone))[0]!);
  expect(fetched.headers.get('content-type')).toBe('image/gif');
  expect(Buffer.from(await fetched.arrayBuffer()).equals(dot)).toBe(true);

  // Both pictures are on the consumer's phone too.
  await page.goto('/simulator');
  await page.getByRole('button', { name: 'Handset', exact: true }).click();
  await page.getByLabel('Name').fill('Zoe Park');
  await page.getByLabel('Number', { exact: true }).fill(phone);
  await page.keyboard.press('Enter');
  const zoe = page.getByRole('region', { name: 'Phone of Zoe Park' });
  await zoe.getByLabel('Number to text').selectOption({ label: 'Billing line' });
  const width = (i: number) => zoe.getByRole('img', { name: 'Picture' }).nth(i).evaluate((img: HTMLImageElement) => img.naturalWidth);
  await expect.poll(() => width(0)).toBe(480);
  await expect(zoe.getByText('A file that is no longer kept')).toBeVisible(); // it was no picture
  await expect.poll(() => width(1)).toBe(1);
  await demo.text(phone, leaf, 'exit'); // and leaves room for the next story
});

test('a video says how long it is, on the desk and in the history, and plays in the viewer', async ({ browser, demo, noor: page }) => {
  const phone = await inChat(page, demo, 'You can hear it rattle');
  await demo.text(phone, demo.facts.numbers.leaf, 'Listen', ['data:video/mp4;base64,' + film, 'sample:label']);
  const tile = transcript(page).getByRole('button', { name: /^Video from the customer, .+, 0:12$/ });
  await expect(tile).toBeVisible();
  await expect(tile).toContainText('0:12');
  await tile.click();
  const viewer = page.getByRole('dialog', { name: /^Video from the customer/ });
  const video = viewer.locator('video');
  await expect.poll(() => video.evaluate((v: HTMLVideoElement) => Math.round(v.duration))).toBe(12);
  await expect(viewer.getByRole('button', { name: 'Rotate' })).toBeHidden();
  await settled(page);
  expect((await new AxeBuilder({ page }).setLegacyMode().include('[role=dialog]').analyze()).violations).toEqual([]);
  await viewer.getByRole('button', { name: 'Next file' }).click();
  await expect(page.getByRole('dialog', { name: /^Photo from the customer/ })).toBeVisible();
  await page.keyboard.press('Escape');
  const chat = /\d+$/.exec(page.url())![0];
  const admin = await browser.newContext({ baseURL: demo.facts.url });
  await signInAsAdmin(admin, demo);
  const history = await admin.newPage();
  await history.goto(`/history/chats/${chat}`);
  await expect(history.getByRole('log').getByRole('button', { name: /^Video from the customer, .+, 0:12$/ })).toBeVisible();
  await expect(history.getByRole('log').getByRole('img', { name: /^Photo from the customer, \d+:\d+/ })).toBeVisible();
  await admin.close();
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
});
