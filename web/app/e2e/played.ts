// The desk and the simulator with what the server and the socket say played from a list, so that races, losses and clocks
// stand still: the states that a real conversation only passes through. Everything on screen is the console's own.
import type { Page, WebSocketRoute } from '@playwright/test';
import { statuses } from './boards.ts';
import { holdAnswer, holdFrame } from './contract.ts';
import { film } from './film.ts';
import { label, mug } from './photos.ts';

export const now = new Date('2026-11-21T18:42:31Z'); // 10:42 in Los Angeles
export const ago = (minutes: number, seconds = 0) => new Date(now.getTime() - (minutes * 60 + seconds) * 1000).toISOString();

type Row = { type: 'message' | 'event'; at: string; data: Record<string, unknown> };
let ids = 9000;
export const text = (sender: string, body: string, at: string, more: Record<string, unknown> = {}): Row => ({
  type: 'message',
  at,
  data: { id: ++ids, sender, kind: 'chat', text: body, media: [], status: sender === 'end_user' ? 'received' : 'delivered', segments: 1, ...more },
});
export const event = (kind: string, at: string, more: Record<string, unknown> = {}): Row => ({ type: 'event', at, data: { kind, ...more } });

export const noor = { id: 2, name: 'Noor Haddad' };
const email = 'noor@fernhill.example';
const queue = (id: number, path: string) => ({ id, name: path.split(' › ').at(-1)!, path });
const damaged = queue(12, 'Returns › Damaged item');

interface Played {
  head: Record<string, unknown> & { chat_id: number };
  rows: Row[];
}

function chat(id: number, who: { name?: string; number: string }, at: { id: number; name: string; path: string }, rows: Row[], more: Record<string, unknown> = {}): Played {
  return {
    head: {
      chat_id: id,
      status: 'assigned',
      sub_status: 'Assigned',
      started_by: 'end_user',
      queue: at,
      end_user: { id, ...who },
      number: '+18885550100',
      lang: 'en',
      response_target: 120,
      last_seq: rows.length,
      read_seq: 0,
      unread: rows.filter((r) => r.data.sender === 'end_user').length,
      created_at: rows[0]!.at,
      assigned_at: rows.find((r) => r.data.kind === 'assigned')?.at ?? rows[0]!.at,
      ...more,
    },
    rows,
  };
}

const opening = (minutes: number, seconds: number): Row[] => [
  event('started', ago(minutes, seconds)),
  text('end_user', 'Hi, a mug from my order arrived chipped', ago(minutes, seconds)),
  text('system', 'Fernhill: thanks for your text. Msg and data rates may apply. Reply STOP to opt out, HELP for help.', ago(minutes, seconds), { kind: 'greeting' }),
  text('system', 'What is it about?\n1 Orders\n2 Returns\n3 Billing', ago(minutes, seconds - 1), { kind: 'menu' }),
  text('end_user', '2', ago(minutes, seconds - 20)),
  event('menu_choice', ago(minutes, seconds - 20), { text: 'Returns' }),
  text('system', 'Returns\n1 Damaged item\n2 Wrong item\n3 Refund status', ago(minutes, seconds - 21), { kind: 'menu' }),
  text('end_user', '1', ago(minutes, seconds - 29)),
  event('menu_choice', ago(minutes, seconds - 29), { queue: damaged }),
  text('system', 'Damaged item. An agent will be with you in about 2 minutes.', ago(minutes, seconds - 29), { kind: 'queued' }),
  event('queued', ago(minutes, seconds - 30), { queue: damaged }),
];

export const marisol = (more: Row[] = [], head: Record<string, unknown> = {}): Played =>
  chat(
    2415,
    { name: 'Marisol Vega', number: '+14155550142' },
    damaged,
    [
      ...opening(11, 30),
      event('assigned', ago(10, 12), { user: noor }),
      text('agent', 'Hi Marisol, Noor here. So sorry about the mug. Could you send a photo of the chip and of the label on the box?', ago(9, 20), { user: noor }),
      text('end_user', 'Here you go. Box looks fine, just the mug', ago(6, 5), { media: [1, 2].map((id) => ({ id, state: 'ready', type: 'image/jpeg', width: id === 1 ? 320 : 180, height: 228 })) }),
      text('agent', 'Thank you, that is clear. I can send a replacement today or refund $24.00. Which would you like?', ago(4, 2), { user: noor }),
      text('end_user', "Replacement please! Will it make it by Friday? It's a birthday gift 🎁", ago(0, 38)),
      ...more,
    ],
    head,
  );

