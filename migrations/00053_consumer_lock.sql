-- +goose Up
-- The lock of a consumer, held to the end of the transaction (docs/architecture.md, locks). It is taken before anything is read and
-- needs no row: a row's lock cost two lookups, a write and its line in the log, a sixth of what a text cost the database.
create function lock_consumer(tenant bigint, address text) returns void language sql volatile as
  $$ select pg_advisory_xact_lock(hashtextextended(address, tenant)) $$;

-- +goose Down
drop function lock_consumer(bigint, text);
