// Every address of the console in each of its named states, on the real server with its simulated carrier: what the
// accessibility check (states.spec.ts) and the pictures (shots.ts) look at. A request is intercepted only to keep an answer
// away or to make it a failure; the desk's moments that pass by themselves are played (played.ts).
import { expect, type BrowserContext, type Page } from '@playwright/test';
import type { Ground } from './ground.ts';
import { play, type PlayedSocket } from './played.ts';
import { playedStates } from './playedStates.ts';
import type { Demo } from './server.ts';

export type Who = 'nobody' | 'agent' | 'manager' | 'admin';

export const families = ['lists', 'people', 'forms', 'queues', 'supervisor', 'desk', 'shell'] as const;

export interface State {
  family: (typeof families)[number];
  name: string;
  path: string | ((ground: Ground) => string);
  as?: Who; // admin, unless it says otherwise
  waits?: RegExp; // the answers that do not come
  fails?: RegExp; // the answers that are failures
  empty?: RegExp; // the lists that have nothing in them
  act?: (page: Page, ground: Ground) => Promise<unknown>;
  pictured?: true; // and not checked besides: another state has the same parts, or a story of its own looks at them
  lang?: string; // the reader's, English else
  connecting?: true; // the socket says nothing
  ready: string; // a text that is there when the state is; none while the page loads
  played?: (page: Page) => Promise<unknown>;
}

type Named = Omit<State, 'family'>;

const named = (page: Page, role: 'button' | 'link' | 'menuitem' | 'treeitem' | 'switch', name: string | RegExp) => page.getByRole(role, { name }).first();
// meanwhile lets somebody else have saved: the next answers have their change.
async function meanwhile<T extends object>(page: Page, of: RegExp, change: (thing: T) => unknown): Promise<void> {
  await page.route(of, async (r) => {
    if (r.request().method() !== 'GET') return r.fallback();
    const answer = (await (await r.fetch()).json()) as object;
    JSON.stringify(answer, (_, v: unknown) => (typeof v === 'object' && v !== null && change(v as T), v));
    await r.fulfill({ json: answer });
  });
}

const damaged = (g: Ground) => `/admin/queues/${g.queue('Support › Returns › Damaged item')}`;

// A list of the administration: how it is, comes, fails, is filtered to nothing, is not for everybody.
interface List {
  id: string;
  api: RegExp;
  ready: string;
  add?: string; // the button that opens the dialog of a new one
  empty?: string; // what the page says when there is none
  filter?: boolean;
  one?: string | RegExp; // a row's button, which opens it
}

const lists: readonly List[] = [
  { id: 'numbers', api: /console\/numbers$/, ready: 'Support line', add: 'Add numbers', empty: 'No numbers yet', filter: true },
  { id: 'shortcuts', api: /console\/shortcuts/, ready: 'tracking', add: 'Add', empty: 'no shortcuts', filter: true },
  { id: 'carriers', api: /console\/carrier-accounts$/, ready: 'Sends', add: 'Add an account', empty: 'No carrier account yet' },
  { id: 'users', api: /console\/users/, ready: 'Noor Haddad', add: 'Add a user', filter: true, one: 'Noor Haddad' },
  { id: 'teams', api: /console\/teams$/, ready: 'Returns desk', add: 'Add a team', empty: 'There are no teams yet', filter: true, one: 'Returns desk' },
  { id: 'presets', api: /console\/presets/, ready: 'Photo wanted', add: 'Add a preset', empty: 'There are no presets yet', filter: true },
  { id: 'tokens', api: /console\/tokens/, ready: 'Order system', add: 'Create a token', empty: 'No program has a token yet', filter: true, one: 'Order system' },
  { id: 'consent', api: /console\/consent/, ready: '+1 (415) 555-0154', empty: 'Nobody has opted in or out yet', filter: true },
  { id: 'blocklist', api: /console\/blocklist/, ready: 'Threats', add: 'Block a number', empty: 'No number is blocked', filter: true },
  { id: 'audit', api: /console\/audit/, ready: 'Ines Marchetti', empty: 'Nothing was changed yet' },
];

