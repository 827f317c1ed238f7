// Accessibility, content policy and hosts of every address in each of its named states, in both themes.
import { expect } from '@playwright/test';
import { settled, themed, violations } from './axe.ts';
import { watch } from './desk.ts';
import { lay, type Ground } from './ground.ts';
import { Demo } from './server.ts';
import { test } from './slowed.ts';
import { families, reach, Room, signedIn, states } from './states.ts';
import { tooSmall } from './targets.ts';

test.describe.configure({ timeout: 600_000 });
test.use({ trace: 'off' }); // it would cost more than the check

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
    const room = new Room(async (who) => {
      const context = await browser.newContext({ baseURL: own.facts.url, colorScheme: 'light', reducedMotion: 'reduce' });
      const watched = await watch(context, own.facts.url);
      context.on('close', () => wrong.push(...watched.map((w) => `${who}: ${w}`)));
      await signedIn(context, own, who);
      return context;
    });
    for (const state of states.filter((s) => s.family === family && !s.pictured)) {
      await room.visit(state, async (page) => {
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
      });
    }
    await room.close();
    expect(wrong).toEqual([]);
  });
}
