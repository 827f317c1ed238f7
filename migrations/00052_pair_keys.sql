-- +goose Up
-- As 00050, for what the first text of a pair writes. Numbers, consumers and tenants are never deleted, and the keys to tenants
-- made all groups of a tenant lock its one row.
alter table threads drop constraint threads_tenant_id_number_id_fkey, drop constraint threads_tenant_id_end_user_id_fkey;
alter table end_users drop constraint end_users_tenant_id_fkey;
alter table due drop constraint due_tenant_id_fkey;

-- +goose Down
alter table due add foreign key (tenant_id) references tenants;
alter table end_users add foreign key (tenant_id) references tenants;
alter table threads add foreign key (tenant_id, number_id) references numbers, add foreign key (tenant_id, end_user_id) references end_users;