const ofLists: Named[] = lists.flatMap(({ id, api, ready, add, empty, filter, one }): Named[] => [
  { name: id, path: `/admin/${id}`, ready },
  { name: `${id}-loading`, path: `/admin/${id}`, waits: api, ready: '' },
  { name: `${id}-failed`, path: `/admin/${id}`, fails: api, ready: 'Try again' },
  ...(add ? [{ name: `${id}-add`, path: `/admin/${id}`, act: (page: Page) => named(page, 'button', add).click(), ready: 'Cancel' }] : []),
  ...(empty ? [{ name: `${id}-empty`, path: `/admin/${id}`, empty: api, ready: empty }] : []),
  ...(filter ? [{ name: `${id}-filtered`, path: `/admin/${id}`, act: (page: Page) => page.getByRole('searchbox').fill('nobody has this'), ready: 'Clear the filter' }] : []),
  ...(one ? [{ name: `${id}-one`, path: `/admin/${id}`, act: (page: Page) => named(page, 'button', one).click(), ready }] : []),
]);

const more: Named[] = [
  { name: 'consent-listed', path: '/admin/consent', act: (page) => named(page, 'button', 'Do not contact').click(), ready: '+1 (415) 555-0192' },
  ...(['list', 'flags'] as const).flatMap((view): Named[] => {
    const api = view === 'list' ? /console\/do-not-contact/ : /console\/consent\/flags/;
    return [
      { name: `consent-${view}-loading`, path: `/admin/consent/${view}`, waits: api, ready: '' },
      { name: `consent-${view}-failed`, path: `/admin/consent/${view}`, fails: api, ready: 'Try again' },
      { name: `consent-${view}-empty`, path: `/admin/consent/${view}`, empty: api, ready: view === 'list' ? 'Everybody may be texted' : 'Nothing to decide' },
    ];
  }),
  { name: 'consent-list-filtered', path: '/admin/consent/list?q=999', ready: 'Clear the filter' },
  { name: 'consent-read-only', path: '/admin/consent/list', as: 'manager', ready: '+1 (415) 555-0192' },
  { name: 'users-read-only', path: '/admin/users', as: 'manager', ready: 'Noor Haddad' },
  { name: 'numbers-read-only', path: '/admin/numbers', as: 'manager', ready: 'Support line' },
  { name: 'numbers-no-permission', path: '/admin/numbers', as: 'agent', ready: 'manager, admin or developer' },
  { name: 'audit-no-permission', path: '/admin/audit', as: 'manager', ready: 'It needs the role admin' },
  { name: 'consent-to-decide', path: '/admin/consent', act: (page) => named(page, 'button', 'To decide').click(), ready: 'please cancel my order' },
  {
    name: 'users-conflict',
    path: '/admin/users',
    act: async (page) => {
      await named(page, 'button', 'Noor Haddad').click();
      await page.getByRole('dialog').getByLabel('Chats at a time').fill('4');
      await page.getByRole('dialog').getByRole('checkbox', { name: 'Manager' }).check();
      await meanwhile(page, /console\/users\/\d+$/, (u: { chat_limit?: number | null; roles?: string[] }) => u.roles && Object.assign(u, { chat_limit: 8, roles: ['agent', 'developer'] }));
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    },
    ready: 'Take theirs',
  },
  { name: 'audit-filtered', path: '/admin/audit?about=tenant&from=2020-01-01&to=2020-01-02', ready: 'Clear the filter' },
  {
    name: 'tokens-made',
    path: '/admin/tokens',
    act: async (page) => {
      await page.route(/console\/tokens$/, (r) => (r.request().method() === 'POST' ? r.fulfill({ status: 201, json: { token: { id: 90, name: 'Shop', scopes: ['sms'], last4: '9fQz', disabled: false, created_at: '2026-11-21T18:42:31Z' }, secret: 'st_1_0Zs3cJ8hQm5xR2vK7pL4nT9wB6dF1gY8aE3uH5iO9fQz' } }) : r.fallback()));
      await named(page, 'button', 'Create a token').click();
      await page.getByRole('dialog').getByLabel('Name').fill('Shop');
      await page.getByRole('dialog').getByRole('checkbox').first().check();
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    },
    ready: 'st_1_0Zs3cJ8h',
  },
  { name: 'shortcuts-one', path: '/admin/shortcuts', act: (page) => named(page, 'button', '/tracking').click(), ready: 'Cancel' },
  { name: 'carriers-one', path: '/admin/carriers', act: (page) => page.getByRole('table', { name: 'Carriers' }).getByRole('button').first().click(), ready: 'Test the credentials' },
  {
    name: 'shortcuts-file-refused',
    path: '/admin/shortcuts',
    act: async (page) => {
      await named(page, 'button', 'Import CSV').click();
      await page.getByRole('dialog').getByLabel('Or paste the lines here').fill('keyword,text\nbad keyword,Hello');
      await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
    },
    ready: 'Nothing was taken.',
  },
];

