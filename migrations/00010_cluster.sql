-- +goose Up
-- Control table, one row: the secret by which the nodes' buses know each other. The first node makes it. It stands here in
-- the clear because whoever can read it can read all that hints point at; to change it, delete the row and restart the nodes.
create table cluster (
  id         int primary key default 1 check (id = 1),
  secret     bytea not null check (length(secret) >= 32),
  created_at timestamptz not null default now()
);

-- +goose Down
drop table cluster;
