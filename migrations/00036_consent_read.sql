-- +goose Up
-- The console reads consent: the ledger newest first, of all, of one action, of one source; the list by entries that have
-- an id, since a consumer's number has no place in a URL; and the chats in which a text may have been a request to stop.
create index consent_ledger_at on consent_ledger (tenant_id, at, id);
create index consent_ledger_action on consent_ledger (tenant_id, action, at, id);
create index consent_ledger_source on consent_ledger (tenant_id, source, at, id);
alter table do_not_contact add column id bigint generated always as identity, add unique (tenant_id, id);
create index chats_flagged on chats (tenant_id, id) where opt_out_flag;

-- +goose Down
drop index chats_flagged;
alter table do_not_contact drop column id;
drop index consent_ledger_source;
drop index consent_ledger_action;
drop index consent_ledger_at;
