// What stands in the product before its pages are looked at: a tenant that has been in use for a while.
import { request } from '@playwright/test';
import type { Demo } from './server.ts';

const loose = '+14155550177'; // a number without a queue
const phones = { done: '+14155550151', flagged: '+14155550152', waiting: '+14155550153', stopped: '+14155550154' };

interface Queue {
  id: number;
  path: string;
}

// Ground is what a state's address may name.
export interface Ground {
  queue: (path: string) => number;
  chat: number; // one that has ended
}

export async function lay(demo: Demo): Promise<Ground> {
  const http = await request.newContext({ baseURL: demo.facts.url, extraHTTPHeaders: { 'X-Sidetone': 'console' } });
  const ask = async (method: string, path: string, data?: unknown): Promise<unknown> => {
    const answer = await http.fetch(`/api/console${path}`, { method, data });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.status() === 204 ? undefined : answer.json();
  };
  const { email, password } = demo.facts.admin;
  await ask('POST', '/session', { email, password });

  let queues = (await ask('GET', '/queues')) as Queue[];
  const queue = (path: string): number => {
    const found = queues.find((q) => q.path === path);
    if (!found) throw new Error(`no queue ${path} in ${queues.map((q) => q.path).join(', ')}`);
    return found.id;
  };
  const support = queue('Support');
  await ask('POST', '/queues', { parent_id: support, name: 'Trade accounts', keywords: ['trade'] });
  queues = (await ask('GET', '/queues')) as Queue[];
  await ask('PATCH', `/queues/${queue('Support › Trade accounts')}`, { hidden: true });
  for (const [path, es] of [['Orders', 'Pedidos y envíos'], ['Returns', 'Devoluciones'], ['Billing', 'Facturación'], ['Returns › Damaged item', 'Artículo dañado'], ['Returns › Wrong item', 'Artículo equivocado'], ['Returns › Refund status', 'Estado del reembolso']]) {
    await ask('PATCH', `/queues/${queue(`Support › ${path}`)}`, { names: { es } });
  }
  const day = [{ from: '08:00', to: '20:00' }];
  await ask('PUT', `/queues/${support}/settings`, {
    values: { hours: { weekly: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: [{ from: '09:00', to: '17:00' }] }, holidays: [{ date: '2026-12-25', name: 'Christmas Day' }] }, time_zone: 'America/Los_Angeles' },
  });
  await ask('PUT', `/queues/${queue('Support › Returns')}/settings`, { values: { chat_timeout: 240 } });
  await ask('PUT', `/queues/${queue('Support › Returns › Damaged item')}/settings`, { values: { unanswered_in_hours: 20, response_target: 90 } });

  await ask('POST', '/numbers', { address: loose, label: 'Garden line', capabilities: ['inbound', 'outbound'] });
  await ask('POST', '/teams', { name: 'Returns desk', member_ids: demo.facts.agents.slice(0, 2).map((a) => a.id) });
  await ask('POST', '/blocklist', { address: '+14155550191', reason: 'Threats' });
  await ask('POST', '/do-not-contact', { address: '+14155550192', reason: 'Asked by letter' });
  await ask('POST', '/presets', { label: 'Photo wanted', text: 'Reply with a photo.' });
  await ask('POST', '/tokens', { name: 'Order system', scopes: ['sms', 'chats:read'] });

  const { leaf } = demo.facts.numbers;
  await demo.text(phones.done, leaf, 'Where is my invoice for the lamp?');
  await demo.text(phones.done, leaf, 'EXIT');
  await demo.text(phones.flagged, leaf, 'please cancel my order');
  await demo.text(phones.stopped, leaf, 'STOP');
  await demo.text(phones.waiting, leaf, 'Two items on my bill look the same');
  const { chats } = (await ask('GET', '/chats?limit=50')) as { chats: { id: number; ended_at?: string }[] };
  await http.dispose();
  return { queue, chat: chats.find((c) => c.ended_at)!.id };
}
