-- +goose Up
-- protect puts a table behind row-level security: a transaction sees the rows of the tenant in app.tenant and no
-- others, its owner included. nullif: after a transaction that set it, the setting is '' and not NULL.
-- +goose StatementBegin
create function protect(t regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy tenant on %s using (tenant_id = (select nullif(current_setting(''app.tenant'', true), '''')::bigint))', t);
end $$;
-- +goose StatementEnd

-- Control table (no row-level security): read before the tenant is known.
create table tenants (
  id               bigint generated always as identity primary key,
  subdomain        text not null unique check (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name             text not null check (length(name) between 1 and 200),
  settings_version bigint not null default 1,
  disabled_at      timestamptz,
  created_at       timestamptz not null default now()
);

-- A setting has a row only where it was set; a queue inherits from its parent, the root from the tenant (queue_id 0).
create table settings (
  tenant_id  bigint not null references tenants,
  queue_id   bigint not null default 0,
  key        text not null check (length(key) between 1 and 100),
  value      jsonb not null,
  changed_by bigint,
  changed_at timestamptz not null default now(),
  primary key (tenant_id, queue_id, key)
);
select protect('settings');

-- +goose Down
drop table settings;
drop table tenants;
drop function protect(regclass);
