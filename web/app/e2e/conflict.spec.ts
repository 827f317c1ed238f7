// Two people save the same thing (spec 6, section 5): both versions, a choice for each value, and nothing is overwritten.
import { expect, type Browser, type Page } from '@playwright/test';
import { clean } from './axe.ts';
import { signInAsAdmin, test, watch } from './desk.ts';
import type { Demo } from './server.ts';

const clash = (page: Page) => page.getByRole('dialog', { name: 'Somebody else saved meanwhile' });
const part = (page: Page, name: string) => clash(page).getByRole('region', { name });

// twoAdmins are in browsers of their own.
async function twoAdmins(browser: Browser, demo: Demo, use: (first: Page, second: Page) => Promise<void>): Promise<void> {
  const contexts = await Promise.all([1, 2].map(() => browser.newContext({ baseURL: demo.facts.url })));
  const watched = await Promise.all(contexts.map((c) => watch(c, demo.facts.url)));
  const pages = await Promise.all(contexts.map(async (c) => (await signInAsAdmin(c, demo), c.newPage())));
  await use(pages[0]!, pages[1]!);
  for (const c of contexts) await c.close();
  expect(watched.flat()).toEqual([]);
}

async function ask<T>(page: Page, method: 'GET' | 'POST' | 'PUT', path: string, data?: object): Promise<T> {
  const answer = await page.request.fetch(`/api/console${path}`, { method, data, headers: { 'X-Sidetone': 'console' } });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()) as T;
}

interface Queue {
  id: number;
  path: string;
  name: string;
  keywords: string[];
}

test('two admins save the same queue: the second chooses for each value, and what only one changed stays', async ({ browser, demo }) => {
  await twoAdmins(browser, demo, async (first, second) => {
    const queues = await ask<Queue[]>(first, 'GET', '/queues');
    const made = await ask<Queue>(first, 'POST', '/queues', { parent_id: queues.find((q) => q.path === 'Support')!.id, name: 'Gardens' });
    const stored = async () => {
      const queue = (await ask<Queue[]>(first, 'GET', '/queues')).find((q) => q.id === made.id)!;
      const { settings } = await ask<{ settings: { key: string; value: unknown }[] }>(first, 'GET', `/queues/${made.id}/settings`);
      const value = (key: string) => settings.find((s) => s.key === key)?.value;
      return { name: queue.name, keywords: queue.keywords, offer: value('offer_timeout'), quiet: value('chat_timeout') };
    };
    const before = await stored();
    const name = (page: Page) => page.getByRole('textbox', { name: 'Name in the menu' });
    const offer = (page: Page) => page.locator('[data-key=offer_timeout] input');
    for (const page of [first, second]) {
      await page.goto(`/admin/queues/${made.id}`);
      await expect(name(page)).toHaveValue('Gardens');
      await expect(offer(page)).toBeVisible();
    }
    await name(second).fill('Plants');
    await offer(second).fill('44');

    await name(first).fill('Flowers');
    await first.getByRole('textbox', { name: 'Keywords' }).fill('flower,');
    await offer(first).fill('33');
    await first.keyboard.press('Control+s');
    await expect.poll(stored).toEqual({ ...before, name: 'Flowers', keywords: ['flower'], offer: 33 });

    await second.keyboard.press('Control+s');
    await expect(part(second, 'Name')).toContainText('Plants');
    await expect(part(second, 'Name')).toContainText('Flowers');
    const offers = part(second, 'Offer');
    await expect(offers).toContainText('44');
    await expect(offers).toContainText('33');
    await expect(offers).toContainText('Saved by');
    await clean(second, 'conflict');
    expect(await stored()).toMatchObject({ name: 'Flowers', offer: 33 });
    await part(second, 'Name').getByRole('button', { name: 'Keep mine' }).click();
    await expect(part(second, 'Name')).toHaveCount(0);
    await offers.getByRole('button', { name: 'Take theirs' }).click();
    await expect(clash(second)).toHaveCount(0);
    await expect(offer(second)).toHaveValue('33');
    await second.keyboard.press('Control+s');
    await expect.poll(stored).toEqual({ ...before, name: 'Plants', keywords: ['flower'], offer: 33 });
    await expect(second.getByRole('region', { name: /unsaved change/ })).toHaveCount(0);
    await expect(name(second)).toHaveValue('Plants');
    await expect(second.getByRole('button', { name: 'Remove flower' })).toBeVisible();
    await expect(second.getByRole('treeitem', { name: /Plants/ })).toBeVisible();
  });
});

