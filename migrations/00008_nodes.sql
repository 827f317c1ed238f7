-- +goose Up
-- Control table: the running processes. They find each other's bus by it, and a dead one's leases are taken over.
create table nodes (
  id         bigint generated always as identity primary key,
  route_url  text not null default '', -- where its bus meets other nodes'
  started_at timestamptz not null default now(),
  seen_at    timestamptz not null default now()
);

-- +goose Down
drop table nodes;
