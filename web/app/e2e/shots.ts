// A picture of every named state at both sizes and in both themes, into tmp/shots; those that baselines/ has are compared
// with it. UPDATE=1 renews the baselines, ONLY=queue takes some. The clock, the data and the fonts are fixed (spec 6, section 10).
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { lay, type Ground } from './ground.ts';
import { now } from './played.ts';
import { Demo } from './server.ts';
import { baselines, reach, Room, signedIn, states } from './states.ts';

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;
// wanted: UPDATE takes the baselines alone, ONLY those whose name fits; nothing is set: every picture.
const wanted = (name: string, picture: string) => (process.env.UPDATE === undefined || baselines.includes(picture)) && new RegExp(process.env.ONLY ?? '').test(name);
const folder = process.env.SHOTS ?? new URL('../../../tmp/shots', import.meta.url).pathname;
const baseline = (picture: string) => new URL(`baselines/${picture}`, import.meta.url).pathname;

let demo: Demo;
let ground: Ground;
let begun: number;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  await mkdir(folder, { recursive: true });
  begun = Date.now();
  demo = await Demo.start();
  ground = await lay(demo);
});
test.afterAll(() => demo?.stop());

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`pictures, ${size} ${colorScheme}`, async ({ browser }) => {
      const wrong: string[] = [];
      const room = new Room(async (who) => {
        const context = await browser.newContext({ baseURL: demo.facts.url, viewport, colorScheme, reducedMotion: 'reduce' });
        await signedIn(context, demo, who);
        return context;
      });
      for (const state of states) {
        const picture = `${state.name}-${size}-${colorScheme}.png`;
        if (!wanted(state.name, picture)) continue;
        await room.visit(state, async (page) => {
          // One that can't be taken keeps no other from being taken.
          try {
            if (!state.played) await still(page);
            await reach(page, state, ground);
            await page.evaluate(() => document.fonts.ready);
            await page.screenshot({ path: `${folder}/${picture}`, animations: 'disabled', caret: 'hide' });
            if (baselines.includes(picture) && (process.env.UPDATE !== undefined || existsSync(baseline(picture)))) await expect(page).toHaveScreenshot(picture, { animations: 'disabled', caret: 'hide', maxDiffPixelRatio: 0.02 });
          } catch (e) {
            wrong.push(`${picture}: ${e instanceof Error ? e.message : String(e)}`);
            await page.screenshot({ path: `${folder}/${picture}` });
          }
        });
      }
      await room.close();
      expect(wrong).toEqual([]);
    });
  }
}

// still stops the page's clock, and lets everything that has happened since the start have happened at one moment.
async function still(page: Page): Promise<void> {
  await page.clock.setFixedTime(now);
  await page.route(/\/api\/console\//, async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const answer = await route.fetch();
    if (!(answer.headers()['content-type'] ?? '').includes('json')) return route.fulfill({ response: answer });
    const body = (await answer.text()).replace(/"(20\d\d-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))"/g, (all, at: string) => (Date.parse(at) > begun - 60_000 ? JSON.stringify(now.toISOString()) : all));
    return route.fulfill({ response: answer, body });
  });
}
