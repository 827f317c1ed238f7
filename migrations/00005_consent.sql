-- +goose Up
-- Consent is a ledger (spec 1.3): who, which numbers, word or source, text shown, when, evidence. Append-only: the
-- app's role may not update or delete (pg.Migrate reads the comment). do_not_contact is what the ledger adds up to.
create table consent_ledger (
  tenant_id  bigint not null references tenants,
  id         bigint generated always as identity,
  address    text not null,
  action     text not null check (action in ('opt_out','opt_in','flag_confirmed','flag_dismissed')),
  scope_kind text not null default 'tenant' check (scope_kind in ('tenant','number')),
  scope_id   bigint not null default 0,
  source     text not null check (source in ('keyword','phrase','agent','api','carrier','import')),
  word       text not null default '',
  number_id  bigint,
  provider_id text not null default '', -- the text that said it
  user_id    bigint,
  text_shown text not null default '',
  evidence   jsonb not null default '{}',
  at         timestamptz not null default now(),
  primary key (tenant_id, id)
);
select protect('consent_ledger');
comment on table consent_ledger is 'append-only: who allowed or refused what, and when';
create index consent_ledger_address on consent_ledger (tenant_id, address, id);

create table do_not_contact (
  tenant_id  bigint not null references tenants,
  address    text not null,
  scope_kind text not null default 'tenant' check (scope_kind in ('tenant','number')),
  scope_id   bigint not null default 0,
  since      timestamptz not null default now(),
  primary key (tenant_id, address, scope_kind, scope_id)
);
select protect('do_not_contact');

-- +goose Down
drop table do_not_contact;
drop table consent_ledger;