// The forms of the administration.
const forms: Named[] = [
  { name: 'hours', path: '/admin/hours', ready: 'Hours of operation' },
  {
    name: 'hours-wrong',
    path: '/admin/hours',
    act: async (page) => {
      await named(page, 'button', 'Set hours').click();
      await page.getByLabel('Monday, opens').fill('18');
      await page.getByLabel('Monday, opens').blur();
    },
    ready: 'It closes before it opens.',
  },
  { name: 'texts', path: '/admin/texts', ready: 'Greeting' },
  { name: 'texts-editing', path: '/admin/texts', act: (page) => named(page, 'button', 'Edit Greeting').click(), ready: 'Support contact' },
  { name: 'commands', path: '/admin/commands', act: (page) => page.getByLabel('A customer texts').fill('stop'), ready: 'Protected words' },
  { name: 'settings', path: '/admin/settings', ready: 'Retention' },
  { name: 'settings-filtered', path: '/admin/settings', act: (page) => page.getByRole('searchbox').fill('nobody has this'), ready: 'Clear the filter' },
  { name: 'settings-refused', path: '/admin/settings', act: (page) => page.getByLabel('Quiet chat').fill('99999'), ready: 'Fix 1 problem to save' },
  ...['hours', 'texts', 'commands', 'settings'].flatMap((id): Named[] => [
    { name: `${id}-loading`, path: `/admin/${id}`, waits: /console\/settings$/, ready: '' },
    { name: `${id}-failed`, path: `/admin/${id}`, fails: /console\/settings$/, ready: 'Try again' },
  ]),
  { name: 'settings-read-only', path: '/admin/settings', as: 'manager', ready: 'You may look, not change' },
  { name: 'no-permission', path: '/admin/settings', as: 'agent', ready: 'You may not see this page' },
  { name: 'no-page', path: '/admin/nothing', ready: 'There is no such page' },
];

const signIn: Named[] = [
  { name: 'sign-in', path: '/admin/sign-in', ready: 'Redirect address' },
  { name: 'sign-in-loading', path: '/admin/sign-in', waits: /console\/sign-in$/, ready: '' },
  { name: 'sign-in-failed', path: '/admin/sign-in', fails: /console\/sign-in$/, ready: 'Try again' },
  { name: 'sign-in-edited', path: '/admin/sign-in', act: (page) => page.getByLabel('Issuer').fill('https://id.fernhill.example'), ready: 'unsaved change' },
];

