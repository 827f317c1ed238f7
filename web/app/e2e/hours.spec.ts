// A chat whose queue is closed says so above the reply, which goes out all the same.
import { expect } from '@playwright/test';
import { violations } from './axe.ts';
import { test } from './desk.ts';
import { crowd, now, play } from './played.ts';

const hours = (n: number) => new Date(now.getTime() + n * 3_600_000);

test('the hint of a closed queue comes at its closing and goes at its opening, in Spanish too', async ({ browser, demo }) => {
  for (const [lang, closed] of [['en', 'Orders › Delivery is closed until'], ['es', 'Orders › Delivery está cerrada hasta']] as const) {
    const context = await browser.newContext({ baseURL: demo.facts.url });
    const page = await context.newPage();
    const [chat] = crowd(1, 1);
    Object.assign(chat!.head, { queue_closed: { from: hours(1).toISOString(), until: hours(3).toISOString() } });
    await play(page, { chats: [chat!], lang });
    await page.goto('/desk/5000');
    const reply = page.locator('textarea');
    const hint = page.getByText(closed, { exact: false });
    await expect(reply).toBeVisible();
    await expect(hint).toBeHidden();
    await page.clock.setFixedTime(hours(2));
    await expect(hint).toBeVisible();
    await expect(reply).toHaveAccessibleDescription(new RegExp(closed));
    expect(await violations(page)).toEqual([]);
    await reply.fill('We look into it in the morning');
    await expect(page.getByRole('button', { name: lang === 'en' ? 'Send' : 'Enviar', exact: true })).not.toHaveAttribute('aria-disabled', 'true');
    await page.clock.setFixedTime(hours(3));
    await expect(hint).toBeHidden();
    await context.close();
  }
});
