-- +goose Up
-- A session that a provider vouched for: no password is due in it. Its ID token, sealed, is shown to the provider again when
-- the session ends.
alter table sessions add column provider boolean not null default false;
alter table sessions add column id_token bytea;

-- +goose Down
alter table sessions drop column id_token;
alter table sessions drop column provider;
