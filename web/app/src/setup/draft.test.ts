import { expect, it } from 'vitest';
import { forget, takeToken, useDraft } from './draft.ts';

it('answers outlive a reload, secrets do not', () => {
  useDraft.setState({ company: 'Fernhill Home', password: 'correct horse', auth: 'hush' });
  const kept = sessionStorage.getItem('sidetone.setup')!;
  expect(kept).toContain('Fernhill Home');
  expect(kept).not.toContain('correct horse');
  expect(kept).not.toContain('hush');
  forget();
  expect(sessionStorage.getItem('sidetone.setup')).toBeNull();
  expect(useDraft.getState().company).toBe('');
});

it('the token leaves the address', () => {
  history.replaceState(null, '', '/setup?step=company#pmDN1hLw6mqsuG0cPpMmoL1bYlkVgWRcpJ7JXLv1UPo');
  takeToken();
  expect(useDraft.getState().token).toBe('pmDN1hLw6mqsuG0cPpMmoL1bYlkVgWRcpJ7JXLv1UPo');
  expect(location.href).toMatch(/\/setup\?step=company$/);
  history.replaceState(null, '', '/setup#keys');
  takeToken();
  expect(location.hash).toBe('#keys');
  forget();
});
