// What comes from outside is shown and does nothing; no page breaks its policy or calls another host; whatever can be pressed
// can be hit (spec 6, sections 8 and 10).
import { expect, type Browser } from '@playwright/test';
import { composer, inChat, signInAsAdmin, test, transcript, watch } from './desk.ts';
import type { Demo } from './server.ts';
import { tooSmall } from './targets.ts';

const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

test('no page breaks its policy, calls another host or has a target under 24 px, on a desk and on a phone', async ({ browser, demo, noor }) => {
  const phone = await inChat(noor, demo, 'Is my order on its way?');
  const own = new URL(noor.url()).pathname;
  const admin = await opened(browser, demo);
  await signInAsAdmin(admin.context, demo);
  await admin.page.goto('/admin');
  const found = admin.page.getByRole('navigation', { name: 'Administration' }).getByRole('link');
  await expect(found.first()).toBeVisible();
  const pages = await found.evaluateAll((links) => links.map((a) => a.getAttribute('href')!));
  expect(pages.length).toBeGreaterThan(10);

  const people = [
    { page: noor, routes: ['/desk', own, '/simulator', '/me', '/nowhere'] },
    { page: admin.page, routes: ['/monitor', '/monitor?tab=agents', '/monitor?tab=queues', '/monitor/wall', '/history/chats', '/me', ...pages] },
    { page: (await opened(browser, demo)).page, routes: ['/login'] },
  ];
  for (const { page, routes } of people) {
    for (const route of routes) {
      await page.setViewportSize(sizes[0]!);
      await page.goto(route);
      await expect(page.getByRole('heading').first()).toBeAttached();
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
      for (const size of sizes) {
        await page.setViewportSize(size);
        await expect.poll(() => tooSmall(page), { message: `${route} at ${size.width}` }).toEqual([]);
      }
    }
  }
  expect(admin.watched).toEqual([]);
  await demo.text(phone, demo.facts.numbers.leaf, 'EXIT');
});

test('texts made to do harm are shown as they are: markup, turned direction, ten thousand emoji, the longest there can be', async ({ demo, noor: page }) => {
  const phone = await inChat(page, demo, 'hello');
  const { leaf } = demo.facts.numbers;
  const hostile = [
    '<script>window.hit = 1</script><img src=x onerror="window.hit = 1"><svg onload="window.hit = 1">',
    '</p></div><style>*{display:none}</style><iframe src="javascript:parent.hit=1"></iframe>',
    '{{constructor.constructor("window.hit = 1")()}} ${window.hit = 1} javascript:window.hit=1',
    'pay \u202Egnp.exe\u202C \u2067now\u2066 \u200F!',
    'Z\u0351\u036B\u0343\u036A\u0302\u036B\u033D'.repeat(200),
    '🎁'.repeat(10_000),
    'https://example.com/<b>x</b>?q="onmouseover=hit',
  ];
  for (const text of hostile) {
    await demo.text(phone, leaf, text);
    await expect(transcript(page).getByText(text, { exact: true })).toBeVisible();
  }
  const longest = 'x'.repeat(900_000); // a webhook may be 1 MiB
  await demo.text(phone, leaf, longest);
  await demo.text(phone, leaf, 'after the longest');
  await expect(transcript(page)).toContainText('after the longest', { timeout: 60_000 }); // laying out a single word so long takes its time

  await composer(page).fill('still here');
  await page.keyboard.press('Enter');
  await expect(transcript(page)).toContainText('still here');
  expect(await page.evaluate(() => 'hit' in window)).toBe(false);
  expect(await page.evaluate(() => document.querySelectorAll('iframe, [role=log] img, [role=log] style, [role=log] script').length)).toBe(0);
  for (const region of [transcript(page), page.getByRole('region', { name: 'Chats' }), page.locator('body')]) {
    expect(await region.evaluate((e) => e.scrollWidth - e.clientWidth)).toBeLessThanOrEqual(0);
  }
  await demo.text(phone, leaf, 'EXIT');
});

async function opened(browser: Browser, demo: Demo) {
  const context = await browser.newContext({ baseURL: demo.facts.url });
  const watched = await watch(context, demo.facts.url);
  return { context, watched, page: await context.newPage() };
}