const queues: Named[] = [
  { name: 'queues', path: '/admin/queues', ready: 'Damaged item' },
  { name: 'queues-loading', path: '/admin/queues', waits: /console\/queues$/, ready: '' },
  { name: 'queues-failed', path: '/admin/queues', fails: /console\/queues$/, ready: 'Try again' },
  { name: 'queues-empty', path: '/admin/queues', empty: /console\/queues$/, ready: 'Create your first queue' },
  { name: 'queues-read-only', path: damaged, as: 'manager', ready: 'What customers see' },
  {
    name: 'queue',
    path: damaged,
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Keywords' }).fill('chipped,cancel,');
      await page.getByLabel('Not answered within hours').or(page.locator('[data-key=unanswered_in_hours] input')).first().fill('15');
    },
    ready: 'unsaved change',
  },
  { name: 'queue-menu', path: (g) => `/admin/queues/${g.queue('Support › Returns')}`, ready: 'What customers see' },
  {
    name: 'queue-refused',
    path: damaged,
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Keywords' }).fill('cancel,');
      await page.keyboard.press('Control+s');
    },
    ready: 'protected word',
  },
  {
    name: 'queue-leaving',
    path: damaged,
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Keywords' }).fill('chipped,');
      if (page.viewportSize()!.width < 720) await named(page, 'button', 'All queues').click();
      else await named(page, 'treeitem', /Billing/).click();
    },
    ready: 'Leave without saving?',
  },
  {
    name: 'queue-conflict',
    path: damaged,
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Keywords' }).fill('chipped,');
      await page.locator('[data-key=offer_timeout] input').fill('33');
      await meanwhile(page, /console\/queues$/, (q: { name?: string; keywords?: string[] }) => q.name === 'Damaged item' && (q.keywords = ['broken', 'dented']));
      await meanwhile(page, /queues\/\d+\/settings$/, (s: { key?: string }) => s.key === 'offer_timeout' && Object.assign(s, { value: 45, source: 'queue', queue: { id: Number(/queues\/(\d+)/.exec(page.url())![1]), name: 'Damaged item', path: 'Damaged item' }, changed: { at: '2026-11-21T18:38:00Z', by: { id: 2, name: 'Ruth Adeyemi', email: 'ruth@fernhill.example' } } }));
      await page.keyboard.press('Control+s');
    },
    ready: 'Keep mine',
  },
  ...(['move', 'copy'] as const).map((what): Named => ({
    name: `queue-${what}`,
    path: damaged,
    act: async (page) => {
      await page.getByRole('main', { name: 'Damaged item' }).getByRole('button', { name: 'More for Damaged item' }).click();
      await named(page, 'menuitem', what === 'move' ? 'Move to another place' : 'Copy to another channel').click();
    },
    ready: 'Cancel',
  })),
  { name: 'queue-add', path: '/admin/queues', act: (page) => named(page, 'button', 'Add').click(), ready: 'Add a queue' },
  {
    name: 'queue-delete',
    path: (g) => `/admin/queues/${g.queue('Support › Billing')}`,
    act: async (page) => {
      await named(page, 'button', 'More for Billing').click();
      await named(page, 'menuitem', 'Delete').click();
    },
    ready: 'Delete Billing?',
  },
];

const number: Named[] = [
  { name: 'number', path: '/admin/numbers', act: (page) => named(page, 'button', '+1 (415) 555-0177').click(), ready: 'Segments a second' },
  {
    name: 'numbers-verifying',
    path: '/admin/numbers',
    waits: /numbers\/verify$/,
    act: async (page) => {
      await page.getByText('Support line').waitFor();
      await page.getByRole('checkbox', { name: 'Select all' }).check();
      await named(page, 'button', /^Verify \d/).click();
    },
    ready: 'Asking the carrier',
  },
];

