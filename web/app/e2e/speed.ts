// How quick the desk is with 300 chats, from the key or the frame to the picture. The console is the real
// server's; only its data is played.
import { test, type Page } from '@playwright/test';
import { Demo } from './server.ts';
import { crowd, play } from './played.ts';

interface Figure {
  what: string;
  value: number;
  unit: 'ms' | 'MiB';
  target: number;
}

declare global {
  interface Window {
    arrived: number; // when the page read the latest offer's frame
    drawn: (seen: () => unknown, from: number) => Promise<number>;
    measured: Promise<number>;
    listed: () => number;
  }
}

test('speed', async ({ browser }) => {
  const demo = await Demo.start();
  const figures: Figure[] = [];
  const add = (what: string, ms: number[], part: number, target: number) => {
    figures.push({ what, value: quantile(ms, part), unit: 'ms', target });
    console.log(`${what}: ${ms.map(Math.round).join(' ')}`);
  };

  for (const [what, chats] of [
    ['desk interactive, 5 chats, CPU slowed 4×', 5],
    ['desk interactive, 300 chats, CPU slowed 4×', 300],
  ] as const) {
    const times = [];
    for (let i = 0; i < 3; i++) times.push(await opened(await browser.newPage(), demo, chats, 1, 4));
    add(what, times, 0.5, 1500);
  }

  const page = await browser.newPage();
  const { tell } = await opens(page, demo, 300, 4);
  await page.waitForFunction(() => window.listed() >= 300);

  const steps: number[] = [];
  await page.locator('[data-row]').first().click();
  await page.getByRole('textbox', { name: /^Text to/ }).waitFor();
  await page.locator('body').press('Escape');
  for (let i = 0; i < 60; i++) {
    const key = i < 40 ? 'j' : 'k';
    await page.evaluate(() => {
      const before = document.querySelector('[data-row][aria-current]');
      const moved = () => document.querySelector('[data-row][aria-current]') !== before && document.querySelector('[role=log]');
      window.measured = new Promise((done) => addEventListener('keydown', (e) => done(window.drawn(moved, e.timeStamp)), { capture: true, once: true }));
    });
    await page.keyboard.press(key);
    steps.push(await measured(page));
  }
  add('J or K to the next chat drawn, p95', steps, 0.95, 50);

  const keys: number[] = [];
  await page.keyboard.press('r');
  for (const letter of 'The parcel left this morning and you have it tomorrow before noon at the latest. '.repeat(2)) {
    await page.evaluate(() => {
      window.measured = new Promise((done) => addEventListener('keydown', (e) => done(window.drawn(() => true, e.timeStamp)), { capture: true, once: true }));
    });
    await page.keyboard.press(letter === ' ' ? 'Space' : letter);
    keys.push(await measured(page));
  }
  add('a letter typed, drawn, p95', keys, 0.95, 50);

  const offers: number[] = [];
  for (let i = 0; i < 20; i++) {
    const id = 9000 + i;
    await page.evaluate(() => {
      window.measured = window.drawn(() => document.querySelector('article'), NaN);
    });
    tell({ type: 'offer', chat_id: id, data: { chat_id: id, queue: { id: 1, name: 'Billing', path: 'Billing' }, end_user: { id, number: '+14155550199' }, lang: 'en', waiting_since: new Date().toISOString(), expires_at: new Date(Date.now() + 60_000).toISOString(), preview: 'Hello' } });
    offers.push(await measured(page));
    tell({ type: 'offer_withdrawn', chat_id: id, data: { why: 'expired' } });
    await page.locator('article').waitFor({ state: 'detached' });
  }
  add('an offer’s frame read, card drawn, p95', offers, 0.95, 100);

  figures.push({ what: 'heap grown by eight hours of a busy desk', value: (await worked(await browser.newPage(), demo)) / 2 ** 20, unit: 'MiB', target: 20 });

  await demo.stop();
  console.log('\n| what | here | target | |\n|---|---|---|---|');
  for (const f of figures) console.log(`| ${f.what} | ${Math.round(f.value)} ${f.unit} | < ${f.target} ${f.unit} | ${f.value < f.target ? 'met' : 'missed'} |`);
});

