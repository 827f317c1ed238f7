import { expect, it } from 'vitest';
import { targetsOf } from './targets.ts';

const all = {
  left: 3,
  queues: [
    { id: 1, name: 'Billing', path: 'Support › Billing' },
    { id: 2, name: 'Refund status', path: 'Support › Returns › Refund status' },
  ],
  agents: [
    { id: 7, name: 'Ivo Kranj', status: 'meal', takes: false, why: 'Ivo Kranj is not available' },
    { id: 8, name: 'Dána Whitfield', status: 'available', takes: true },
  ],
};
const ids = (query: string) => targetsOf(all, query, 1).map((x) => x.id);

it('queues come before agents, who cannot take the chat last', () => expect(ids('')).toEqual(['q1', 'q2', 'a8', 'a7']));
it('words are found in any order and without accents', () => {
  expect(ids('refund support')).toEqual(['q2']);
  expect(ids('dana')).toEqual(['a8']);
});
it('the queue in which the chat is says so', () => expect(targetsOf(all, 'billing', 1)[0]!.why).toBe('here'));
it('a reason stays with who cannot', () => expect(targetsOf(all, 'ivo', 1)[0]).toMatchObject({ takes: false, why: 'Ivo Kranj is not available', to: { to_agent_id: 7 } }));
