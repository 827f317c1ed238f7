-- name: ListNodes :many
-- The trees of a tenant; the order is made in memory.
select id, coalesce(parent_id, 0)::bigint as parent_id, channel, lang, position, name, keywords, hidden
from queues where tenant_id = sqlc.arg(tenant) and deleted_at is null;