const supervisor: Named[] = [
  { name: 'monitor-live', path: '/monitor', as: 'manager', ready: 'Live monitor' },
  { name: 'monitor-no-permission', path: '/monitor', as: 'agent', ready: 'You may not see' },
  { name: 'desk-no-permission', path: '/desk', as: 'admin', ready: 'You may not see' },
  { name: 'history-own', path: '/history/chats', as: 'agent', ready: 'The chats that are yours' },
  { name: 'history-empty', path: '/history/chats', as: 'manager', empty: /console\/chats/, ready: 'No chat' },
  { name: 'history-why', path: (g) => `/history/chats/${g.chat}`, as: 'manager', act: (page) => named(page, 'button', 'Why').click(), ready: 'opened the chat' },
  { name: 'history-chat-failed', path: (g) => `/history/chats/${g.chat}`, as: 'manager', fails: /transcript/, ready: 'Try again' },
  { name: 'history', path: '/history/chats', as: 'manager', ready: '+1 (415) 555-0151' },
  { name: 'history-loading', path: '/history/chats', as: 'manager', waits: /console\/chats/, ready: '' },
  { name: 'history-failed', path: '/history/chats', as: 'manager', fails: /console\/chats/, ready: 'Try again' },
  { name: 'history-filtered', path: '/history/chats?q=nobody', as: 'manager', ready: 'nobody' },
  { name: 'history-chat', path: (g) => `/history/chats/${g.chat}`, as: 'manager', ready: 'Where is my invoice' },
];

// In the other language of the console.
const spanish: Named[] = [
  { name: 'settings-es', path: '/admin/settings', ready: 'Plazos' },
  { name: 'queue-es', path: damaged, ready: 'Nombre en el menú' },
  { name: 'queues-es', path: '/admin/queues', ready: 'Billing' },
  { name: 'numbers-es', path: '/admin/numbers', ready: 'Support line' },
  { name: 'users-es', path: '/admin/users', ready: 'Noor Haddad' },
  { name: 'consent-es', path: '/admin/consent', ready: '+1 (415) 555-0154' },
  { name: 'audit-es', path: '/admin/audit', ready: 'Ines Marchetti' },
  { name: 'texts-es', path: '/admin/texts', ready: 'Editar' },
  { name: 'history-es', path: '/history/chats', as: 'manager' as const, ready: '+1 (415) 555-0151' },
].map((s) => ({ ...s, lang: 'es', pictured: true as const }));

const personal: Named[] = [
  { name: 'me-agent', path: '/me', as: 'agent', ready: 'Noor Haddad' },
];

const played: Named[] = playedStates.map((s) => {
  let socket: PlayedSocket;
  return {
    name: s.name,
    path: s.path,
    as: 'nobody',
    ready: s.ready,
    ...(s.pictured && { pictured: s.pictured }),
    ...(s.world.silent && { connecting: true as const }),
    played: async (page) => (socket = await play(page, s.world)),
    ...(s.act && { act: (page: Page) => s.act!(page, socket) }),
  };
});

const family = (family: State['family'], all: readonly Named[]): State[] => all.map((s) => ({ family, ...s }));

const ofPeople = /^(users|teams|tokens|consent|blocklist|audit)/;
const allLists = [...ofLists, ...more, ...number];
const ofShell = /^(login|password|setup|me|keys|palette|menu|simulator)/;

export const states: readonly State[] = distinct([
  ...family('lists', allLists.filter((s) => !ofPeople.test(s.name))),
  ...family('people', allLists.filter((s) => ofPeople.test(s.name))),
  ...family('forms', [...forms, ...signIn]),
  ...family('queues', queues),
  ...family('supervisor', [...supervisor, ...spanish]),
  ...family('desk', played.filter((s) => !ofShell.test(s.name))),
  ...family('shell', [...personal, ...played.filter((s) => ofShell.test(s.name))]),
]);

// distinct lets no picture be another's.
function distinct(all: State[]): State[] {
  const again = all.filter((s, i) => all.findIndex((other) => other.name === s.name) !== i);
  if (again.length > 0) throw new Error(`two states are named ${again.map((s) => s.name).join(', ')}`);
  return all;
}

