-- name: TenantName :one
select name from tenants where id = $1;

-- name: ListSettings :many
select queue_id, key, value from settings where tenant_id = $1;

-- name: SaveSetting :exec
insert into settings (tenant_id, queue_id, key, value, changed_by, changed_at)
values (@tenant_id, @queue_id, @key, @value, sqlc.narg(changed_by), now())
on conflict (tenant_id, queue_id, key) do update
set value = excluded.value, changed_by = excluded.changed_by, changed_at = excluded.changed_at;

-- name: DeleteSetting :execrows
delete from settings where tenant_id = @tenant_id and queue_id = @queue_id and key = @key;

-- Whatever a cache holds is stamped with this number (DESIGN, caches).
-- name: BumpSettings :one
update tenants set settings_version = settings_version + 1 where id = $1 returning settings_version;

-- name: SettingsVersion :one
select settings_version from tenants where id = $1;

-- name: QueueExists :one
select exists (select from queues where tenant_id = @tenant_id and id = @id and deleted_at is null);

-- name: CreateTenant :one
insert into tenants (subdomain, name) values (@subdomain, @name)
returning id, subdomain, name, disabled_at;

-- name: TenantBySubdomain :one
select id, subdomain, name, disabled_at from tenants where subdomain = $1;

-- name: TenantByID :one
select id, subdomain, name, disabled_at from tenants where id = $1;

-- name: FirstTenant :one
select id, subdomain, name, disabled_at from tenants where disabled_at is null order by id limit 1;

-- name: ListTenants :many
select id, subdomain, name, disabled_at from tenants order by id;

-- name: SetTenantDisabled :execrows
update tenants set disabled_at = case when @disabled::boolean then coalesce(disabled_at, now()) end where id = @id;
