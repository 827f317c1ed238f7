// What is on screen is what the server has, whatever becomes of the connection (spec 6, sections 1.6 and 10).
import { expect as expected, type Page } from '@playwright/test';
import { composer, inChat, test as base, transcript, withAgent } from './desk.ts';
import type { Demo } from './server.ts';
import { Wire } from './wire.ts';

// However slow the machine is: what is waited for is the thing itself.
const expect = expected.configure({ timeout: 30_000 });

interface Fixtures {
  wire: Wire;
  desk: Page; // an agent's, at the far end of the wire
}

const test = base.extend<Fixtures>({
  wire: async ({}, use) => {
    const wire = await Wire.open();
    await use(wire);
    await wire.close();
  },
  desk: async ({ browser, demo, wire }, use) => withAgent(browser, demo, 0, use, { proxy: { server: wire.address } }),
});

test.describe.configure({ timeout: 120_000 });

test('twenty cuts at random among two hundred texts lose nothing, repeat nothing and keep what was being written', async ({ demo, wire, desk }) => {
  const random = dice();
  const { leaf } = demo.facts.numbers;
  const chats: { phone: string; id: number; texts: string[] }[] = [];
  for (const name of ['first', 'second', 'third']) {
    await desk.keyboard.press('Escape'); // out of the chat before
    const phone = await inChat(desk, demo, `The ${name} of three chats`);
    chats.push({ phone, id: chatOf(desk), texts: [`The ${name} of three chats`] });
  }
  const open = chats[2]!;
  const sent: string[] = [];
  let draft = '';
  let n = 0;
  const text = async () => {
    const chat = chats[random(3)]!;
    chat.texts.push(`text ${++n}`);
    await demo.text(chat.phone, leaf, `text ${n}`);
  };

  for (let round = 0; round < 20; round++) {
    const before = random(10);
    for (let i = 0; i < before; i++) await text();
    if (random(2)) await expect(transcript(desk)).toContainText(open.texts.at(-1)!); // else it is cut while it catches up
    wire.cut({ after: random(2) * random(1500), refuse: random(2) === 1 });
    for (let i = before; i < 10; i++) await text();
    await desk.keyboard.type(`w${round} `);
    draft += `w${round} `;
    if (round % 4 === 3) {
      await desk.keyboard.press('Enter');
      sent.push(draft.trim());
      draft = '';
    }
    await reconnect(desk, wire);
  }
  expect(n).toBe(200);

  await expect(composer(desk)).toHaveValue(draft);
  for (const { phone, id, texts } of chats) {
    await desk.getByRole('link', { name: tail(phone) }).click();
    await expect(desk).toHaveURL(new RegExp(`/desk/${id}$`));
    await same(desk, demo, id, (all) => all.filter((x) => !x.mine).length === texts.length && (id !== open.id || all.filter((x) => x.mine).length === sent.length));
    const all = await kept(desk, demo, id);
    expect(all.filter((x) => !x.mine).map((x) => x.text)).toEqual(texts);
    expect(all.filter((x) => x.mine).map((x) => x.text)).toEqual(id === open.id ? sent : []);
  }
  await expect.poll(async () => (await demo.received(open.phone)).filter((t) => t.startsWith('w'))).toEqual(sent);

  await desk.reload();
  await expect(composer(desk)).toHaveValue(draft);
  await same(desk, demo, open.id);
  for (const { phone } of chats) await demo.text(phone, leaf, 'EXIT');
});

test('a tab that was frozen for a minute, its connection dead and nobody told, has everything when it wakes', async ({ demo, wire, desk }) => {
  await desk.clock.install();
  await desk.reload();
  const phone = await inChat(desk, demo, 'The last thing before the lid closed');
  const { leaf } = demo.facts.numbers;
  await desk.keyboard.type('half a sen');
  const tab = await desk.context().newCDPSession(desk);

  await tab.send('Page.setWebLifecycleState', { state: 'frozen' });
  wire.hush();
  for (let i = 1; i <= 20; i++) await demo.text(phone, leaf, `while it slept ${i}`);
  await tab.send('Page.setWebLifecycleState', { state: 'active' });
  await desk.clock.fastForward(60_000);

  await expect(desk.getByText('Caught up, 20 texts')).toBeVisible({ timeout: 30_000 });
  await same(desk, demo, chatOf(desk), (all) => all.length === 21);
  await desk.keyboard.type('tence');
  await expect(composer(desk)).toHaveValue('half a sentence');
  await desk.keyboard.press('Enter');
  await expect.poll(() => demo.received(phone)).toContain('half a sentence');
  await same(desk, demo, chatOf(desk), (all) => all.length === 22);
  await demo.text(phone, leaf, 'EXIT');
});

