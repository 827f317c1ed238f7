// What is being entered of a provider, and what of it is new.
import type { Input, Provider, Role } from './api.ts';

export interface Draft {
  enabled: boolean;
  label: string;
  issuer: string;
  client_id: string;
  secret: string | undefined; // undefined: as it is
  domains: readonly string[];
  default_role: Role | '';
  role_claim: string;
  role_rules: readonly { value: string; role: Role }[];
  passwords: boolean;
  sign_out: boolean;
}

export function draftOf(p: Provider | undefined): Draft {
  if (!p) {
    return { enabled: true, label: '', issuer: '', client_id: '', secret: undefined, domains: [], default_role: '', role_claim: '', role_rules: [], passwords: true, sign_out: true };
  }
  const { enabled, label, issuer, client_id, domains, default_role, role_claim, role_rules, passwords, sign_out } = p;
  return { enabled, label, issuer, client_id, secret: undefined, domains, default_role: default_role ?? '', role_claim, role_rules, passwords, sign_out };
}

// changed names the fields that are not as they were.
export function changed(draft: Draft, was: Draft): (keyof Draft)[] {
  return (Object.keys(draft) as (keyof Draft)[]).filter((k) => JSON.stringify(draft[k]) !== JSON.stringify(was[k]));
}

// input leaves out what is empty: rules without a value are lines that nobody filled in.
export function input(d: Draft): Input {
  const rules = d.role_rules.filter((r) => r.value.trim() !== '');
  return { ...d, domains: [...d.domains], default_role: d.default_role || undefined, role_rules: rules };
}

export const fields = ['label', 'issuer', 'client_id', 'secret', 'domains', 'default_role', 'role_claim', 'role_rules', 'passwords'] as const;
export type Field = (typeof fields)[number];

// fault is the reason why a field was refused, in the page's own words: the server names the field, and what was entered says
// whether it is wrong or missing.
export function fault(field: Field, d: Draft): `bad.${Field}` | `bad.${'secret' | 'domains' | 'role_claim' | 'role_rules' | 'passwords'}.due` {
  switch (field) {
    case 'secret':
      return d.secret ? 'bad.secret' : 'bad.secret.due';
    case 'domains':
      return d.domains.length > 0 ? 'bad.domains' : 'bad.domains.due';
    case 'role_claim':
      return d.role_claim.trim() ? 'bad.role_claim' : 'bad.role_claim.due';
    case 'role_rules':
      return input(d).role_rules?.length ? 'bad.role_rules' : 'bad.role_rules.due';
    case 'passwords':
      return d.enabled ? 'bad.passwords' : 'bad.passwords.due';
    default:
      return `bad.${field}`;
  }
}
