// A slow machine, played: SLOWED=6 gives every page a processor six times slower, LATE=300 has everything from the server
// come 300 ms later. `make slowed` runs the stories so.
import { test as base, type BrowserContext, type Page } from '@playwright/test';

const slowed = Number(process.env.SLOWED ?? 1);
const late = Number(process.env.LATE ?? 0);

export const test = base.extend<object, { slow: void }>({
  slow: [
    async ({ browser }, use) => {
      if (slowed > 1 || late > 0) browser.on('context', (context) => void slow(context));
      await use();
    },
    { scope: 'worker', auto: true },
  ],
});

async function slow(context: BrowserContext): Promise<void> {
  context.on('page', (page) => void slowPage(page).catch(() => {})); // one that is closed again already
  if (late === 0) return;
  await context.routeWebSocket('**/ws/agent', (ws) => {
    const server = ws.connectToServer();
    ws.onMessage((frame) => void setTimeout(() => server.send(frame), late));
    server.onMessage((frame) => void setTimeout(() => ws.send(frame), late));
  });
}

async function slowPage(page: Page): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowed });
  if (late === 0) return;
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: late, downloadThroughput: -1, uploadThroughput: -1 });
}
