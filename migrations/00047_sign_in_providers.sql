-- +goose Up
-- How a tenant's people sign in beside passwords: an OpenID Connect provider. The secret is sealed (internal/seal).
create table sign_in_providers (
  tenant_id    bigint primary key references tenants,
  enabled      boolean not null,
  label        text not null check (length(label) between 1 and 40), -- of the button
  issuer       text not null check (length(issuer) between 1 and 500),
  client_id    text not null check (length(client_id) between 1 and 500),
  secret       bytea, -- null: a public client
  domains      text[] not null, -- empty: any
  default_role text check (default_role in ('agent','manager','admin','developer')), -- null: only people who exist
  role_claim   text not null check (length(role_claim) <= 200), -- empty: roles are ours alone
  role_rules   jsonb not null, -- [{"value","role"}], used with a claim
  passwords    boolean not null, -- passwords work too; else only those of admins
  sign_out     boolean not null, -- who signs out does so at the provider too
  changed_at   timestamptz not null,
  check (enabled or passwords)
);
select protect('sign_in_providers');

-- Which account at a provider is whose. The subject never changes and is never given to another; an address is.
create table identities (
  tenant_id bigint not null,
  issuer    text not null,
  subject   text not null check (length(subject) between 1 and 255),
  user_id   bigint not null,
  linked_at timestamptz not null,
  primary key (tenant_id, issuer, subject),
  unique (tenant_id, user_id, issuer),
  foreign key (tenant_id, user_id) references users on delete cascade
);
select protect('identities');

-- Sign-ins that came back from a provider: each once. A row is of no use once its sign-in would be too old.
create table used_sign_ins (
  tenant_id  bigint not null references tenants,
  state      bytea not null,
  expires_at timestamptz not null,
  primary key (tenant_id, state)
);
select protect('used_sign_ins');
create index used_sign_ins_expires on used_sign_ins (tenant_id, expires_at);

-- +goose Down
drop table used_sign_ins;
drop table identities;
drop table sign_in_providers;
