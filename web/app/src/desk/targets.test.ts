import { expect, it } from 'vitest';
import { targetsOf } from './targets.ts';

const all = {
  left: 3,
  queues: [
    { id: 1, name: 'Billing', path: 'Support › Billing', waiting: 0, free: 1, open: true },
    { id: 2, name: 'Refund status', path: 'Support › Returns › Refund status', waiting: 2, free: 0, open: true },
  ],
  agents: [
    { id: 7, name: 'Ivo Kranj', status: 'meal', takes: false, held: 0, limit: 5, why: 'Ivo Kranj is not available' },
    { id: 8, name: 'Dána Whitfield', status: 'available', takes: true, held: 2, limit: 5 },
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
it('a closed queue comes after what is open, and says what waits there', () => {
  const night = { ...all, queues: [{ ...all.queues[0]!, open: false, changes_at: '2026-11-23T09:00:00Z' }, all.queues[1]!] };
  const found = targetsOf(night, '', undefined);
  expect(found.map((x) => x.id)).toEqual(['q2', 'a8', 'q1', 'a7']);
  expect(found[0]).toMatchObject({ waiting: 2, free: 0, open: true });
  expect(found[2]).toMatchObject({ open: false, changes: '2026-11-23T09:00:00Z', takes: true });
});
