-- +goose Up
-- What was kept long enough, or what a consumer wants forgotten (spec 1.1). A text's row stays, for order and figures; its
-- words go.
alter table messages add column erased_at timestamptz;
alter table end_users add column erased_at timestamptz;
alter table end_users drop constraint end_users_address_check;
alter table end_users add constraint end_users_address_check
  check (address ~ '^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$' or erased_at is not null);

-- How far retention has come: everything of a kind up to this id is done with.
create table retention (
  tenant_id bigint not null references tenants,
  kind      text not null check (kind in ('texts','attempts')),
  done_to   bigint not null,
  primary key (tenant_id, kind)
);
select protect('retention');

-- A consumer who was erased and had opted out: the keyed hash of the number. When the number comes back, so does the opt-out.
create table erased_opt_outs (
  tenant_id bigint not null references tenants,
  hash      bytea not null,
  since     timestamptz not null,
  primary key (tenant_id, hash)
);
select protect('erased_opt_outs');

comment on table consent_ledger is 'append-only but for address: who allowed or refused what, and when';

-- +goose Down
comment on table consent_ledger is 'append-only: who allowed or refused what, and when';
drop table erased_opt_outs;
drop table retention;
alter table end_users drop constraint end_users_address_check;
delete from end_users where erased_at is not null;
alter table end_users add constraint end_users_address_check check (address ~ '^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$');
alter table end_users drop column erased_at;
alter table messages drop column erased_at;