const answered = (who: { name?: string; number: string }, id: number, at: ReturnType<typeof queue>, rows: Row[], more: Record<string, unknown> = {}) =>
  chat(id, who, at, [event('started', ago(40)), event('queued', ago(39), { queue: at }), event('assigned', ago(38), { user: noor }), ...rows], more);

export const others = (): Played[] => [
  answered({ name: 'Theo Lindqvist', number: '+12125550107' }, 2411, queue(4, 'Orders › Where is my order'), [
    text('agent', 'Hi Theo, the parcel left our house yesterday.', ago(9), { user: noor }),
    text('end_user', 'It is not here', ago(1, 52)),
    text('end_user', 'Still waiting on the courier, they said 2pm', ago(1, 10)),
  ]),
  answered({ number: '+15035550164' }, 2409, queue(7, 'Billing'), [
    text('agent', 'One moment, I am looking at the bill.', ago(6), { user: noor }),
    text('end_user', 'ok', ago(3, 10)),
    text('end_user', 'and the second one?', ago(2, 20)),
    text('end_user', 'hello??', ago(0, 50)),
  ]),
  answered({ name: 'Aiyana Brooks', number: '+16465550118' }, 2402, queue(13, 'Returns › Refund status'), [
    text('end_user', 'When will I see the money?', ago(9)),
    text('agent', 'Your refund of $48.00 is on its way.', ago(6), { user: noor }),
  ]),
  answered({ name: 'Jonas Okafor', number: '+13125550190' }, 2398, queue(4, 'Orders › Delivery'), [text('agent', 'Hi Jonas, your sofa is ready for pickup.', ago(21), { user: noor })], { started_by: 'agent' }),
];

// masked is chats as an agent sees them from whom the tenant hides numbers.
export const masked = (chats: Played[]): Played[] =>
  chats.map(({ head, rows }) => {
    const who = head.end_user as { number: string };
    return { head: { ...head, end_user: { ...who, number: `+1 ••• ••• ${who.number.slice(-4)}`, masked: true } }, rows };
  });

// crowd is many chats of many texts, for what is measured.
export const crowd = (chats: number, texts: number): Played[] =>
  Array.from({ length: chats }, (_, i) =>
    answered(
      { name: `Customer ${i + 1}`, number: `+1415555${String(i).padStart(4, '0')}` },
      5000 + i,
      queue(4, 'Orders › Delivery'),
      Array.from({ length: texts }, (_, k) => text((k + i) % 2 ? 'agent' : 'end_user', `Text ${k + 1} of this chat, as long as most of them are`, ago(30 - k / 2), { user: noor })),
    ),
  );

export const offer = {
  chat_id: 2420,
  queue: queue(14, 'Returns › Wrong item'),
  end_user: { id: 2420, number: '+16465550133' },
  lang: 'es',
  preview: 'Me mandaron la lámpara equivocada',
  waiting_since: ago(1, 12),
  expires_at: new Date(now.getTime() + 18_000).toISOString(),
};

const preferences = { lang: '', time_zone: '', theme: 'system', density: 'compact', muted_sounds: [], muted_notifications: [], muted_announcements: [], single_keys: true, keys: {}, offer_time: 1 };

export interface World {
  session?: boolean;
  lang?: string; // the reader's, English else
  mustChange?: boolean; // the password was given by somebody else
  ways?: object; // how one may sign in
  refusal?: { status: number; message: string; code: string }; // of signing in
  setup?: boolean; // nobody has set the installation up
  chats?: Played[];
  offers?: (typeof offer)[];
  status?: string;
  silent?: boolean; // the socket opens and says nothing
  running?: boolean; // the clock runs, and no time goes into holding what is said to the contracts: for what is measured
  boards?: { chats: object[]; agents: object[]; queues: object[] };
}

const shortcut = (id: number, keyword: string, body: string, more: Record<string, unknown> = {}) => ({ id, lang: 'en', keyword, category: 'Returns', text: body, opt_in: false, ready: { text: body, encoding: 'GSM-7', segments: 1 }, ...more });

