// The named states that are played (played.ts): what the server and the socket say in each, and what is done then.
import type { Page } from '@playwright/test';
import { boards, quiet } from './boards.ts';
import { ago, event, marisol, masked, noor, now, offer, others, text, type PlayedSocket, type World } from './played.ts';

export interface PlayedState {
  name: string;
  path: string;
  world: World;
  act?: (page: Page, socket: PlayedSocket) => Promise<void>;
  ready: string; // a text that is there when the state is
  pictured?: true; // and not checked besides (states.ts)
}

const openMenu = (page: Page) => page.getByRole('button', { name: 'More' }).click();

const draft = "Yes. It ships today with 2-day delivery, so it should reach you Thursday. I’ll text the tracking link within the hour.";

const provider = { label: 'Continue with Fernhill' };
const firstRun: World = { session: false, setup: true };
const invitation = '/setup#pmDN1hLw6mqsuG0cPpMmoL1bYlkVgWRcpJ7JXLv1UPo';

async function signInWrong(page: Page): Promise<void> {
  await page.getByLabel('Email').fill('noor@fernhill.example');
  await page.getByLabel('Password').fill('wrong');
  await page.keyboard.press('Enter');
}

// The questions of the first run and what somebody answers, in their order.
const answers = {
  company: { question: 'Company name', type: 'Fernhill Home' },
  name: { question: 'Your name', type: 'Ines Marchetti' },
  email: { question: 'Your email', type: 'ines@fernhill.example' },
  password: { question: 'Your password', type: 'correct horse battery' },
  carrier: { question: 'Simulated carrier', choose: /Simulated carrier/ },
  number: { question: 'The number that customers text' },
  tree: { question: 'A shop', choose: /^A shop/ },
  zone: { question: 'Time zone' },
  lang: { question: 'English', choose: /^English/ },
  more: { question: 'Español' },
} satisfies Record<string, { question: string; type?: string; choose?: RegExp }>;

// answerUntil answers the questions of the first run that come before one, or all.
async function answerUntil(page: Page, step: keyof typeof answers | 'done'): Promise<void> {
  for (const [name, a] of Object.entries(answers) as [keyof typeof answers, { question: string; type?: string; choose?: RegExp }][]) {
    await page.getByText(a.question).first().waitFor();
    if (name === step) return;
    if (a.type) await page.getByLabel(a.question).fill(a.type);
    if (a.choose) await page.getByRole('radio', { name: a.choose }).check();
    await page.locator('form').getByRole('button', { name: /^(Next|Set up)$/ }).click();
  }
}

