import { describe, expect, it } from 'vitest';
import { changed, draftOf, fault, fields, input } from './draft.ts';

import { words } from './words.ts';

const saved = {
  enabled: true,
  label: 'Company account',
  issuer: 'https://login.example.com',
  client_id: 'sidetone',
  has_secret: true,
  domains: ['example.com'],
  role_claim: '',
  role_rules: [],
  passwords: true,
  sign_out: true,
  changed_at: '2026-11-22T08:00:00Z',
};

describe('a draft of the sign-in', () => {
  it('is what is saved, and changes nothing by itself', () => {
    expect(changed(draftOf(saved), draftOf(saved))).toEqual([]);
    expect(input(draftOf(saved))).not.toHaveProperty('has_secret');
    expect(JSON.parse(JSON.stringify(input(draftOf(saved))))).not.toHaveProperty('secret');
  });

  it('names what is new', () => {
    const d = { ...draftOf(saved), secret: 'x', domains: ['example.com', 'example.org'] };
    expect(changed(d, draftOf(saved))).toEqual(['secret', 'domains']);
    expect(input(d)).toMatchObject({ secret: 'x', domains: ['example.com', 'example.org'], default_role: undefined });
  });

  it('leaves lines out that nobody filled in', () => {
    const d = { ...draftOf(undefined), role_rules: [{ value: 'desk', role: 'agent' as const }, { value: ' ', role: 'admin' as const }] };
    expect(input(d).role_rules).toEqual([{ value: 'desk', role: 'agent' }]);
  });

  it('that was refused at a field has a reason in the words of the page', () => {
    const d = draftOf(saved);
    for (const field of fields) expect(words).toHaveProperty([fault(field, d)]);
    expect(fault('secret', d)).toBe('bad.secret.due');
    expect(fault('secret', { ...d, secret: 'é' })).toBe('bad.secret');
    expect(fault('domains', { ...d, domains: [] })).toBe('bad.domains.due');
    expect(fault('domains', { ...d, domains: ['example'] })).toBe('bad.domains');
    expect(fault('role_rules', { ...d, role_rules: [{ value: ' ', role: 'agent' }] })).toBe('bad.role_rules.due');
    expect(fault('passwords', { ...d, enabled: false })).toBe('bad.passwords.due');
  });
});
