// An agent's day beside the texts: status, shortcuts, handing over, texting first, laying aside.
import { expect } from '@playwright/test';
import { answer, chord, composer, inChat, offer, newPhone, signInAsAdmin, test, transcript, withAgent } from './desk.ts';

test('a status is chosen by keyboard, and no chat comes until the agent is available again', async ({ demo, noor: page }) => {
  const status = page.getByRole('button', { name: 'Your status' });
  await chord(page, 's', 's');
  await expect(page.getByRole('menuitemradio', { name: 'Wrap-up' })).toBeVisible();
  await page.getByRole('menuitemradio', { name: 'Meal' }).press('Enter');
  await expect(status).toContainText('Meal');
  await expect(page.getByRole('menu')).toBeHidden();
  await expect(page.getByText('No chats. You are not available')).toBeVisible();

  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'Anybody there?');
  await chord(page, 's', 'a');
  await expect(status).toContainText('Available');
  await expect(offer(page)).toContainText('Anybody there?');
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  await expect(offer(page)).toBeHidden();
});

test('a shortcut that was sent is counted, and one that was thrown away is not', async ({ browser, demo, noor: page }) => {
  const admin = await browser.newContext({ baseURL: demo.facts.url });
  await signInAsAdmin(admin, demo);
  const added = await admin.request.post('/api/console/shortcuts', { headers: { 'X-Sidetone': 'console' }, data: { keyword: 'counted', text: 'We have counted them all.' } });
  expect(added.status()).toBe(201);
  const phone = await inChat(page, demo, 'How many are there?');
  const box = composer(page);
  const pick = async () => {
    await page.keyboard.type('/counted');
    await expect(page.getByRole('option', { selected: true })).toContainText('/counted');
    await page.keyboard.press('Enter');
    await expect(box).toHaveValue('We have counted them all.');
  };
  for (const said of ['One more. ', '']) {
    await pick();
    await page.keyboard.type(` ${said}`);
    await page.keyboard.press('Enter');
    await expect(box).toHaveValue('');
  }
  const other = await admin.request.post('/api/console/shortcuts', { headers: { 'X-Sidetone': 'console' }, data: { keyword: 'besides', text: 'Two of them were blue.' } });
  expect(other.status()).toBe(201);
  await page.reload(); // the list of shortcuts is as it was asked for
  await composer(page).focus();
  await pick();
  await page.keyboard.type(' /besides');
  await expect(page.getByRole('option', { selected: true })).toContainText('/besides');
  await page.keyboard.press('Enter');
  await expect(box).toHaveValue('We have counted them all. Two of them were blue.');
  await page.keyboard.press('Enter');
  await expect.poll(() => demo.received(phone)).toContain('We have counted them all. Two of them were blue.');
  await pick();
  await box.fill('');
  await page.keyboard.type('In my own words');
  await page.keyboard.press('Enter');
  await expect.poll(() => demo.received(phone)).toContain('In my own words');

  const list = await admin.newPage();
  await list.goto('/admin/shortcuts?order=used');
  await expect(list.getByRole('table').getByRole('row').nth(1)).toContainText('/');
  await expect(list.getByRole('row', { name: /counted/ })).toContainText('3 of 3');
  await expect(list.getByRole('row', { name: /besides/ })).toContainText('1 of 1');
  await list.getByRole('combobox', { name: 'Order' }).selectOption('Least used first');
  await expect(list.getByRole('table').getByRole('row').nth(1)).toContainText('Never');
  await expect(list.getByRole('table').getByRole('row').last()).not.toContainText('Never');
  await admin.close();
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
});