export const playedStates: readonly PlayedState[] = [
  { name: 'monitor', path: '/monitor', world: { boards }, ready: 'Theo Lindqvist' },
  { name: 'monitor-future', path: '/monitor?section=future', world: { boards }, ready: 'Is anybody there?' },
  { name: 'monitor-chat', path: '/monitor/chats/2415', world: { boards, chats: [marisol()] }, ready: 'Here you go. Box looks fine, just the mug' },
  { name: 'monitor-quiet', path: '/monitor', world: { boards: quiet }, ready: 'Quiet.' },
  {
    name: 'monitor-nothing-found',
    path: '/monitor',
    world: { boards },
    act: (page) => page.getByRole('searchbox').fill('Nobody'),
    ready: 'Clear',
  },
  { name: 'monitor-loading', path: '/monitor', world: { silent: true }, ready: '' },
  {
    name: 'monitor-stale',
    path: '/monitor',
    world: { boards },
    act: async (page, socket) => {
      await page.getByText('Theo Lindqvist').first().waitFor();
      await page.routeWebSocket('**/ws/agent', (ws) => void ws.close({ code: 1011 }));
      await socket.close(1011);
      await page.clock.setFixedTime(new Date(now.getTime() + 14_000));
    },
    ready: 'Last update',
  },
  {
    name: 'monitor-paused',
    path: '/monitor',
    world: { boards },
    act: async (page) => {
      await page.getByText('Theo Lindqvist').first().waitFor();
      await page.getByRole('button', { name: 'Pause' }).click();
    },
    ready: 'Paused.',
  },
  { name: 'monitor-agents', path: '/monitor?tab=agents', world: { boards }, ready: 'Bea Castillo' },
  { name: 'monitor-queues', path: '/monitor?tab=queues', world: { boards }, ready: 'Damaged item' },
  { name: 'monitor-wall', path: '/monitor/wall', world: { boards }, ready: 'Wallboard' },
  { name: 'login', path: '/login', world: { session: false }, ready: 'Sign in' },
  {
    name: 'login-wrong',
    path: '/login',
    world: { session: false },
    act: signInWrong,
    ready: 'Email or password is wrong. Check both and try again.',
  },
  { name: 'login-throttled', path: '/login', world: { session: false, refusal: { status: 429, message: 'Too many failed attempts. Try again in 30 seconds.', code: 'rate_limited' } }, act: signInWrong, ready: 'Too many failed attempts.' },
  { name: 'login-unreachable', path: '/login', world: { session: false, refusal: { status: 503, message: 'The database does not answer', code: 'unavailable' } }, act: signInWrong, ready: 'The server did not answer' },
  { name: 'login-provider', path: '/login', world: { session: false, ways: { passwords: true, provider } }, ready: provider.label },
  { name: 'login-provider-only', path: '/login', world: { session: false, ways: { passwords: false, provider } }, ready: provider.label },
  { name: 'login-provider-refused', path: '/login?problem=refused', world: { session: false, ways: { passwords: true, provider } }, ready: 'you have no account here' },
  { name: 'password-given', path: '/desk', world: { mustChange: true }, ready: 'password' },
  {
    name: 'password-short',
    path: '/password',
    world: {},
    act: async (page) => {
      const fields = page.locator('input[type=password]');
      await fields.first().fill('what it was');
      await fields.last().fill('short');
      await page.keyboard.press('Enter');
    },
    ready: '8 characters',
  },
  { name: 'setup-token', path: '/setup', world: firstRun, act: async (page) => (await page.getByLabel('Set-up token').fill('none-of-this-installation'), page.keyboard.press('Enter')), ready: 'not the token of this installation' },
  { name: 'setup', path: invitation, world: firstRun, ready: 'Company name' },
  { name: 'setup-company-refused', path: invitation, world: firstRun, act: async (page) => (await page.getByLabel('Company name').waitFor(), page.keyboard.press('Enter')), ready: 'A name has 1 to 200 characters' },
  ...(['name', 'email', 'password', 'carrier', 'number', 'tree', 'zone', 'lang', 'more'] as const).map((step) => ({ name: `setup-${step}`, path: invitation, world: firstRun, act: (page: Page) => answerUntil(page, step), ready: answers[step].question, pictured: true as const })),
  {
    name: 'setup-twilio',
    path: invitation,
    world: firstRun,
    act: async (page) => {
      await answerUntil(page, 'carrier');
      await page.getByRole('radio', { name: /Twilio/ }).press('Space');
      await page.keyboard.press('Enter');
    },
    ready: 'Account SID',
  },
  { name: 'setup-done', path: invitation, world: firstRun, act: (page) => answerUntil(page, 'done'), ready: 'is ready' },
  { name: 'me', path: '/me', world: {}, ready: 'Sounds and notifications' },
  { name: 'me-keys', path: '/me#keys', world: {}, ready: 'Answer the offer' },
  { name: 'me-key-change', path: '/me#keys', world: {}, act: (page) => page.getByRole('button', { name: 'Change the key of: Answer the offer', exact: true }).click(), ready: 'Press the new key' },
  {
    name: 'me-key-clash',
    path: '/me#keys',
    world: {},
    act: async (page) => {
      await page.getByRole('button', { name: 'Change the key of: Answer the offer', exact: true }).click();
      await page.getByLabel('Press the new key').waitFor();
      await page.keyboard.press('d');
      await page.keyboard.press('Enter');
    },
    ready: 'Decline the offer',
  },
  { name: 'me-appearance', path: '/me#appearance', world: {}, ready: 'Comfortable' },
  { name: 'me-sessions', path: '/me#sessions', world: {}, ready: 'this browser' },
  { name: 'me-es', path: '/me', world: { lang: 'es' }, ready: 'Sonidos y notificaciones', pictured: true },
  { name: 'desk-es', path: '/desk/2415', world: { lang: 'es', chats: [marisol(), ...others()], offers: [offer] }, ready: 'Replacement please!', pictured: true },
  { name: 'monitor-es', path: '/monitor', world: { lang: 'es', boards }, ready: 'Theo Lindqvist', pictured: true },
  { name: 'simulator-es', path: '/simulator', world: { lang: 'es' }, ready: 'Marisol Vega', pictured: true },
  { name: 'desk-empty', path: '/desk', world: {}, ready: 'No chats. You are available; the next one appears here.' },
  { name: 'desk-away', path: '/desk', world: { status: 'missed_chat' }, ready: 'Go available' },
  { name: 'desk-loading', path: '/desk', world: { silent: true }, ready: 'My chats' },
  { name: 'desk-loading-chat', path: '/desk/2415', world: { silent: true }, ready: '' },
  { name: 'desk-list', path: '/desk', world: { chats: [marisol(), ...others()], offers: [offer] }, ready: 'Incoming chat' },
  {
    name: 'desk',
    path: '/desk/2415',
    world: { chats: [marisol(), ...others()], offers: [offer] },
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Text to Marisol Vega' }).fill(draft);
    },
    ready: 'makes this a Unicode text',
  },
  {
    name: 'desk-wrap-up',
    path: '/desk/2415',
    world: { chats: [marisol(), ...others()] },
    act: async (page, socket) => {
      await page.getByRole('textbox', { name: 'Text to Marisol Vega' }).waitFor();
      socket.tell({ type: 'chat_removed', chat_id: 2415, data: { why: 'ended', by: 'disconnected_by_agent', reason: 'nothing', wrap_up: { until: new Date(now.getTime() + 48_000).toISOString(), dispositions: ['Solved', 'Replacement', 'Refund', 'Wrong number', 'Other'] } } });
    },
    ready: 'What was it about?',
  },
  {
    name: 'desk-offer-lost',
    path: '/desk',
    world: { chats: [marisol(), ...others()], offers: [offer] },
    act: async (page, socket) => {
      await page.getByRole('heading', { name: 'Incoming chat' }).waitFor();
      socket.tell({ type: 'offer_withdrawn', chat_id: 2420, data: { why: 'taken', by: 'Ravi Mehta' } });
    },
    ready: 'Ravi Mehta answered it',
  },
  {
    name: 'desk-flag',
    path: '/desk/2415',
    world: { chats: [marisol([text('end_user', 'when does it end, please cancel my order', ago(0, 12)), event('flag', ago(0, 12))], { flag: true }), ...others()] },
    ready: 'Reads like a request to stop',
  },
  {
    name: 'desk-opted-out',
    path: '/desk/2415',
    world: {
      chats: [
        marisol([
          text('end_user', 'STOP', ago(0, 20)),
          event('opted_out', ago(0, 20)),
          text('system', 'Fernhill: you are opted out and will receive no further texts. Reply START to opt in again.', ago(0, 20), { kind: 'stop_confirmation' }),
          event('ended', ago(0, 20), { by: 'disconnected_by_end_user', reason: 'end_user_opt_out' }),
        ]),
        ...others(),
      ],
    },
    ready: 'opted out of texts',
  },
  {
    name: 'desk-failed',
    path: '/desk/2415',
    world: {
      chats: [
        marisol([
          text('agent', 'It ships today and should reach you Thursday.', ago(0, 30), { status: 'undelivered', user: noor, error: { code: '30003', text: 'The phone was switched off or out of reach', retryable: true } }),
          text('agent', 'Did you get my last text?', ago(0, 20), { status: 'sending', user: noor, error: { code: 'uncertain', text: 'No answer from the carrier', retryable: false } }),
        ]),
        ...others(),
      ],
    },
    ready: 'Not delivered',
  },
  {
    name: 'desk-reconnecting',
    path: '/desk/2415',
    world: { chats: [marisol(), ...others()], offers: [offer] },
    act: async (page, socket) => {
      const box = page.getByRole('textbox', { name: 'Text to Marisol Vega' });
      await box.waitFor();
      await page.routeWebSocket('**/ws/agent', (ws) => void ws.close({ code: 1011 }));
      await socket.close(1011);
      await page.clock.setFixedTime(new Date(now.getTime() + 14_000));
      await box.fill('Let me check the delivery date for you.');
      await box.press('Enter');
      await box.fill('It should reach you Thursday');
    },
    ready: 'Connection lost',
  },
  {
    name: 'desk-replaced',
    path: '/desk/2415',
    world: { chats: [marisol()] },
    act: async (page, socket) => {
      await page.getByRole('textbox').waitFor();
      await socket.close(4003);
    },
    ready: 'Your desk is open in another window',
  },
  {
    name: 'keys',
    path: '/desk/2415',
    world: { chats: [marisol(), ...others()] },
    act: async (page) => {
      await page.getByRole('textbox').waitFor();
      await page.keyboard.press('?');
    },
    ready: 'Single letters work when no text field has focus.',
  },
  {
    name: 'palette',
    path: '/desk/2415',
    world: { chats: [marisol(), ...others()] },
    act: async (page) => {
      await page.getByRole('textbox').waitFor();
      await page.keyboard.press('Control+k');
    },
    ready: 'Show all keys',
  },
  {
    name: 'menu-status',
    path: '/desk',
    world: {},
    act: async (page) => page.getByRole('button', { name: 'Your status' }).click(),
    ready: 'Unavailable',
  },
  {
    name: 'menu-bell',
    path: '/desk',
    world: { chats: [marisol([text('agent', 'It ships today.', ago(0, 20), { id: 8999, status: 'sent', user: noor })]), ...others()], offers: [offer] },
    act: async (page, socket) => {
      await page.getByRole('article').waitFor();
      socket.tell({ type: 'offer_withdrawn', chat_id: offer.chat_id, data: { why: 'expired' } });
      socket.tell({ type: 'message_status', chat_id: 2415, data: { id: 8999, status: 'undelivered' } });
      await page.getByRole('button', { name: 'Notifications, 2' }).click();
    },
    ready: 'Missed: ',
  },
  {
    name: 'menu-account',
    path: '/desk',
    world: {},
    act: async (page) => page.getByRole('button', { name: 'Account of' }).click(),
    ready: 'Sign out',
  },
  {
    name: 'desk-shortcuts',
    path: '/desk/2415',
    world: { chats: [marisol(), ...others()], offers: [offer] },
    act: async (page) => {
      const box = page.getByRole('textbox', { name: 'Text to Marisol Vega' });
      await box.focus();
      await page.keyboard.type('/re');
    },
    ready: 'Shortcuts matching “/re”',
  },
  {
    name: 'desk-transfer',
    path: '/desk/2415',
    world: { chats: [marisol(), ...others()] },
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Text to Marisol Vega' }).waitFor();
      await page.keyboard.press('t');
      await page.getByRole('option', { name: /Dana Whitfield/ }).click();
    },
    ready: 'Dana Whitfield is asked.',
  },
  {
    name: 'desk-asking',
    path: '/desk/2415',
    world: { chats: [marisol([], { transfer: { to: { id: 3, name: 'Dana Whitfield' }, until: new Date(now.getTime() + 8000).toISOString() } }), ...others()] },
    ready: 'Dana Whitfield was asked to take this chat.',
  },
  {
    name: 'desk-offer-handed',
    path: '/desk',
    world: { chats: others(), offers: [{ ...offer, transfer: { by: { id: 3, name: 'Dana Whitfield' }, note: 'He asks about order 77' } } as typeof offer] },
    ready: 'Dana Whitfield hands you this chat',
  },
  {
    name: 'desk-new-text',
    path: '/desk',
    world: { chats: others() },
    act: async (page) => {
      await page.getByRole('button', { name: 'New SMS' }).click();
      await page.getByRole('textbox', { name: "Customer's number" }).fill('4155550142');
    },
    ready: 'This is the opt-in text.',
  },
  {
    name: 'desk-filtered',
    path: '/desk',
    world: { chats: [marisol(), ...others()] },
    act: async (page) => {
      await page.getByText('Marisol Vega').first().waitFor();
      await page.keyboard.press('/');
      await page.getByRole('searchbox').fill('nobody has this');
    },
    ready: 'Clear the filter',
  },
  {
    name: 'desk-dismissed',
    path: '/desk',
    world: { chats: others() },
    act: async (page) => page.getByRole('button', { name: 'Laid aside' }).click(),
    ready: 'Let me look for the receipt',
  },
  {
    name: 'desk-past',
    path: '/desk/2415',
    world: { chats: [marisol(), ...others()] },
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Text to Marisol Vega' }).waitFor();
      if (page.viewportSize()!.width < 720) {
        await page.getByRole('button', { name: 'More' }).click();
        await page.getByRole('menuitem', { name: 'Contact and path' }).click();
      }
      await page.getByRole('button', { name: /Where is my order/ }).click();
    },
    ready: 'Where is my order FH-20771?',
  },
  {
    name: 'desk-why',
    path: '/desk/2415',
    world: { chats: [marisol(), ...others()] },
    act: async (page) => {
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitem', { name: 'Why is it here' }).click();
    },
    ready: 'Noor Haddad took the chat.',
  },
  {
    name: 'desk-why-es',
    path: '/desk/2415',
    world: { lang: 'es', chats: [marisol(), ...others()] },
    pictured: true,
    act: async (page) => {
      await page.getByRole('button', { name: 'Más' }).click();
      await page.getByRole('menuitem', { name: 'Por qué está aquí' }).click();
    },
    ready: 'Noor Haddad tomó el chat.',
  },
  {
    name: 'desk-video',
    path: '/desk/2415',
    world: { chats: [marisol([text('end_user', 'It rattles, listen', ago(0, 20), { media: [2, 3].map((id) => ({ id, state: 'ready', type: id === 3 ? 'video/mp4' : 'image/jpeg' })) })]), ...others()] },
    ready: '0:12',
  },
  {
    name: 'desk-turns',
    path: '/desk/2415',
    world: {
      chats: [
        marisol([
          event('transfer', ago(4), { user: noor, to: { id: 3, name: 'Dana Whitfield' }, text: 'She asks about order 77' }),
          event('transfer_failed', ago(3, 50), { user: { id: 3, name: 'Dana Whitfield' }, reason: 'declined' }),
          event('transfer_failed', ago(3, 40), { user: noor, queue: { id: 7, name: 'Billing', path: 'Billing' }, reason: 'closed' }),
          event('dismissed', ago(3), { user: noor }),
          event('queued', ago(2), { queue: { id: 12, name: 'Damaged item', path: 'Returns › Damaged item' } }),
          event('assigned', ago(1, 30), { user: noor }),
        ]),
        ...others(),
      ],
    },
    act: async (page) => {
      await page.getByRole('button', { name: 'More', exact: true }).click();
      await page.getByRole('menuitem', { name: 'Resume history' }).click();
    },
    ready: 'The customer wrote again',
  },
  { name: 'desk-sheet', path: '/desk/2415', world: { chats: [marisol(), ...others()] }, act: openMenu, ready: 'Copy link' },
  { name: 'desk-masked', path: '/desk/2409', world: { chats: masked([marisol(), ...others()]), offers: [{ ...offer, end_user: { id: 2420, number: '+1 ••• ••• 0133' } }] }, ready: '+1 ••• ••• 0164' },
  {
    name: 'desk-reveal',
    path: '/desk/2415',
    world: { chats: masked([marisol(), ...others()]) },
    act: async (page) => {
      await openMenu(page);
      await page.getByRole('menuitem', { name: 'Reveal number' }).click();
      await page.getByRole('dialog').getByLabel('What do you need it for?').press('Enter');
    },
    ready: 'Write a reason first.',
  },
  {
    name: 'desk-photo',
    path: '/desk/2415',
    world: { chats: [marisol(), ...others()] },
    act: (page) => page.getByRole('button', { name: /^Photo/ }).first().click(),
    ready: 'Download',
  },
  { name: 'simulator', path: '/simulator', world: {}, ready: 'Newest first' },
  { name: 'simulator-scripts', path: '/simulator?pane=scripts', world: {}, ready: 'Scripts' },
  { name: 'simulator-text', path: '/simulator', world: {}, act: (page) => page.getByRole('button', { name: /Text from Marisol/ }).first().click(), ready: 'Newest first' },
  { name: 'simulator-handset', path: '/simulator', world: {}, act: (page) => page.getByRole('button', { name: 'Handset', exact: true }).click(), ready: 'Add' },
];
