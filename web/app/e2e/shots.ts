// A picture of every named state at both sizes and in both themes, into tmp/shots; those that baselines/ has are compared
// with it. UPDATE=1 renews the baselines, ONLY=queue takes some. The clock, the data and the fonts are fixed (spec 6, section 10).
// A page is brought into a state once: the other theme is the same page with other colors.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { expect, test as base, type BrowserContext, type Page } from '@playwright/test';
import { themed } from './axe.ts';
import { lay, type Ground } from './ground.ts';
import { now } from './played.ts';
import { quiet } from './quiet.ts';
import { Demo } from './server.ts';
import { baselines, families, reach, Room, signedIn, states } from './states.ts';
import { overflowing } from './targets.ts';

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;
const themes = ['light', 'dark'] as const;
const folder = process.env.SHOTS ?? new URL('../../../tmp/shots', import.meta.url).pathname;
const baseline = (picture: string) => new URL(`baselines/${picture}`, import.meta.url).pathname;
const only = new RegExp(process.env.ONLY ?? '');
const updates = process.env.UPDATE !== undefined;
const shot = { animations: 'disabled', caret: 'hide' } as const;

interface Place {
  demo: Demo;
  ground: Ground;
  begun: number;
}

const test = base.extend<object, { place: Place }>({
  place: [
    async ({}, use) => {
      await mkdir(folder, { recursive: true });
      const begun = Date.now();
      const demo = await Demo.start();
      await use({ demo, ground: await lay(demo), begun });
      await demo.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

test.describe.configure({ mode: 'parallel' });

for (const family of families) {
  for (const [size, viewport] of Object.entries(sizes)) {
    const pictureOf = (name: string, theme: string) => `${name}-${size}-${theme}.png`;
    // UPDATE takes the baselines alone, ONLY those whose name fits; nothing is set: every picture.
    const themesOf = (name: string) => (only.test(name) ? themes.filter((theme) => !updates || baselines.includes(pictureOf(name, theme))) : []);
    const wanted = states.filter((s) => s.family === family && themesOf(s.name).length > 0);
    if (wanted.length === 0) continue;

    test(`pictures of ${family}, ${size}`, async ({ browser, place }) => {
      const wrong: string[] = [];
      const room = new Room(async (who) => {
        const context = await browser.newContext({ baseURL: place.demo.facts.url, viewport, reducedMotion: 'reduce' });
        await signedIn(context, place.demo, who);
        if (who !== 'nobody') await still(context, place.begun);
        return context;
      });
      const take = async (page: Page, picture: string) => {
        await page.mouse.move(0, 0); // where it pressed last, something else may stand now
        expect(await overflowing(page), 'the page scrolls as a whole').toEqual([]);
        await page.screenshot({ path: `${folder}/${picture}`, ...shot });
        if (baselines.includes(picture) && (updates || existsSync(baseline(picture)))) await expect(page).toHaveScreenshot(picture, { ...shot, maxDiffPixelRatio: 0.02 });
      };
      for (const [i, state] of wanted.entries()) {
        const begun = performance.now();
        const all = themesOf(state.name);
        await room.visit(state, async (page) => {
          await page.emulateMedia({ colorScheme: all[0]! });
          if (!state.played) await page.clock.setFixedTime(now);
          const rested = quiet(page, state.waits);
          // One that can't be taken keeps no other from being taken.
          const reached = await tried(async () => {
            await reach(page, state, place.ground);
            await rested();
            if (!state.connecting) await expect(page.locator('header').getByText(/^(Connecting|Conectando)$/)).toHaveCount(0);
          });
          await page.evaluate(() => document.fonts.ready);
          for (const theme of all) {
            const picture = pictureOf(state.name, theme);
            const problem = reached ?? (await tried(() => themed(page, theme).then(() => take(page, picture))));
            if (!problem) continue;
            wrong.push(`${picture}: ${problem}`);
            console.log(wrong.at(-1));
            await page.screenshot({ path: `${folder}/${picture}` });
          }
        });
        console.log(`${size} ${family} ${i + 1}/${wanted.length} ${state.name} ${((performance.now() - begun) / 1000).toFixed(1)} s`);
      }
      await room.close();
      expect(wrong).toEqual([]);
    });
  }
}

// tried says what went wrong, if something did.
async function tried(what: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await what();
    return undefined;
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
}

// still lets everything that has happened since the start have happened at one moment.
async function still(context: BrowserContext, begun: number): Promise<void> {
  const restamp = (body: string) =>
    body.replace(/"(20\d\d-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))"/g, (all, at: string) => (Date.parse(at) > begun - 60_000 ? JSON.stringify(now.toISOString()) : all));
  await context.route(/\/api\/console\//, async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const answer = await route.fetch();
    if (!(answer.headers()['content-type'] ?? '').includes('json')) return route.fulfill({ response: answer });
    return route.fulfill({ response: answer, body: restamp(await answer.text()) });
  });
  await context.routeWebSocket('**/ws/agent', (ws) => {
    const server = ws.connectToServer();
    server.onMessage((message) => ws.send(typeof message === 'string' ? restamp(message) : message));
  });
}