// worked plays what an agent's desk hears in eight busy hours (15 chats an hour of 14 texts each, six at a time, every text
// with two statuses), and answers with the bytes by which the heap has grown since the first of those hours: the page is warm
// by then, and whatever is kept of a chat that is over adds up.
async function worked(page: Page, demo: Demo): Promise<number> {
  const { tell } = await opens(page, demo, 5, 4);
  await page.waitForFunction(() => window.listed() >= 5);
  const cdp = await page.context().newCDPSession(page);
  const heap = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    return (await cdp.send('Runtime.getHeapUsage')).usedSize;
  };
  let id = 100_000;
  const hour = async () => {
    for (let c = 0; c < 15; c++) {
      const [{ head, rows }] = crowd(1, 14) as [ReturnType<typeof crowd>[number]];
      const chat = id++;
      const name = `Visitor ${chat}`;
      tell({ type: 'chat_assigned', chat_id: chat, data: { ...head, chat_id: chat, end_user: { id: chat, name, number: '+14155550198' }, last_seq: 0 } });
      rows.forEach((row, i) => {
        const message = row.type === 'message' ? { ...row.data, id: id++ } : row.data;
        tell({ type: row.type, chat_id: chat, seq: i + 1, at: row.at, data: message });
        if (row.data.sender === 'agent') for (const status of ['sent', 'delivered']) tell({ type: 'message_status', chat_id: chat, data: { id: (message as { id: number }).id, status } });
      });
      const link = page.locator(`a[href="/desk/${chat}"]`);
      await link.dispatchEvent('click');
      await page.getByRole('heading', { name }).first().waitFor();
      tell({ type: 'chat_removed', chat_id: chat, data: { why: 'ended', by: 'disconnected_by_end_user', reason: 'end_user_exit' } });
    }
  };
  await hour();
  const before = await heap();
  for (let h = 1; h < 8; h++) await hour();
  return (await heap()) - before;
}

// opens brings a desk with so many chats of so many texts to a page that can measure itself.
async function opens(page: Page, demo: Demo, chats: number, texts: number) {
  await page.addInitScript(() => {
    const parse = JSON.parse;
    JSON.parse = (text: string, reviver?: Parameters<typeof parse>[1]) => {
      if (typeof text === 'string' && text.startsWith('{"type":"offer"')) window.arrived = performance.now();
      return parse(text, reviver) as unknown;
    };
    // listed counts the chats of the list that shows its rows, by its headings: of a long one those in sight are drawn.
    window.listed = () => (document.querySelectorAll('[data-row]').length < 5 ? 0 : [...document.querySelectorAll('[data-row]')].map((r) => r.closest('section')!).filter((x, i, all) => all.indexOf(x) === i).reduce((sum, x) => sum + Number(x.querySelector('h2 > span')?.textContent), 0));
    // drawn settles after the frame in which something is seen, with the time since then (or since the latest offer).
    window.drawn = (seen, from) =>
      new Promise((done) => {
        const look = () => {
          if (!seen()) return void requestAnimationFrame(look);
          const after = new MessageChannel();
          after.port1.onmessage = () => done(performance.now() - (Number.isNaN(from) ? window.arrived : from));
          after.port2.postMessage(0);
        };
        requestAnimationFrame(look);
      });
  });
  const played = await play(page, { chats: crowd(chats, texts), running: true });
  await page.goto(`${demo.facts.url}/desk`);
  return played;
}

// opened is how long a desk takes from the address to rows that answer to keys.
async function opened(page: Page, demo: Demo, chats: number, texts: number, slower: number): Promise<number> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower });
  await page.addInitScript((n) => {
    const timer = setInterval(() => {
      if (window.listed() < n) return;
      clearInterval(timer);
      void window.drawn(() => true, 0).then((ms) => Object.assign(window, { ready: ms }));
    }, 5);
  }, chats);
  await opens(page, demo, chats, texts);
  const ms = await (await page.waitForFunction(() => (window as { ready?: number }).ready)).jsonValue();
  await page.close();
  return ms!;
}

const measured = (page: Page) => page.evaluate(() => window.measured);

function quantile(all: number[], part: number): number {
  return all.toSorted((a, b) => a - b)[Math.ceil(all.length * part) - 1]!;
}
