// What every story starts with: the product running, people signed in, and a page that breaks no rule.
import { expect, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';
import { Demo } from './server.ts';
import { test as base } from './slowed.ts';

interface Fixtures {
  noor: Page;
  dana: Page;
  ines: Page; // the admin
  ended: void; // every consumer of the story leaves when it is over
}

export const test = base.extend<Fixtures, { demo: Demo }>({
  demo: [
    async ({}, use) => {
      const demo = await Demo.start();
      await use(demo);
      await demo.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  ended: [
    async ({ demo }, use) => {
      await use();
      await demo.leave();
    },
    { auto: true },
  ],
  noor: async ({ browser, demo }, use) => withAgent(browser, demo, 0, use),
  dana: async ({ browser, demo }, use) => withAgent(browser, demo, 1, use),
  ines: async ({ browser, demo }, use) => {
    const context = await browser.newContext({ baseURL: demo.facts.url });
    const watched = await watch(context, demo.facts.url);
    await signInAsAdmin(context, demo);
    await use(await context.newPage());
    await context.close();
    expect(watched).toEqual([]);
  },
});

export async function withAgent(browser: Browser, demo: Demo, index: number, use: (page: Page) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  const context = await browser.newContext({ baseURL: demo.facts.url, ...options });
  const watched = await watch(context, demo.facts.url);
  const page = await context.newPage();
  await signIn(page, demo, index);
  await available(page);
  await use(page);
  await context.close();
  expect(watched).toEqual([]);
}

// watch writes down everything a page must not do: break the content policy, call another host, throw.
export async function watch(context: BrowserContext, url: string): Promise<string[]> {
  const found: string[] = [];
  await context.exposeFunction('reportViolation', (what: string) => void found.push(what));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) => {
      (window as unknown as { reportViolation: (what: string) => void }).reportViolation(`policy: ${e.violatedDirective} ${e.blockedURI}`);
    });
  });
  const host = new URL(url).host;
  context.on('request', (r) => {
    const to = new URL(r.url());
    if (!['data:', 'blob:'].includes(to.protocol) && to.host !== host) found.push(`request to ${to.host}`);
  });
  context.on('weberror', (e) => found.push(`error: ${e.error().message}`));
  return found;
}

export async function signIn(page: Page, demo: Demo, index: number): Promise<void> {
  const { email, password } = demo.facts.agents[index]!;
  await page.goto('/desk');
  await page.getByLabel('Email').waitFor();
  await page.keyboard.type(email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'My chats' })).toBeVisible();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
}

export async function signInAsAdmin(context: BrowserContext, demo: Demo): Promise<void> {
  const { email, password } = demo.facts.admin;
  const answer = await context.request.post('/api/console/session', { headers: { 'X-Sidetone': 'console' }, data: { email, password } });
  expect(answer.status()).toBeLessThan(300);
}

export async function available(page: Page): Promise<void> {
  const status = page.getByRole('button', { name: 'Your status' });
  await expect(status).toBeVisible();
  if (/Your status: Available/.test((await status.textContent()) ?? '')) return;
  await status.press('Enter');
  await page.getByRole('menuitemradio', { name: 'Available', exact: true }).press('Enter');
  await expect(status).toContainText('Available');
}

export const offer = (page: Page) => page.getByRole('article', { name: 'Incoming chat' });
export const composer = (page: Page) => page.getByRole('textbox', { name: /^Text to / });
export const transcript = (page: Page) => page.getByRole('log');

// answer takes the offer on screen by its key, and waits until the reply can be written.
export async function answer(page: Page): Promise<void> {
  await expect(offer(page)).toBeVisible();
  await page.keyboard.press('a');
  await expect(composer(page)).toBeFocused();
}

// chord presses two keys that belong together, the second before the page has answered the first: they must not grow apart
// where it is slow.
export async function chord(page: Page, first: string, second: string): Promise<void> {
  await Promise.all([page.keyboard.press(first), page.keyboard.press(second)]);
}

// inChat gives an agent a chat with a new phone, and the phone.
export async function inChat(page: Page, demo: Demo, text: string): Promise<string> {
  const phone = newPhone();
  await demo.text(phone, demo.facts.numbers.leaf, text);
  await answer(page);
  await expect(transcript(page)).toContainText(text);
  return phone;
}

let phones = 0;

// newPhone is a number that no other story uses.
export function newPhone(): string {
  phones++;
  return `+1415555${String(2000 + phones).padStart(4, '0')}`;
}
