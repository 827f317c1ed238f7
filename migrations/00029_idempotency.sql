-- +goose Up
-- What was answered to a POST with an Idempotency-Key (spec 2.1). The answer is written in the transaction of its effect, so
-- that a repeat after a crash finds either both or neither.
create table idempotency_keys (
  tenant_id  bigint not null references tenants,
  token_id   bigint not null,
  route      text not null check (length(route) <= 200),
  key        text not null check (length(key) between 1 and 255),
  request    bytea not null, -- SHA-256 of the body
  status     int,            -- null while the first is running
  answer     bytea,
  started_at timestamptz not null,
  primary key (tenant_id, token_id, route, key),
  check ((status is null) = (answer is null))
);
select protect('idempotency_keys');
create index idempotency_keys_age on idempotency_keys (tenant_id, started_at);

-- +goose Down
drop table idempotency_keys;
