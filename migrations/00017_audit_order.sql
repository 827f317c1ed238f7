-- +goose Up
-- The audit log is read newest first: of all, of one kind of thing, of one person.
drop index audit_log_action;
drop index audit_log_user;
create index audit_log_at on audit_log (tenant_id, at, id);
create index audit_log_noun on audit_log (tenant_id, split_part(action, '.', 1), at, id);
create index audit_log_user on audit_log (tenant_id, user_id, at, id) where user_id is not null;

-- +goose Down
drop index audit_log_user;
drop index audit_log_noun;
drop index audit_log_at;
create index audit_log_action on audit_log (tenant_id, split_part(action, '.', 1), id);
create index audit_log_user on audit_log (tenant_id, user_id, id) where user_id is not null;
