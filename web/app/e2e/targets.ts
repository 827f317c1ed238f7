// What can be pressed is large enough to be hit (spec 6, section 8: WCAG 2.2, 2.5.8).
import type { Page } from '@playwright/test';

// tooSmall lists targets under so many pixels that are not inside a sentence.
export function tooSmall(page: Page, least = 24, within = 'body'): Promise<string[]> {
  return page.evaluate(
    ({ least, within }) =>
      [...document.querySelectorAll<HTMLElement>('button, a[href], input, select, textarea, [role=switch], [role=option], [role^=menuitem]')]
        .filter((e) => e.closest(within) && e.checkVisibility({ opacityProperty: true }) && !e.closest('p') && getComputedStyle(e).position !== 'absolute')
        .filter((e) => {
          const target = (e.matches('[type=checkbox], [type=radio]') && e.closest('label')) || e; // its words are pressed as well
          const { width, height } = target.getBoundingClientRect();
          return width < least || height < least;
        })
        .map((e) => `${e.tagName} ${e.getAttribute('aria-label') ?? e.textContent?.slice(0, 40)} ${Math.round(e.getBoundingClientRect().width)}×${Math.round(e.getBoundingClientRect().height)}`),
    { least, within },
  );
}

// overflowing names what makes the page scroll as a whole: its panes do that, and nothing scrolls sideways but tables.
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.scrollingElement!;
    const wide = root.scrollWidth - root.clientWidth;
    const high = root.scrollHeight - root.clientHeight;
    return [wide > 0 && `${wide} px too wide`, high > 0 && `${high} px too high`].filter((x) => x !== false);
  });
}