// baselines are the pictures that a later one is compared with.
export const baselines: readonly string[] = [
  ...['queue', 'simulator', 'desk', 'monitor'].flatMap((name) => [`${name}-desktop-light`, `${name}-desktop-dark`]),
  ...['queue', 'numbers', 'settings', 'users', 'monitor', 'desk', 'desk-list', 'setup-tree'].map((name) => `${name}-phone-light`),
  ...['queues', 'queues-empty', 'hours-wrong', 'numbers', 'numbers-failed', 'settings', 'login'].map((name) => `${name}-desktop-light`),
  'desk-reconnecting-desktop-dark',
].map((name) => `${name}.png`);

// Room keeps one context a person, and a fresh one for each played state, which must not find the drafts of another.
export class Room {
  private readonly contexts = new Map<Who, BrowserContext>();

  constructor(private readonly make: (who: Who) => Promise<BrowserContext>) {}

  // visit gives a state a page, and closes what was for it alone.
  async visit(state: State, use: (page: Page) => Promise<void>): Promise<void> {
    const who = state.as ?? 'admin';
    const context = (!state.played && this.contexts.get(who)) || (await this.make(who));
    if (!state.played) this.contexts.set(who, context);
    const page = await context.newPage();
    try {
      await use(page);
    } finally {
      await (state.played ? context : page).close();
    }
  }

  async close(): Promise<void> {
    for (const c of this.contexts.values()) await c.close();
  }
}

// signedIn gives a context the session of a person of the demo.
export async function signedIn(context: BrowserContext, demo: Demo, who: Who): Promise<void> {
  if (who === 'nobody') return;
  const { email, password } = who === 'agent' ? demo.facts.agents[0]! : demo.facts[who];
  const answer = await context.request.post('/api/console/session', { headers: { 'X-Sidetone': 'console' }, data: { email, password } });
  expect(answer.ok()).toBe(true);
}

// reach brings a page into a state.
export async function reach(page: Page, state: State, ground: Ground): Promise<void> {
  page.setDefaultTimeout(90_000); // what is not there then does not come, on a slow machine either
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await state.played?.(page);
  if (state.lang) {
    await page.route(/\/api\/console\/session$/, async (r) => {
      const session = (await (await r.fetch()).json()) as { preferences?: object };
      await r.fulfill({ json: { ...session, preferences: { ...session.preferences, lang: state.lang } } });
    });
  }
  if (state.waits) await page.route(state.waits, () => {});
  if (state.fails) await page.route(state.fails, (r) => r.fulfill({ status: 503, json: { code: 'unavailable', message: 'The database does not answer', request_id: 'req-7f3a91' } }));
  if (state.empty) await page.route(state.empty, async (r) => r.fulfill({ json: emptied(await (await r.fetch()).json()) }));
  const asked = state.waits && page.waitForRequest(state.waits);
  await page.goto(typeof state.path === 'string' ? state.path : state.path(ground));
  await state.act?.(page, ground);
  await asked; // by the page itself, which is there by now
  if (state.lang) await expect(page.locator('html')).toHaveAttribute('lang', state.lang);
  if (state.ready) await expect(page.getByText(state.ready).filter({ visible: true }).first()).toBeVisible();
  else await expect(page.locator('main :is([role=status], [aria-busy=true])').first()).toBeVisible();
  if (!state.waits && !state.connecting) await expect(page.locator('main :is([aria-busy=true], [class*=skeleton])')).toHaveCount(0);
}

// emptied is an answer with nothing in its lists.
function emptied(answer: unknown): unknown {
  if (Array.isArray(answer)) return [];
  if (typeof answer !== 'object' || answer === null) return answer;
  return Object.fromEntries(Object.entries(answer).map(([k, v]) => [k, Array.isArray(v) ? [] : k === 'total' ? 0 : v]));
}
