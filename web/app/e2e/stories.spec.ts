import { expect, type Page } from '@playwright/test';
import { answer, chord, composer, inChat, newPhone, offer, test, transcript } from './desk.ts';

const dot = Buffer.from('R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkQBADs=', 'base64');

test('a text from the simulator meets the menu, an agent answers, and the reply is on the phone: all by keyboard', async ({ noor: page }) => {
  await chord(page, 'g', 'p');
  await expect(page.getByRole('heading', { name: 'Simulator' })).toBeVisible();
  const thread = page.getByRole('list', { name: 'Texts on the phone of Marisol Vega' });
  const phone = page.getByRole('region', { name: 'Phone of Marisol Vega' }).getByRole('textbox', { name: 'Text message' });

  await page.keyboard.press('r');
  await expect(phone).toBeFocused();
  await page.keyboard.type('Hi, a mug from my order arrived chipped');
  await page.keyboard.press('Enter');
  await expect(thread).toContainText('Returns');
  await page.keyboard.type('damaged');
  await page.keyboard.press('Enter');
  await expect(thread).toContainText('Damaged item');

  await page.keyboard.press('Escape');
  await chord(page, 'g', 'd');
  await expect(offer(page)).toContainText('Damaged item');
  await answer(page);
  await expect(transcript(page)).toContainText('a mug from my order arrived chipped');
  await page.keyboard.type('Hi Marisol, Noor here. So sorry about the mug.');
  await page.keyboard.press('Enter');
  await expect(transcript(page)).toContainText('Delivered');

  await page.keyboard.press('Escape');
  await chord(page, 'g', 'p');
  await expect(thread).toContainText('Hi Marisol, Noor here. So sorry about the mug.');
  await expect(page.getByRole('region', { name: 'Event trace' })).toContainText('Text to Marisol');
  await page.keyboard.press('r');
  await expect(phone).toBeFocused();
  await page.keyboard.type('exit');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Event trace' })).toContainText('exit'); // the next story finds no chat
});

test('STOP in the middle of a chat closes the composer and is confirmed exactly once', async ({ demo, noor: page }) => {
  const phone = newPhone();
  const { leaf } = demo.facts.numbers;
  await demo.text(phone, leaf, 'Where is my invoice?');
  await answer(page);
  await page.keyboard.type('I am looking for it.');
  await page.keyboard.press('Enter');
  await expect.poll(() => demo.received(phone)).toContain('I am looking for it.');

  const before = (await demo.received(phone)).length;
  await demo.text(phone, leaf, 'STOP');
  await expect(page.getByText(/opted out of texts/)).toBeVisible();
  await expect(composer(page)).toBeHidden();
  await expect(page.getByText(/^Opted out, since /)).toBeVisible();
  await expect.poll(() => page.evaluate(() => document.activeElement === document.body)).toBe(false);
  await expect(transcript(page)).toContainText(/Sent automatically · Delivered/);
  await expect.poll(async () => (await demo.received(phone)).length).toBe(before + 1);

  // What comes after the confirmation stands behind it in line, so once START is answered nothing is on its way.
  await demo.text(phone, leaf, 'STOP');
  await demo.text(phone, leaf, 'START');
  await expect.poll(async () => (await demo.received(phone)).length).toBe(before + 2);
});

test('a text that does not arrive says why, and is tried again where that is worth it', async ({ demo, noor: page }) => {
  const phone = await inChat(page, demo, 'Did you get my form?');
  const log = transcript(page);
  await demo.fault(phone, '30006');
  await page.keyboard.type('Yes, it is here.');
  await page.keyboard.press('Enter');
  await expect(log).toContainText('This is a landline or a number that cannot receive texts');
  await expect(log).toContainText('30006');
  await expect(log.getByRole('button', { name: 'Try again' })).toBeHidden();

  await demo.fault(phone, '30003');
  await page.keyboard.type('We have sent you the contract.');
  await page.keyboard.press('Enter');
  await expect(log).toContainText('The phone is off or out of reach');
  await demo.fault(phone);
  const before = (await demo.received(phone)).filter((t) => t.startsWith('We have sent')).length;
  await log.getByRole('button', { name: 'Try again' }).click();
  await expect(log.getByRole('button', { name: 'Try again' })).toBeHidden();
  await expect(log).toContainText('Sent again below');
  await expect.poll(async () => (await demo.received(phone)).filter((t) => t.startsWith('We have sent')).length).toBe(before + 1);
  await expect(log.getByText('We have sent you the contract.')).toHaveCount(2);
  await expect(log).toContainText('Delivered');

  // A picture goes along the second time too; when the chat has ended there is nothing to try.
  await demo.fault(phone, '30003');
  await page.locator('input[type=file]').setInputFiles({ name: 'form.gif', mimeType: 'image/gif', buffer: dot });
  await expect(page.getByRole('list', { name: 'Attached files' }).getByRole('img', { name: 'form.gif' })).toBeVisible();
  await composer(page).fill('This is the form.');
  await page.keyboard.press('Enter');
  await expect(log.getByRole('button', { name: 'Try again' })).toBeVisible();
  const pictures = (await demo.pictures(phone)).length;
  await log.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(async () => (await demo.pictures(phone)).length).toBe(pictures + 1);
  await expect(log.getByRole('button', { name: 'Try again' })).toBeVisible(); // the second one, which did not arrive either
  await demo.fault(phone);
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  await expect(composer(page)).toBeHidden();
  await expect(log.getByText('The phone is off or out of reach', { exact: false }).last()).toBeVisible();
  await expect(log.getByRole('button', { name: 'Try again' })).toBeHidden();
});

