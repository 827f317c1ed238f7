// Accessibility, content policy and hosts of every address in each of its named states, in both themes.
import { expect, type Page } from '@playwright/test';
import { settled, themed, violations } from './axe.ts';
import { watch } from './desk.ts';
import { lay, type Ground } from './ground.ts';
import { Demo } from './server.ts';
import { test } from './slowed.ts';
import { families, reach, Room, signedIn, states, type State, type Who } from './states.ts';
import { tooSmall } from './targets.ts';

test.describe.configure({ timeout: 600_000 });
test.use({ trace: 'off' }); // it would cost more than the check

const together = 2;

let own: Demo; // the stories' one is not furnished
let ground: Ground;
test.beforeAll(async () => {
  own = await Demo.start();
  ground = await lay(own);
});
test.afterAll(() => own?.stop());

for (const family of families) {
  test(`${family} is accessible in both themes`, async ({ browser }) => {
    const wrong: string[] = [];
    const make = async (who: Who) => {
      const context = await browser.newContext({ baseURL: own.facts.url, colorScheme: 'light', reducedMotion: 'reduce' });
      const watched = await watch(context, own.facts.url);
      context.on('close', () => wrong.push(...watched.map((w) => `${who}: ${w}`)));
      await signedIn(context, own, who);
      return context;
    };
    const check = async (state: State, page: Page) => {
      try {
        await reach(page, state, ground);
        await settled(page);
        const found = [...(await violations(page)), ...(await tooSmall(page))];
        // The other theme has other colors, and nothing else.
        await themed(page, 'dark');
        found.push(...(await violations(page, ['color-contrast'])).map((v) => `dark: ${v}`));
        wrong.push(...found.map((f) => `${state.name}: ${f}`));
      } catch (e) {
        wrong.push(`${state.name}: ${e instanceof Error ? e.message : String(e)}`);
      }
    };
    // Two at a time, each in contexts of its own: while one page loads the other is checked.
    const left = states.filter((s) => s.family === family && !s.pictured).values();
    const walk = async () => {
      const room = new Room(make);
      for (const state of left) await room.visit(state, (page) => check(state, page));
      await room.close();
    };
    await Promise.all(Array.from({ length: together }, walk));
    expect(wrong).toEqual([]);
  });
}
