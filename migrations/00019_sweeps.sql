-- +goose Up
-- Control table, one row: when some node last swept the timers, and until when a cluster that was down for long ends no
-- chats (spec 1.5).
create table sweeps (
  id         int primary key default 1 check (id = 1),
  seen_at    timestamptz not null,
  held_until timestamptz
);

-- How fast a tenant's chats are ended behind a hold, over all nodes: when the next one is due (a leaky bucket).
create table expiry_pace (
  tenant_id bigint primary key references tenants,
  next_at   timestamptz not null
);
select protect('expiry_pace');

-- +goose Down
drop table expiry_pace;
drop table sweeps;