test('two agents race for one offer: one has the chat, the other is told who', async ({ demo, noor, dana }) => {
  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'A question about a bill');
  await expect(offer(noor)).toBeVisible();
  await expect(offer(dana)).toBeVisible();
  // The card says it for three seconds: whoever it is, it is looked for from the beginning.
  const told = async (loser: Page, winner: Page, name: string) => {
    await loser.getByText(`${name} answered it`, { exact: true }).waitFor();
    return { loser, winner };
  };
  const race = Promise.any([told(noor, dana, 'Dana Whitfield'), told(dana, noor, 'Noor Haddad')]);
  await Promise.all([noor.keyboard.press('a'), dana.keyboard.press('a')]);

  const { winner, loser } = await race;
  await expect(composer(winner)).toBeVisible();
  await expect(composer(loser)).toBeHidden();
  await expect(loser.getByText(/answered it$/)).toBeHidden();
  await expect(loser.getByText('No chats.', { exact: false })).toBeVisible();
  await expect(transcript(winner)).toContainText('A question about a bill');
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
});

test('a lost connection loses nothing, repeats nothing and sends what was written once', async ({ demo, noor: page }) => {
  const phone = newPhone();
  const { leaf } = demo.facts.numbers;
  let down = false;
  let cut = () => {};
  await page.routeWebSocket('**/ws/agent', (ws) => {
    if (down) return void ws.close({ code: 1011 });
    const server = ws.connectToServer();
    cut = () => {
      void server.close();
      void ws.close({ code: 1011 });
    };
  });
  await page.reload();
  await demo.text(phone, leaf, 'first');
  await answer(page);
  await expect(transcript(page)).toContainText('first');
  await page.keyboard.type('half a sen');

  down = true;
  cut();
  await expect(page.getByText('Reconnecting')).toBeVisible();
  await demo.text(phone, leaf, 'second');
  await demo.text(phone, leaf, 'third');
  await page.keyboard.type('tence');
  await page.keyboard.press('Enter');
  await expect(transcript(page)).toContainText('Waiting for connection, will send once');
  await page.keyboard.type('a draft');
  await expect(page.getByText(/Connection lost \d+ s ago/)).toBeVisible();

  down = false;
  await page.getByRole('button', { name: 'Retry now' }).click({ timeout: 3000 }).catch(() => {}); // unless it is back by itself
  await expect(page.getByText('Caught up, 2 texts')).toBeVisible();
  await expect(transcript(page)).not.toContainText('Waiting for connection');
  for (const text of ['first', 'second', 'third', 'half a sentence']) await expect(transcript(page).getByText(text, { exact: true })).toHaveCount(1);
  await expect(composer(page)).toHaveValue('a draft');
  await expect.poll(async () => (await demo.received(phone)).filter((t) => t === 'half a sentence').length).toBe(1);

  await page.reload();
  await expect(composer(page)).toHaveValue('a draft');
  for (const text of ['first', 'second', 'third', 'half a sentence']) await expect(transcript(page).getByText(text, { exact: true })).toHaveCount(1);
  await demo.text(phone, leaf, 'EXIT');
});

test('a curly apostrophe costs a segment, and Alt+U makes it straight', async ({ demo, noor: page }) => {
  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'When does it come?');
  await answer(page);
  const text = 'Yes. It ships today with 2-day delivery, so it should reach you Thursday. I’ll text the tracking link within the hour.';
  await composer(page).fill(text);
  await expect(page.getByText('118/134 · 2 segments')).toBeVisible();
  await expect(page.getByText(/makes this a Unicode text: 2 segments instead of 1/)).toBeVisible();
  await page.keyboard.press('Alt+u');
  await expect(composer(page)).toHaveValue(text.replace('’', "'"));
  await expect(page.getByText('118/160 · 1 segment')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect.poll(() => demo.received(phone)).toContain(text.replace('’', "'"));
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
});

test('an ended chat can be taken back for five seconds, then the customer is let go', async ({ demo, noor: page }) => {
  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'Thanks, that was all');
  await answer(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+E');
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('button', { name: 'Undo' })).toBeHidden();
  await expect(composer(page)).toBeVisible();
  await page.keyboard.press('Shift+E');
  await expect(composer(page)).toBeHidden({ timeout: 30_000 });
  await expect.poll(() => page.evaluate(() => document.activeElement === document.body)).toBe(false);
  await expect(page.getByText('No chats.', { exact: false })).toBeVisible();
});

test('a text that only reads like a request to stop waits for the agent’s decision', async ({ demo, noor: page }) => {
  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'Hello');
  await answer(page);
  await demo.text(phone, demo.facts.numbers.leaf, 'please cancel my order');
  await expect(page.getByText('Reads like a request to stop')).toBeVisible();
  await page.getByRole('button', { name: 'Not an opt-out' }).click();
  await expect(page.getByText('Reads like a request to stop')).toBeHidden();
  await expect(composer(page)).toBeVisible();
  await demo.text(phone, demo.facts.numbers.leaf, 'please cancel my order');
  await page.getByRole('button', { name: 'Opt this number out' }).click();
  await expect(page.getByText(/opted out of texts/)).toBeVisible();
  await expect(composer(page)).toBeHidden();
});
