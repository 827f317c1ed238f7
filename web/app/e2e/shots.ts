import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { createServer, type ViteDevServer } from 'vite';
import { play, states } from './states.ts';

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

let vite: ViteDevServer;
let url: string;

test.beforeAll(async () => {
  vite = await createServer({ root: new URL('..', import.meta.url).pathname, server: { port: 0, host: '127.0.0.1', proxy: {} }, logLevel: 'error' });
  await vite.listen();
  url = vite.resolvedUrls!.local[0]!.replace(/\/$/, '');
});
test.afterAll(() => vite.close());

for (const [size, viewport] of Object.entries(sizes)) {
  for (const scheme of ['light', 'dark'] as const) {
    for (const state of states) {
      test(`${state.name} ${size} ${scheme}`, async ({ browser }) => {
        const context = await browser.newContext({ viewport, colorScheme: scheme });
        const page = await context.newPage();
        const { socket } = await play(page, state.world);
        await page.goto(url + state.path);
        await state.act?.(page, socket);
        await expect(page.getByText(state.ready).first()).toBeVisible();
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: `../../tmp/shots/${state.name}-${size}-${scheme}.png`, animations: 'disabled' });
        const found = await new AxeBuilder({ page }).withTags(tags).analyze();
        expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ') + (n.failureSummary ?? '')).join(', ')}`)).toEqual([]);
        await context.close();
      });
    }
  }
}
