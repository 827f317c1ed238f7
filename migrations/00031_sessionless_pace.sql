-- +goose Up
-- Control table. How fast a tenant's session-less texts go, over all its numbers and all nodes: whoever holds the row's lock
-- releases. What went in the last minute stands here, written with the release itself, so that the next holder knows it.
create table sessionless_pace (
  tenant_id bigint primary key references tenants,
  due_at    timestamptz,                     -- when somebody should look; null: nothing waits
  next_at   timestamptz not null default '2000-01-01', -- no release before
  turn      bigint not null default 0,       -- the call that was served last
  flying    bigint[] not null default '{}',  -- texts that were released and whose end is not known
  past_at   bigint[] not null default '{}',  -- tenths of a second, since 1970, in which texts went
  past_n    int[] not null default '{}'      -- how many, for each
) with (fillfactor = 50);
create index sessionless_pace_due on sessionless_pace (due_at) where due_at is not null;

-- +goose Down
drop table sessionless_pace;