// What the server says when it is asked, by the end of the address.
const answers = {
  '/shortcuts$': {
    shortcuts: [
      shortcut(1, 'refund', 'We have refunded the amount to your original payment method.'),
      shortcut(2, 'replace', 'Your replacement ships today and should reach you within two days.'),
      shortcut(3, 'return-label', 'Here is your prepaid label: https://fernhill.example/label. Print it, fix it to the box and hand it in at any post office.'),
      shortcut(4, 'opt-in', 'This is Noor Haddad from Fernhill Home. May we text you about your request? Msg & data rates may apply. Reply HELP for help, STOP to opt out.', { category: 'Opt-in', opt_in: true }),
    ],
    variables: ['CUSTOMER_NAME', 'AGENT_NAME', 'QUEUE_NAME', 'COMPANY_NAME'],
    values: { CUSTOMER_NAME: 'Marisol Vega', AGENT_NAME: 'Noor Haddad', QUEUE_NAME: 'Damaged item', COMPANY_NAME: 'Fernhill Home' },
  },
  '/me/sessions$': {
    sessions: [
      { id: 1, current: true, provider: false, created_at: ago(200), seen_at: ago(0), user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36' },
      { id: 2, current: false, provider: false, created_at: ago(60 * 24 * 3), seen_at: ago(60 * 20), user_agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1' },
    ],
  },
  '/status$': { status: 'available', since: ago(42), choices: ['available', 'unavailable', 'break', 'meal', 'wrap_up', 'offline', 'Training'] },
  '/me/stats$': {
    from: ago(600),
    to: ago(-600),
    time_zone: 'America/Los_Angeles',
    mine: { chats: 23, handled: 21, handle_seconds: 372, first_response_seconds: 9, messages: 88, missed: 0, declined: 1 },
    team: { chats: 19, handled: 18, handle_seconds: 425, first_response_seconds: 12, messages: 71, missed: 1, declined: 1 },
    team_agents: 6,
  },
  '/monitor/statuses$': statuses,
  '/me/queues$': [
    { queue: damaged, waiting: 0 },
    { queue: queue(7, 'Billing'), waiting: 2 },
  ],
  '/transfer-targets$': {
    left: 9,
    queues: [
      { ...queue(7, 'Billing'), waiting: 2, free: 0, open: false, changes_at: new Date(now.getTime() + 22 * 3_600_000).toISOString() },
      { ...queue(4, 'Orders › Where is my order'), waiting: 1, free: 3, open: true, changes_at: new Date(now.getTime() + 5 * 3_600_000).toISOString() },
      { ...damaged, waiting: 0, free: 1, open: true },
      { ...queue(13, 'Returns › Refund status'), waiting: 0, free: 2, open: true },
    ],
    agents: [
      { id: 3, name: 'Dana Whitfield', status: 'available', takes: true, held: 2, limit: 5 },
      { id: 4, name: 'Mateo Ruiz', status: 'meal', takes: false, held: 0, limit: 5, why: 'Mateo Ruiz is not available' },
      { id: 5, name: 'Ravi Mehta', status: 'available', takes: false, held: 5, limit: 5, why: 'Ravi Mehta has as many chats as they may have' },
    ],
  },
  '/outbound/options$': { enabled: true, quiet_hours: 'hint', from: [{ queue: damaged, numbers: [{ number: '+18885550100', label: 'Support line', segments_per_second: 1 }] }], to: { number: '+14155550142', name: 'Marisol Vega', opted_out: false, quiet: false, time_zone: 'America/Los_Angeles' } },
  '/chats/dismissed$': [
    { chat_id: 2377, queue: queue(13, 'Returns › Refund status'), end_user: { id: 31, name: 'Ada Osei', number: '+16175550133' }, dismissed_at: ago(64), preview: 'Let me look for the receipt' },
    { chat_id: 2371, queue: queue(7, 'Billing'), end_user: { id: 32, number: '+15125550171' }, dismissed_at: ago(190), preview: 'Which invoice do you mean?' },
  ],
  '/end-users/\\d+$': { id: 2415, name: 'Marisol Vega', number: '+14155550142', lang: 'en', since: ago(60 * 24 * 260), consent_at: ago(60 * 24 * 260), opted_out: false, time_zone: 'America/Los_Angeles' },
  '/end-users/\\d+/chats$': [
    { chat_id: 2120, status: 'finished', sub_status: 'Finished', queue: queue(4, 'Orders › Where is my order'), agent: { id: 3, name: 'Dana Whitfield' }, created_at: ago(60 * 24 * 24), ended_at: ago(60 * 24 * 24 - 20), preview: 'Thank you' },
    { chat_id: 1804, status: 'finished', sub_status: 'Finished', queue: queue(13, 'Returns › Refund status'), agent: noor, created_at: ago(60 * 24 * 142), ended_at: ago(60 * 24 * 142 - 9), preview: 'Perfect' },
  ],
  '/chats/\\d+/transcript$': {
    chat_id: 2120,
    status: 'finished',
    last_seq: 4,
    rows: [
      { seq: 1, at: ago(60 * 24 * 24), type: 'event', event: { kind: 'assigned', user: { id: 3, name: 'Dana Whitfield' } } },
      { seq: 2, at: ago(60 * 24 * 24 - 1), type: 'message', message: { id: 1, sender: 'end_user', kind: 'chat', text: 'Where is my order FH-20771?', status: 'received', segments: 1 } },
      { seq: 3, at: ago(60 * 24 * 24 - 4), type: 'message', message: { id: 2, sender: 'agent', kind: 'chat', text: 'It left our house this morning. You have it tomorrow.', status: 'delivered', segments: 1 } },
      { seq: 4, at: ago(60 * 24 * 24 - 6), type: 'message', message: { id: 3, sender: 'end_user', kind: 'chat', text: 'Thank you', status: 'received', segments: 1 } },
    ],
  },
  '/chats/\\d+/why$': {
    steps: [
      { at: ago(11, 30), step: 'started', text: "The customer's text opened the chat. The number leads to Support.", code: 'started', values: { how: { code: 'started.end_user', values: {} }, leads: { code: 'started_leads', values: { queue: 'Support' } } }, facts: { by: 'end_user', queue: 'Support' } },
      { at: ago(11), step: 'menu_choice', text: 'The customer chose Damaged item.', code: 'menu_choice', values: { what: 'Damaged item' }, facts: { queue: 'Damaged item' } },
      { at: ago(10, 12), step: 'assigned', text: 'Noor Haddad took the chat.', code: 'assigned', values: { name: 'Noor Haddad' }, facts: { agent: 'Noor Haddad', waited_seconds: 48 } },
    ],
  },
};

// Played is the server's side of a socket that is played.
export interface PlayedSocket {
  tell: (frame: { type: string; [more: string]: unknown }) => void;
  close: (code: number, reason?: string) => Promise<void>;
}

// play answers in the place of the server, with nothing that the contracts do not have.
export async function play(page: Page, world: World): Promise<PlayedSocket> {
  if (!world.running) await page.clock.setFixedTime(now);
  await page.route('**/api/console/**', (route) => {
    const path = new URL(route.request().url()).pathname;
    const asked = route.request().method();
    const say = (body: unknown, status = 200) => {
      if (!world.running) holdAnswer(asked, path.replace('/api/console', ''), status, body);
      return route.fulfill({ status, json: body });
    };
    const session = { user: { ...noor, email, roles: ['agent', 'manager'] }, tenant: { name: 'Fernhill Home', subdomain: 'fernhill' }, features: { simulator: true }, preferences: { ...preferences, lang: world.lang ?? '' }, ends_at: new Date(now.getTime() + 11 * 3_600_000).toISOString(), idle_seconds: 1740, ...(world.mustChange && { must_change_password: true }) };
    if (path.endsWith('/session') && asked === 'POST') {
      const { status, ...why } = world.refusal ?? { status: 401, message: 'Email or password is wrong', code: 'unauthorized' };
      return say(why, status);
    }
    if (world.ways && path.endsWith('/session/ways')) return say(world.ways);
    if (world.setup && path.endsWith('/setup')) return asked === 'POST' ? say(session, 201) : say({ open: true, simulator: true, demo_number: '+14155550100' });
    if (world.setup && path.endsWith('/setup/carrier')) return say({ message: 'Not found', code: 'not_found' }, 404);
    if (world.session === false) return say({ message: 'Sign in first', code: 'unauthorized' }, 401);
    if (path.endsWith('/session')) return say(session);
    const picture = /\/media\/(\d+)$/.exec(path)?.[1];
    if (picture === '3') return route.fulfill({ contentType: 'video/mp4', body: Buffer.from(film, 'base64') });
    if (picture) return route.fulfill({ contentType: 'image/svg+xml', body: picture === '1' ? mug : label });
    const answer = Object.entries(answers).find(([end]) => new RegExp(end).test(path));
    if (answer) return say(answer[1]);
    if (path.endsWith('/simulator')) return say(simulator);
    return say({ message: 'Not found', code: 'not_found' }, 404);
  });
  await page.route('**/sim/**', (route) => {
    const url = new URL(route.request().url());
    if (url.pathname === '/sim/faults') return route.fulfill({ json: { latency_ms: 0, error_rate: 0, status: 500, receipts: 'normal', late_ms: 5000, drop_after_accept: 0, handsets: [{ to: '+16465550118', status: 'failed', error_code: '30008', delay_ms: 2000 }] } });
    if (url.pathname === '/sim/texts') return route.fulfill({ json: phoneTexts.filter((x) => x.direction === url.searchParams.get('direction') && (x.from === url.searchParams.get('from') || x.to === url.searchParams.get('to'))) });
    return route.continue();
  });
  await page.addInitScript((events) => {
    // The stream of events, played from a list.
    class Played extends EventTarget {
      onopen: (() => void) | null = null;
      onerror: (() => void) | null = null;
      constructor() {
        super();
        setTimeout(() => {
          this.onopen?.();
          for (const e of events) this.dispatchEvent(new MessageEvent(e.kind, { data: JSON.stringify(e) }));
        });
      }
      close() {}
    }
    Object.assign(window, { EventSource: Played });
  }, traceEvents);

  const chats = world.chats ?? [];
  let latest: WebSocketRoute | undefined;
  await page.routeWebSocket('**/ws/agent', (ws) => {
    latest = ws;
    const tell = (frame: unknown) => {
      if (!world.running) holdFrame(frame);
      ws.send(JSON.stringify(frame));
    };
    ws.onMessage((raw) => {
      const frame = JSON.parse(String(raw));
      if (!world.running) holdFrame(frame);
      if (frame.type === 'resume') {
        for (const [id, from] of Object.entries(frame.data.chats as Record<string, number>)) {
          const played = chats.find((c) => c.head.chat_id === Number(id))!;
          played.rows.forEach((row, i) => i >= from && tell({ type: row.type, chat_id: Number(id), seq: i + 1, at: row.at, data: row.data }));
        }
      }
      if (frame.type === 'watch' && world.boards) tell({ type: 'snapshot', data: { topic: frame.data.topic, rev: 1, rows: world.boards[frame.data.topic as 'chats'] } });
      if (frame.type !== 'ping') tell({ type: 'ok', id: frame.id, data: frame.type === 'follow' ? world.chats?.find((c) => c.head.chat_id === frame.chat_id)?.head : undefined });
    });
    if (world.silent) return;
    tell({
      type: 'hello',
      data: { agent: { ...noor, email }, status: world.status ?? 'available', status_since: ago(42, 10), server_time: now.toISOString(), limit: 6, chats: chats.map((c) => c.head), offers: world.offers ?? [], wrap_ups: [] },
    });
  });
  return {
    tell: (frame) => {
      if (!world.running) holdFrame(frame);
      latest!.send(JSON.stringify(frame));
    },
    close: (code, reason) => latest!.close({ code, reason }),
  };
}

const simulator = {
  numbers: [
    { e164: '+18885550100', label: 'Support line', capabilities: ['inbound', 'outbound'] },
    { e164: '+18885550120', label: 'Billing line', capabilities: ['inbound', 'outbound'] },
  ],
  handsets: [
    { number: '+14155550142', name: 'Marisol Vega' },
    { number: '+12125550107', name: 'Priya Raman' },
    { number: '+16465550118', name: 'Luca Bianchi' },
    { number: '+16465550133', name: 'Ada Osei' },
  ],
};

const me = '+14155550142';
const line = '+18885550100';
const said = (n: number, direction: 'in' | 'out', body: string, at: string) => ({
  id: `SM${n}`,
  at,
  from: direction === 'in' ? me : line,
  to: direction === 'in' ? line : me,
  text: body,
  segments: 1,
  media: null,
  direction,
  status: 'delivered',
});
const phoneTexts = [
  said(1, 'in', 'Hi, a mug from my order arrived chipped', ago(11, 30)),
  said(2, 'out', 'What is it about?\n1 Orders\n2 Returns\n3 Billing', ago(11, 29)),
  said(3, 'in', '2', ago(11, 10)),
  said(4, 'out', 'Returns\n1 Damaged item\n2 Wrong item\n3 Refund status', ago(11, 9)),
  said(5, 'in', '1', ago(11, 1)),
  said(6, 'out', 'Hi Marisol, Noor here. So sorry about the mug. Could you send a photo of the chip and of the label on the box?', ago(9, 20)),
  said(7, 'in', 'Here you go. Box looks fine, just the mug', ago(6, 5)),
  said(8, 'out', 'Thank you, that is clear. I can send a replacement today or refund $24.00. Which would you like?', ago(4, 2)),
  said(9, 'in', "Replacement please! Will it make it by Friday? It's a birthday gift 🎁", ago(0, 38)),
];
const traceEvents = phoneTexts.flatMap((x, i) => [
  { n: 3 * i + 1, at: x.at, kind: x.direction === 'in' ? 'text_in' : 'text_out', id: x.id, from: x.from, to: x.to, text: x.text, segments: 1, ms: 0 },
  x.direction === 'in'
    ? { n: 3 * i + 2, at: x.at, kind: 'webhook', id: x.id, from: x.from, to: x.to, status: 200, ms: 8.4 + i }
    : { n: 3 * i + 2, at: x.at, kind: 'receipt', id: x.id, from: x.from, to: x.to, receipt: 'delivered', status: 204, ms: 3.1 },
]);
