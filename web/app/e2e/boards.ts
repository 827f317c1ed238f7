// A busy hour at Fernhill as a supervisor's boards show it, with fixed data.
const at = new Date('2026-11-21T18:42:31Z');
const ago = (seconds: number) => new Date(at.getTime() - seconds * 1000).toISOString();
const since = (clock: string) => ago(clock.split(':').reduce((sum, part) => 60 * sum + Number(part), 0));

const paths = ['Orders › Where is my order', 'Orders › Change or cancel', 'Returns › Damaged item', 'Returns › Wrong item', 'Returns › Refund status', 'Billing', 'Concierge'];
const queue = (i: number) => ({ id: i + 1, name: paths[i]!.split(' › ').at(-1)!, path: paths[i]! });
const people = ['Dana Whitlock', 'Noor Haddad', 'Ravi Menon', 'Elise Moreau', 'Sam Okonjo', 'Bea Castillo', 'Kenji Abe', 'Mateo Ruiz'];
const person = (i: number) => ({ id: i + 2, name: people[i]! });
const everywhere = paths.map((_, i) => i + 1);

// path, waiting, longest, inbound, outbound, api, answered, in target, available, free
const rows: [number, string, number, number, number, number, number, number, number][] = [
  [2, '0:51', 10, 1, 1, 67, 61, 2, 2],
  [1, '0:22', 4, 0, 0, 50, 47, 2, 2],
  [4, '3:42', 8, 1, 0, 62, 44, 0, 0],
  [1, '1:38', 5, 0, 0, 41, 34, 0, 0],
  [1, '0:40', 2, 2, 0, 50, 45, 1, 3],
  [0, '', 2, 0, 1, 26, 25, 1, 3],
  [0, '', 0, 1, 0, 9, 9, 1, 3],
];

const queues = rows.map(([waiting, wait, inbound, outbound, api, answered, inTarget, available, free], i) => ({
  queue: queue(i),
  waiting,
  ...(wait && { oldest_at: since(wait) }),
  estimated_wait: 60 + 40 * waiting,
  ongoing: { inbound, outbound, api },
  agents: 6,
  available,
  free,
  wait_target: 120,
  today: { answered, in_target: inTarget, ended: answered + (i === 2 ? 4 : 1), expired: i === 2 ? 4 : 0 },
}));

// status, for, chats, of them late
const desks: [string, string, number, number][] = [
  ['available', '14:02', 6, 2],
  ['available', '42:10', 5, 1],
  ['available', '8:31', 5, 0],
  ['wrap_up', '1:12', 2, 0],
  ['unresponsive', '4:26', 3, 0],
  ['available', '3:05', 1, 0],
  ['break', '11:40', 0, 0],
  ['offline', '2:10:00', 0, 0],
];

const agents = desks.map(([status, time, chats, late], i) => ({
  user: person(i),
  status,
  since: since(time),
  connected: status !== 'offline',
  limit: i < 2 ? 6 : 5,
  offered: 0,
  wrapping: status === 'wrap_up' ? 1 : 0,
  chats: Array.from({ length: chats }, (_, n) => ({ chat_id: 100 * i + n + 1, response_due_at: ago(n < late ? 90 : -60) })),
  channels: ['sms'],
  queues: everywhere,
  teams: ['Support'],
}));

let number = 100;
const phone = () => `+1503555${String(number++).padStart(4, '0')}`;

interface Given {
  name?: string;
  queue: number;
  agent?: number;
  start?: string;
  waited: string;
  length: string;
  last: string;
  owed?: string;
  more?: object;
}

const shown: Given[] = [
  { queue: 5, agent: 1, start: 'manual', waited: '0:31', length: '6:44', last: 'hello??', owed: '3:10' },
  { name: 'Theo Lindqvist', queue: 0, agent: 1, start: 'manual', waited: '0:12', length: '9:20', last: 'Still waiting on the courier, they said 2pm', owed: '1:52' },
  { name: 'Ines Ferrand', queue: 2, agent: 0, start: 'auto', waited: '1:05', length: '18:07', last: 'Sent 2 photos', owed: '1:20' },
  { name: 'Marisol Vega', queue: 2, agent: 1, start: 'manual', waited: '0:48', length: '12:04', last: 'Replacement please! Will it make it by Friday?', owed: '0:38' },
  { name: 'Jonas Okafor', queue: 0, agent: 1, start: 'outbound', waited: '', length: '21:15', last: 'Hi Jonas, your sofa is ready for pickup' },
  { name: 'Carla Nunes', queue: 3, agent: 2, start: 'auto', waited: '0:26', length: '15:33', last: 'It was charged twice', more: { transfer: { to: person(5), until: ago(-20) } } },
  { name: 'Aiyana Brooks', queue: 4, agent: 1, start: 'manual', waited: '0:09', length: '24:51', last: 'Your refund of $48.00 is on its way' },
  { name: 'Hugo Lind', queue: 1, agent: 5, start: 'manual', waited: '0:22', length: '2:41', last: 'Can I add a second one?', owed: '0:14' },
  { queue: 3, agent: 2, start: 'auto', waited: '1:12', length: '8:12', last: 'Me mandaron la lámpara equivocada', more: { flag: true } },
  { name: 'Wren Atkins', queue: 6, agent: 4, start: 'outbound', waited: '', length: '31:20', last: 'Perfect, thanks', owed: '0:09' },
];