test('a shortcut is found, inserted at the caret and sent without the mouse', async ({ demo, noor: page }) => {
  const phone = await inChat(page, demo, 'It arrived broken');
  const box = composer(page);
  await page.keyboard.type('Sorry about that. /re');
  const list = page.getByRole('listbox', { name: 'Shortcuts matching “/re”' });
  await expect(list.getByRole('option', { selected: true })).toContainText('/refund');
  await page.keyboard.press('ArrowDown');
  await expect(list.getByRole('option', { selected: true })).toContainText('/replace');
  await expect(box).toHaveAttribute('aria-activedescendant', /.+/);
  await page.keyboard.press('Enter');
  await expect(box).toHaveValue('Sorry about that. Your replacement ships today and should reach you within two days.');
  await expect(list).toBeHidden();
  await page.keyboard.press('Enter');
  await expect.poll(() => demo.received(phone)).toContain('Sorry about that. Your replacement ships today and should reach you within two days.');

  await page.keyboard.type('#greet');
  await expect(page.getByRole('option', { name: /#Greetings/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter'); // bye, the first of the category
  await expect(box).toHaveValue(/^Glad I could help, /);
  await page.keyboard.type(' {you');
  await page.keyboard.press('Tab');
  await expect(box).toHaveValue(/Text us any time\. Noor Haddad$/);

  await page.keyboard.type(' /');
  await expect(page.getByRole('listbox')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('listbox')).toBeHidden();
  await expect(box).toBeFocused();
  await expect(transcript(page)).toContainText('It arrived broken');

  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await page.keyboard.type('tracking');
  await page.keyboard.press('Enter');
  await expect(box).toHaveValue(/tracking link within the hour\.$/);
  await box.fill('');
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
});

test('a chat goes to a colleague who is asked first: declined it stays, accepted it is theirs', async ({ demo, noor, dana }) => {
  await noor.getByRole('button', { name: 'Your status' }).waitFor();
  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'It is about order 77');
  await expect(offer(noor)).toBeVisible();
  await noor.keyboard.press('a');
  await expect(composer(noor)).toBeFocused();
  await expect(offer(dana)).toBeHidden();

  const ask = async () => {
    await expect(noor.getByRole('button', { name: 'Transfer', exact: true })).toBeEnabled();
    await noor.keyboard.press('Escape');
    await noor.keyboard.press('t');
    await expect(noor.getByRole('combobox', { name: 'To a queue or an agent' })).toBeFocused();
    await noor.keyboard.type('dana');
    await expect(noor.getByRole('option', { name: /Dana Whitfield/ })).toBeVisible();
    await noor.keyboard.press('Enter');
    await noor.keyboard.type('She asks about order 77');
    await noor.keyboard.press('Enter');
    await expect(noor.getByText('Dana Whitfield was asked to take this chat.', { exact: false })).toBeVisible();
    await expect(offer(dana)).toContainText('Noor Haddad hands you this chat: “She asks about order 77”');
  };
  await ask();
  await dana.keyboard.press('d');
  await expect(noor.getByRole('log')).toContainText('Dana Whitfield declined. The chat stays where it was.');
  await composer(noor).focus();
  await ask();
  await dana.keyboard.press('a');
  await expect(composer(dana)).toBeFocused();
  await expect(transcript(dana)).toContainText('It is about order 77');
  await expect(transcript(dana)).toContainText('She asks about order 77');
  await expect(noor.getByText('Dana Whitfield has this chat now')).toBeVisible();
  expect((await demo.received(phone)).filter((x) => x.includes('77'))).toEqual([]);
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  await expect(composer(dana)).toBeHidden();
});

test('a chat goes to a queue, where a colleague finds all of it', async ({ demo, noor, dana }) => {
  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'I would like my money back');
  await expect(offer(noor)).toBeVisible();
  await noor.keyboard.press('a');
  await expect(composer(noor)).toBeFocused();
  await noor.keyboard.press('Escape');
  await noor.keyboard.press('t');
  await noor.getByRole('combobox').fill('refund');
  await noor.getByRole('option', { name: /Refund status/ }).click();
  await noor.getByRole('button', { name: 'Transfer', exact: true }).last().click();
  await expect(noor.getByText('waits in', { exact: false }).first()).toBeVisible();
  await expect(offer(dana)).toContainText('Refund status');
  await dana.keyboard.press('a');
  await expect(transcript(dana)).toContainText('I would like my money back');
  await expect(transcript(dana)).toContainText('Noor Haddad transferred the chat to Support › Returns › Refund status');
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  await expect(composer(dana)).toBeHidden();
});

test('a closed queue takes no chat: the transcript says so in the language of whoever reads it, and the chat stays', async ({ demo, ines, noor: page }) => {
  const ask = async (method: 'get' | 'put' | 'patch', path: string, data?: object) => {
    const answer = await ines.request[method](`/api/console${path}`, { headers: { 'X-Sidetone': 'console' }, data });
    expect(answer.status(), path).toBe(200);
    return (await answer.json()) as unknown;
  };
  const refunds = ((await ask('get', '/queues')) as { id: number; name: string }[]).find((q) => q.name === 'Refund status')!.id;
  const hours = (hours: object | null) => ask('put', `/queues/${refunds}/settings`, { values: { hours } });
  await hours({ weekly: {} });
  try {
    const phone = await inChat(page, demo, 'The invoice is wrong');
    await page.keyboard.press('Escape');
    await page.keyboard.press('t');
    const closed = page.getByRole('option', { name: /Refund status/ });
    await expect(closed).toContainText('Closed');
    await closed.click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('Support › Returns › Refund status is closed and takes no chats now.');
    await dialog.getByRole('button', { name: 'Transfer', exact: true }).click();
    await expect(dialog.getByRole('alert')).toContainText('Support › Returns › Refund status is closed. The chat stays with you.');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(transcript(page)).toContainText('Support › Returns › Refund status is closed. The chat stays with you.');
    await composer(page).fill('I look into it myself');
    await page.keyboard.press('Enter');
    await expect.poll(() => demo.received(phone)).toContain('I look into it myself');

    const chat = /\d+$/.exec(page.url())![0];
    await ines.goto(`/history/chats/${chat}`);
    await expect(ines.getByRole('log')).toContainText('Support › Returns › Refund status is closed. The chat stays with Noor Haddad.');
    await ask('patch', '/me', { preferences: { lang: 'es' } });
    await ines.reload();
    await expect(ines.getByRole('log')).toContainText('Support › Returns › Refund status está cerrada. El chat se queda con Noor Haddad.');
    await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  } finally {
    await hours(null);
    await ask('patch', '/me', { preferences: { lang: 'en' } });
  }
});

test('an agent texts first: the opt-in text is proposed, and the reply comes into the same chat', async ({ demo, noor: page }) => {
  const phone = newPhone();
  await page.keyboard.press('n');
  const to = page.getByRole('textbox', { name: "Customer's number" });
  await expect(to).toBeFocused();
  await expect(page.getByRole('textbox', { name: 'First text' })).toHaveValue(/^This is Noor Haddad from Fernhill Home\. May we text you/);
  await page.keyboard.type('415 555');
  await page.keyboard.press('Enter');
  await expect(page.getByText('This is not a full number yet', { exact: false })).toBeVisible();
  await to.fill(phone.slice(2));
  await page.getByRole('textbox', { name: 'First text' }).fill('Hi, Noor from Fernhill. Your mug has left today.');
  await page.keyboard.press('Enter');
  const anyway = page.getByRole('button', { name: 'Send it now' }); // the demo has no quiet hours; a clock at night would ask
  await expect(composer(page).or(anyway)).toBeVisible();
  await expect(composer(page)).toBeFocused();
  await expect(transcript(page)).toContainText('Your mug has left today.');
  await expect.poll(() => demo.received(phone)).toContain('Hi, Noor from Fernhill. Your mug has left today.');

  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await to.fill(phone);
  await page.keyboard.press('Enter');
  await expect(page.getByText('You have a chat with this customer already')).toBeVisible();
  await page.getByRole('button', { name: 'Open it' }).click();
  await expect(transcript(page)).toContainText('Your mug has left today.');
  await composer(page).focus();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+E');
  await expect(composer(page)).toBeHidden({ timeout: 30_000 });
});

test('a silent chat is laid aside, comes back when the customer writes, and can be taken back', async ({ demo, noor: page }) => {
  const phone = await inChat(page, demo, 'Let me look for the receipt');
  await page.keyboard.type('Take your time.');
  await page.keyboard.press('Enter');
  await expect(transcript(page)).toContainText('Delivered');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+D');
  await expect(page.getByText('Set aside. It returns when the customer writes.')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+L');
  await expect(page.getByText('Let me look for the receipt').or(page.getByText('Take your time.'))).toBeVisible();
  await demo.text(phone, demo.facts.numbers.leaf, 'Found it');
  await answer(page);
  await expect(transcript(page)).toContainText('Found it');
  await page.keyboard.type('Great.');
  await page.keyboard.press('Enter');
  await expect(transcript(page)).toContainText('Great.');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+D');
  await expect(composer(page)).toBeHidden();
  await page.getByRole('button', { name: /^Take back the chat with/ }).click();
  await answer(page);
  await expect(transcript(page)).toContainText('Taken back into its queue');

  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Resume history' }).click();
  const turns = page.getByRole('dialog', { name: 'Resume history' }).getByRole('listitem');
  const began = ['Waiting in', 'You', 'Laid aside: You', 'Waiting in', 'You', 'Laid aside: You', 'Waiting in', 'You'];
  for (const [i, who] of began.entries()) await expect(turns.nth(i)).toContainText(who);
  await expect(turns).toHaveCount(began.length);
  await expect(turns.nth(3)).toContainText('The customer wrote again');
  await expect(turns.nth(6)).toContainText('Taken back into its queue');
  await expect(turns.nth(7)).toContainText('since');
  await page.keyboard.press('Escape');
  await expect(turns).toHaveCount(0);
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
});

test('an agent who is a manager blocks the number of a chat, takes it back, and blocks it again', async ({ browser, demo, ines }) => {
  const mateo = demo.facts.agents[2]!;
  const be = async (...roles: string[]) => {
    const answer = await ines.request.put(`/api/console/users/${mateo.id}`, { headers: { 'X-Sidetone': 'console' }, data: { email: mateo.email, name: 'Mateo Ruiz', roles, chat_limit: 5, team_ids: [] } });
    expect(answer.status(), await answer.text()).toBe(200);
  };
  const listed = async (phone: string): Promise<{ id: number; reason: string }[]> =>
    ((await (await ines.request.get(`/api/console/blocklist?search=${encodeURIComponent(phone)}`)).json()) as { blocks: { id: number; reason: string }[] }).blocks;
  await be('agent', 'manager');
  await withAgent(browser, demo, 2, async (page) => {
    const phone = await inChat(page, demo, 'You will be sorry');
    const chat = /\d+$/.exec(page.url())![0];
    const block = async () => {
      await page.getByRole('button', { name: 'More' }).press('Enter');
      await page.getByRole('menuitem', { name: 'Block number' }).press('Enter');
    };
    await block();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByText('is not blocked any more').first()).toBeVisible();
    expect(await listed(phone)).toEqual([]);
    await block();
    await expect.poll(() => listed(phone)).toEqual([expect.objectContaining({ reason: `Chat ${chat}` })]);
    await block();
    await expect(page.getByText('was blocked before').first()).toBeVisible();
    for (const { id } of await listed(phone)) await ines.request.delete(`/api/console/blocklist/${id}`, { headers: { 'X-Sidetone': 'console' } });
    await page.keyboard.press('Shift+E');
    await expect(composer(page)).toBeHidden({ timeout: 30_000 });
  });
  await be('agent');

  await withAgent(browser, demo, 2, async (page) => {
    const phone = await inChat(page, demo, 'Who may block me?');
    await page.getByRole('button', { name: 'More' }).press('Enter');
    await expect(page.getByRole('menuitem', { name: 'Copy link' })).toBeVisible();
    await expect(page.getByRole('menuitem', { name: 'Block number' })).toBeHidden();
    await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  });
});

test('an empty desk says how many wait, anew when the agent comes back to the page', async ({ demo, noor: page }) => {
  const status = page.getByRole('button', { name: 'Your status' });
  await chord(page, 's', 's');
  await page.getByRole('menuitemradio', { name: 'Meal' }).press('Enter');
  await expect(status).toContainText('Meal');
  await expect(page.getByText('No chats. You are not available')).toBeVisible();
  await expect(page.getByText('waiting in your queues')).toBeVisible();

  const waiting = async (): Promise<number> => {
    const queues = (await (await page.request.get('/api/console/me/queues')).json()) as { queue: { path: string }; waiting: number }[];
    return queues.find((q) => q.queue.path === 'Support › Billing')!.waiting;
  };
  const before = await waiting();
  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, 'How long will it take?');
  await expect.poll(waiting).toBe(before + 1);
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
  await expect(page.getByRole('listitem').filter({ hasText: 'Support › Billing' })).toHaveText(`Support › Billing ${before + 1}`);

  await chord(page, 's', 'a');
  await expect(status).toContainText('Available');
  await expect(offer(page).filter({ hasText: 'How long will it take?' })).toBeVisible();
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
  await expect(offer(page).filter({ hasText: 'How long will it take?' })).toBeHidden();
});
