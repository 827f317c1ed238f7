// What a page must be for everybody: axe's rules, and targets that can be hit (spec 6, section 8).
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { tooSmall } from './targets.ts';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export async function violations(page: Page, rules?: string[]): Promise<string[]> {
  // The frames of a page are judged in a page opened for that, twice a check; ours has none.
  expect(page.frames()).toHaveLength(1);
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const found = await (rules ? axe.withRules(rules) : axe.withTags(tags)).analyze();
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
}

export async function clean(page: Page, name: string): Promise<void> {
  // What has just changed may still fade; what stays wrong stays wrong.
  await expect(async () => {
    await settled(page);
    expect(await violations(page), name).toEqual([]);
    expect(await tooSmall(page), name).toEqual([]);
  }).toPass({ timeout: 60_000 });
}

// themed shows a page in the other colors, and waits until they are there.
export async function themed(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.waitForFunction((scheme) => (document.documentElement.dataset.mantineColorScheme ?? scheme) === scheme, colorScheme);
  await settled(page);
}

// settled waits until nothing fades any more: half-faded text has half its contrast.
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.getAnimations().every((a) => a.playState === 'finished') &&
      [...document.querySelectorAll('[role=menu], [role=dialog]')].every((e) => getComputedStyle(e).opacity === '1'),
  );
}