test('two admins edit the same user: what only one changed stays, what both changed is chosen', async ({ browser, demo }) => {
  await twoAdmins(browser, demo, async (first, second) => {
    const person = { name: 'Petra Zeman', email: 'petra@fernhill.example', roles: ['agent'], chat_limit: null, team_ids: [] };
    const { user } = await ask<{ user: { id: number } }>(first, 'POST', '/users', person);
    const stored = () => ask<object>(first, 'GET', `/users/${user.id}`);
    await second.goto('/admin/users?q=Petra');
    await second.getByRole('button', { name: 'Petra Zeman' }).click();
    const form = second.getByRole('dialog', { name: /Petra Zeman/ });
    await form.getByLabel('Chats at a time').fill('4');
    await ask(first, 'PUT', `/users/${user.id}`, { ...person, name: 'Petra Zemanová' });
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form).toHaveCount(0);
    expect(await stored()).toMatchObject({ name: 'Petra Zemanová', chat_limit: 4 });

    await second.getByRole('button', { name: 'Petra Zemanová' }).click();
    await form.getByLabel('Chats at a time').fill('6');
    await ask(first, 'PUT', `/users/${user.id}`, { ...person, name: 'Petra Zemanová', chat_limit: 9 });
    await form.getByRole('button', { name: 'Save' }).click();
    const limit = part(second, 'Chats at a time');
    await expect(limit).toContainText('6');
    await expect(limit).toContainText('9');
    expect(await stored()).toMatchObject({ chat_limit: 9 });
    await limit.getByRole('button', { name: 'Keep mine' }).click();
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form).toHaveCount(0);
    expect(await stored()).toMatchObject({ name: 'Petra Zemanová', chat_limit: 6 });

    // Whether somebody else saved can't be known: nothing is sent, and what was typed stays.
    await second.getByRole('button', { name: 'Petra Zemanová' }).click();
    await form.getByLabel('Chats at a time').fill('7');
    await ask(first, 'PUT', `/users/${user.id}`, { ...person, name: 'Petra Zemanová', chat_limit: 8 });
    await second.route(`**/api/console/users/${user.id}`, (route) => (route.request().method() === 'GET' ? route.fulfill({ status: 503, json: { message: 'The database does not answer', code: 'unavailable' } }) : route.fallback()));
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form).toContainText('The database does not answer');
    await expect(form.getByLabel('Chats at a time')).toHaveValue('7');
    expect(await stored()).toMatchObject({ chat_limit: 8 });
  });
});

test('agents that two admins add to a queue at the same time are both in it', async ({ browser, demo }) => {
  await twoAdmins(browser, demo, async (first, second) => {
    const queues = await ask<Queue[]>(first, 'GET', '/queues');
    const made = await ask<Queue>(first, 'POST', '/queues', { parent_id: queues.find((q) => q.path === 'Support')!.id, name: 'Fountains' });
    const { users } = await ask<{ users: { id: number; name: string }[] }>(first, 'GET', '/users?role=agent&limit=50');
    const [ann, bob] = users;
    await second.goto(`/admin/queues/${made.id}/agents`);
    const adder = second.getByRole('combobox', { name: 'Add an agent' });
    await expect(adder.getByRole('option', { name: bob!.name })).toBeAttached();
    await ask(first, 'PUT', `/queues/${made.id}/members`, { agents: [{ id: ann!.id, cascade_group: 2 }], teams: [] });
    await adder.selectOption({ label: bob!.name });
    const list = second.getByRole('list', { name: 'Agents' });
    await expect(list).toContainText(bob!.name);
    await expect(list).toContainText(ann!.name);
    await expect(list.getByRole('combobox', { name: new RegExp(ann!.name) })).toHaveValue('2');
  });
});
