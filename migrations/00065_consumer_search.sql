-- +goose Up
-- What a search of consumers compares: the last four digits of a number, which are what is shown of one that the tenant hides
-- (spec 6, section 5), and a name without its case. They are columns because under row security no index is used through a
-- function, which might tell what it sees.
alter table end_users
  add column tail   text collate "C" generated always as ("right"(address, 4)) stored,
  add column folded text collate "C" generated always as (lower(name)) stored;
drop index end_users_name;
create index end_users_folded on end_users (tenant_id, folded) where name <> '';
create index end_users_tail on end_users (tenant_id, tail, id);

-- +goose Down
drop index end_users_tail;
drop index end_users_folded;
alter table end_users drop column tail, drop column folded;
create index end_users_name on end_users (tenant_id, lower(name) text_pattern_ops) where name <> '';