test('a server that restarts under load is waited for, and what was written meanwhile goes out once', async ({ demo, desk }) => {
  const phone = await inChat(desk, demo, 'Before the restart');
  const { leaf } = demo.facts.numbers;
  const chat = chatOf(desk);
  let stop = false;
  let n = 0;
  const load = (async () => {
    while (!stop) {
      // The simulated carrier restarts too: what it did not take is tried again.
      await demo.text(phone, leaf, `text ${n + 1}`).then(
        () => n++,
        () => {},
      );
      await new Promise((next) => setTimeout(next, 40));
    }
  })();

  const texts = transcript(desk);
  await expect(texts).toContainText('text 5');
  await demo.stopServer();
  await desk.keyboard.type('written while it was away');
  await desk.keyboard.press('Enter');
  await desk.keyboard.type('a draft');
  await expect(texts).toContainText('Waiting for connection, will send once');
  await demo.startServer();
  await expect(async () => {
    await desk.evaluate(() => dispatchEvent(new Event('online')));
    await expect(desk.getByText('Live', { exact: true })).toBeVisible({ timeout: 200 });
  }).toPass({ timeout: 30_000 });
  const seen = n;
  await expect.poll(() => n).toBeGreaterThan(seen + 5);
  stop = true;
  await load;

  await expect.poll(() => demo.received(phone)).toContain('written while it was away');
  await same(desk, demo, chat, (all) => all.filter((x) => x.mine).length === 1 && all.some((x) => x.text === `text ${n}`));
  const all = (await kept(desk, demo, chat)).map((x) => x.text);
  expect(new Set(all).size).toBe(all.length);
  expect((await demo.received(phone)).filter((t) => t === 'written while it was away')).toHaveLength(1);
  await expect(composer(desk)).toHaveValue('a draft');
  await demo.text(phone, leaf, 'EXIT');
});

// reconnect mends the wire and has the browser notice, until an agent's socket stands again.
async function reconnect(page: Page, wire: Wire): Promise<void> {
  wire.mend();
  let there = false;
  void wire.greeted().then(() => (there = true));
  await expect
    .poll(
      async () => {
        await page.evaluate(() => dispatchEvent(new Event('online')));
        return there;
      },
      { intervals: [50], timeout: 30_000 },
    )
    .toBe(true);
}

interface Said {
  mine: boolean;
  text: string;
}

// kept is what the server has of a chat, in its order; rows are numbered without a gap.
async function kept(page: Page, demo: Demo, chat: number): Promise<Said[]> {
  const rows: { seq: number; message?: { sender: string; text: string } }[] = [];
  for (let more = true; more; ) {
    const answer = await page.context().request.get(`${demo.facts.url}/api/console/chats/${chat}/transcript?limit=500&after=${rows.length}`);
    const next = ((await answer.json()) as { rows: typeof rows }).rows;
    rows.push(...next);
    more = next.length === 500;
  }
  expect(rows.map((r) => r.seq)).toEqual(rows.map((_, i) => i + 1));
  return rows.flatMap(({ message: m }) => (m && m.sender !== 'system' ? [{ mine: m.sender === 'agent', text: m.text }] : []));
}

// same waits until the screen shows exactly what the server has, and no text waits to be sent.
async function same(page: Page, demo: Demo, chat: number, complete: (all: Said[]) => boolean = () => true): Promise<void> {
  await expect(async () => {
    const all = await kept(page, demo, chat);
    expect(complete(all)).toBe(true);
    expect(await shown(page)).toEqual(all);
  }).toPass({ timeout: 30_000 });
}

async function shown(page: Page): Promise<Said[]> {
  const earlier = page.getByRole('button', { name: /^Show .* earlier/ });
  while (await earlier.isVisible()) await earlier.click();
  return transcript(page).evaluate((log) =>
    [...log.querySelectorAll<HTMLElement>('[class*=_bubble]')].map((b) => {
      const row = b.closest<HTMLElement>('[data-mine], [class*=_text]')!.dataset;
      return { mine: row.mine !== undefined, text: row.pending === undefined ? b.textContent! : `waits: ${b.textContent}` };
    }),
  );
}

const chatOf = (page: Page) => Number(/desk\/(\d+)/.exec(page.url())![1]);
const tail = (phone: string) => new RegExp(`${phone.slice(5, 8)}-${phone.slice(8)}`);

// dice throws the same numbers for the same seed; LIVE_SEED repeats a run.
function dice(): (sides: number) => number {
  let state = Number(process.env.LIVE_SEED ?? Date.now() % 1_000_000);
  console.log(`LIVE_SEED=${state}`);
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}