const seconds = (clock: string) => clock.split(':').reduce((sum, part) => 60 * sum + Number(part), 0);

const chat = (id: number, g: Given, more: object = {}) => {
  const began = seconds(g.length);
  const taken = g.waited ? began - seconds(g.waited) : began;
  return {
    chat_id: id,
    status: 'assigned',
    section: 'ongoing',
    type: g.start === 'outbound' ? 'Outbound SMS' : 'SMS',
    start_type: g.start,
    queue: queue(g.queue),
    end_user: { id, name: g.name, number: phone() },
    agent: g.agent === undefined ? null : person(g.agent),
    number: '+18885550100',
    lang: 'en',
    preview: g.last,
    response_target: 120,
    last_seq: 9,
    read_seq: 9,
    unread: 0,
    sub_status: 'Ongoing',
    started_by: g.start === 'outbound' ? 'agent' : 'end_user',
    created_at: ago(began),
    ...(g.waited && { queued_at: ago(began) }),
    ...(g.agent !== undefined && { assigned_at: ago(taken) }),
    ...(g.owed && { response_due_at: ago(seconds(g.owed) - 120) }),
    ...g.more,
    ...more,
  };
};

// A morning of chats that have ended, for the figures of the last hour.
const morning = Array.from({ length: 60 }, (_, i) => {
  const length = 240 + ((i * 97) % 600);
  const ended = 30 + i * 55;
  const wait = 20 + ((i * 53) % 150);
  return chat(
    2000 + i,
    { queue: i % 7, agent: i % 6, start: i % 3 ? 'manual' : 'auto', waited: '0:01', length: `0:${length + ended}`, last: 'Thank you' },
    i % 19 === 7
      ? { status: 'failed', section: 'previous', agent: null, assigned_at: undefined, fail_reason: 'expired', ended_at: ago(ended), disconnected_by: 'disconnected_by_system' }
      : { status: 'finished', section: 'previous', assigned_at: ago(length + ended - wait), ended_at: ago(ended), disconnected_by: 'disconnected_by_agent' },
  );
});

const waiting = rows.flatMap(([n, wait], i) =>
  Array.from({ length: n }, (_, k) => chat(2500 + 10 * i + k, { queue: i, waited: '', length: `0:${Math.round(seconds(wait) / (k + 1))}`, last: 'Is anybody there?' }, { status: 'queued', section: 'future', start_type: undefined, queued_at: ago(Math.round(seconds(wait) / (k + 1))), ...(i === 3 && { ringing: ['Noor Haddad'] }) })),
);

export const boards = { chats: [...shown.map((g, i) => chat(2400 + i, g)), ...waiting, ...morning], agents, queues };

// What the same agents did in the hour before.
export const statuses = {
  since: ago(3600),
  statuses: desks
    .filter(([status]) => status !== 'offline')
    .flatMap(([status, time], i) => [
      { user_id: i + 2, status: i % 2 ? 'available' : 'unavailable', at: ago(4000) },
      { user_id: i + 2, status: i % 3 ? 'available' : 'break', at: ago(3300 - 240 * i) },
      { user_id: i + 2, status: status === 'available' ? 'meal' : 'available', at: ago(Math.max(1800 - 60 * i, seconds(time) + 60)) },
      { user_id: i + 2, status, at: since(time) },
    ])
    .sort((a, b) => a.at.localeCompare(b.at)),
};

export const quiet = {
  chats: [],
  agents: agents.map((a) => ({ ...a, chats: [] })),
  queues: queues.map((q) => ({ ...q, waiting: 0, oldest_at: undefined, available: 4, free: 14, ongoing: { inbound: 0, outbound: 0, api: 0 } })),
};
