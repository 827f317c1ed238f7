-- +goose Up
-- Control table: a one-time ticket opens a socket for clients that can't send the cookie with an upgrade (spec 1.8). It is
-- a row because the socket may be opened on another node than the one that gave the ticket; taking it deletes it.
create table tickets (
  token_hash bytea primary key,
  tenant_id  bigint not null references tenants,
  session_id bigint not null,
  expires_at timestamptz not null
);
create index tickets_expires on tickets (expires_at);

-- +goose Down
drop table tickets;
