// The end of a session: warned, put off where it can be, and nothing lost (spec 6, section 8 item 10).
import { expect, type Page } from '@playwright/test';
import { violations } from './axe.ts';
import { test } from './desk.ts';
import { crowd, now, play, type World } from './played.ts';

const minutes = (n: number) => new Date(now.getTime() + n * 60_000);

async function sit(page: Page, world: World, session: object): Promise<{ signedOut: () => void }> {
  await play(page, world);
  let gone = false;
  await page.route('**/api/console/session', async (route) => {
    if (gone) return route.fulfill({ status: 401, json: { message: 'Sign in first', code: 'unauthorized' } });
    const user = { id: 2, name: 'Noor Haddad', email: 'noor@fernhill.example', roles: ['developer'] };
    const preferences = { lang: world.lang ?? '', time_zone: 'America/Los_Angeles', theme: 'system', density: 'compact', muted_sounds: [], muted_notifications: [], muted_announcements: [], single_keys: true, keys: {}, offer_time: 1 };
    return route.fulfill({ json: { user, tenant: { name: 'Fernhill Home', subdomain: 'fernhill' }, features: { simulator: true }, preferences, ends_at: minutes(600).toISOString(), idle_seconds: 1740, ...session } });
  });
  return { signedOut: () => (gone = true) };
}

const agent = { user: { id: 2, name: 'Noor Haddad', email: 'noor@fernhill.example', roles: ['agent'] } };

test('a page that lies idle warns, and stays signed in by a click', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const page = await context.newPage();
  const { signedOut } = await sit(page, {}, {});
  await page.goto('/me');
  const stay = page.getByRole('button', { name: 'Stay signed in' });
  await expect(page.getByRole('heading', { name: 'You', exact: true })).toBeVisible();
  await page.clock.setFixedTime(minutes(23));
  await expect(stay).toBeHidden();
  await page.clock.setFixedTime(minutes(25));
  await expect(page.getByText('You will be signed out at 11:11', { exact: false })).toBeVisible(); // 10:42:31 and 29 minutes
  expect(await violations(page)).toEqual([]);
  await stay.click();
  await expect(stay).toBeHidden();
  await expect(page.locator('#content')).toBeFocused();

  await page.clock.setFixedTime(minutes(51));
  await expect(stay).toBeVisible();
  signedOut();
  await stay.click();
  await expect(page).toHaveURL(/\/login\?next=/);
  await context.close();
});

test('a session at its limit says that it cannot be extended, in Spanish too', async ({ browser, demo }) => {
  for (const [lang, says, again] of [['en', 'cannot be extended', 'Sign in again'], ['es', 'no se puede prolongar', 'Iniciar sesión de nuevo']] as const) {
    const context = await browser.newContext({ baseURL: demo.facts.url });
    const page = await context.newPage();
    await sit(page, { chats: crowd(1, 1), lang }, { ...agent, ends_at: minutes(4).toISOString() });
    await page.goto('/desk');
    await expect(page.getByText(says, { exact: false })).toBeVisible();
    await page.getByRole('button', { name: again }).click();
    await expect(page).toHaveURL(/\/login\?next=%2Fdesk/);
    await context.close();
  }
});

test('an open desk is not idle, and its bell is empty once its session has ended', async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const page = await context.newPage();
  const { tell, close } = await play(page, { chats: crowd(1, 1) });
  await page.goto('/desk');
  const bell = page.getByRole('button', { name: 'Notifications' });
  await expect(bell).toHaveAccessibleName('Notifications');
  await page.clock.setFixedTime(minutes(300));
  await expect(page.getByRole('button', { name: 'Stay signed in' })).toBeHidden();
  const offer = { chat_id: 9000, queue: { id: 1, name: 'Billing', path: 'Billing' }, end_user: { id: 9000, name: 'Ada Osei', number: '+14155550199' }, lang: 'en', waiting_since: now.toISOString(), expires_at: minutes(301).toISOString(), preview: 'Hello' };
  tell({ type: 'offer', chat_id: 9000, data: offer });
  tell({ type: 'offer_withdrawn', chat_id: 9000, data: { why: 'expired' } });
  await expect(bell).toHaveAccessibleName('Notifications, 1 new');
  const kept = () => page.evaluate(() => Object.entries(localStorage).filter(([key, value]) => key.startsWith('sidetone.news') && String(value).includes('Ada Osei')).length);
  expect(await kept()).toBe(1);
  await close(4001, 'sign_in');
  await expect(page.getByText('Your session has ended')).toBeVisible();
  await expect(bell).toHaveAccessibleName('Notifications');
  expect(await kept()).toBe(0);
  await context.close();
});
