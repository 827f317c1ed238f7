// When a page has come to rest: nothing it asked for is on its way, and nothing that came is still to be drawn.
import { expect, type Page, type Request } from '@playwright/test';

const patience = 90_000;

// quiet listens to a page from before it goes anywhere; what it gives waits for the rest. `kept` are the requests that get
// no answer.
export function quiet(page: Page, kept?: RegExp): () => Promise<void> {
  const open = new Set<Request>();
  let asked = 0;
  page.on('request', (r) => {
    if (kept?.test(r.url())) return;
    asked++;
    open.add(r);
  });
  page.on('requestfinished', (r) => void open.delete(r));
  page.on('requestfailed', (r) => void open.delete(r));

  return () =>
    expect(async () => {
      expect([...open].map((r) => r.url())).toEqual([]);
      // What came is drawn, and asks for no more.
      const before = asked;
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn, 50)))));
      expect(asked).toBe(before);
    }).toPass({ timeout: patience });
}
