-- All times are the database's, so that the nodes' clocks do not matter.

-- name: Register :one
insert into nodes (route_url) values (@route_url) returning id;

-- name: Heartbeat :execrows
update nodes set seen_at = now(), route_url = @route_url where id = @id;

-- A node that stood still for so long that it was taken for dead comes back as itself.
-- name: Revive :exec
insert into nodes (id, route_url) overriding system value values (@id, @route_url) on conflict (id) do nothing;

-- name: Living :many
select id, route_url from nodes where seen_at > now() - make_interval(secs => @dead_after::double precision) order by id;

-- SKIP LOCKED: of the nodes that see a dead one, one at a time cleans up after it.
-- name: Dead :many
select id from nodes where seen_at <= now() - make_interval(secs => @dead_after::double precision) order by id
for update skip locked;

-- name: Remove :exec
delete from nodes where id = $1;

-- name: MakeSecret :exec
insert into cluster (secret) values (@secret) on conflict (id) do nothing;

-- name: ReadSecret :one
select secret from cluster;
