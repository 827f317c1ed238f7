-- name: NextIDs :many
select nextval(pg_get_serial_sequence('media', 'id'))::bigint from generate_series(1, sqlc.arg(n)::int);

-- name: AddParts :exec
-- The parts of texts that this transaction saves. A text is found by what makes it unique, because its id is not known yet.
insert into media (tenant_id, id, direction, message_id, chat_id, part, account_id, url, state, created_at)
select m.tenant_id, p.id, 'in', m.id, m.chat_id, p.part, m.account_id, p.url, 'fetching', m.created_at
from rows from (unnest(sqlc.arg(ids)::bigint[]), unnest(sqlc.arg(accounts)::bigint[]), unnest(sqlc.arg(providers)::text[]),
                unnest(sqlc.arg(parts)::smallint[]), unnest(sqlc.arg(urls)::text[]))
     as p(id, account_id, provider_id, part, url)
join messages m on m.tenant_id = sqlc.arg(tenant) and m.account_id = p.account_id and m.provider_id = p.provider_id;

-- name: Wanted :many
-- What of these is still to be fetched.
select d.id, d.account_id::bigint as account_id, d.url::text as url, coalesce(d.message_id, 0)::bigint as message_id,
       coalesce(d.chat_id, 0)::bigint as chat_id, coalesce(m.seq, 0)::int as seq, d.created_at
from media d left join messages m on m.tenant_id = d.tenant_id and m.id = d.message_id
where d.tenant_id = sqlc.arg(tenant) and d.id = any(sqlc.arg(ids)::bigint[]) and d.state = 'fetching' and d.direction = 'in'
order by d.id;

-- name: Lost :many
-- Parts that nobody has fetched for long: their job is gone.
select id, coalesce(message_id, 0)::bigint as message_id from media
where tenant_id = sqlc.arg(tenant) and state = 'fetching' and direction = 'in' and created_at < sqlc.arg(before)
order by created_at limit 200;

-- name: LockWanted :many
select id from media where tenant_id = sqlc.arg(tenant) and id = any(sqlc.arg(ids)::bigint[]) and state = 'fetching' order by id for update;

-- name: Settle :exec
-- What became of parts. Only one that is still being fetched changes: a second job that did the same changes nothing.
update media d set state = s.state, reason = s.reason, type = s.type, bytes = s.bytes, width = s.width, height = s.height,
       kept = s.state = 'ready', url = null, done_at = sqlc.arg(now)::timestamptz
from rows from (unnest(sqlc.arg(ids)::bigint[]), unnest(sqlc.arg(states)::text[]), unnest(sqlc.arg(reasons)::text[]),
                unnest(sqlc.arg(types)::text[]), unnest(sqlc.arg(sizes)::bigint[]), unnest(sqlc.arg(widths)::int[]),
                unnest(sqlc.arg(heights)::int[]))
     as s(id, state, reason, type, bytes, width, height)
where d.tenant_id = sqlc.arg(tenant) and d.id = s.id and d.state = 'fetching';

-- name: Show :exec
-- Copies what transcripts show of texts' parts into the texts.
update messages m set media = (
  select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', d.id, 'state', d.state, 'reason', nullif(d.reason, ''),
    'type', nullif(d.type, ''), 'bytes', nullif(d.bytes, 0), 'width', nullif(d.width, 0), 'height', nullif(d.height, 0))) order by d.part, d.id)
  from media d where d.tenant_id = m.tenant_id and d.message_id = m.id)
where m.tenant_id = sqlc.arg(tenant) and m.id = any(sqlc.arg(texts)::bigint[])
  and exists (select from media d where d.tenant_id = m.tenant_id and d.message_id = m.id);

-- name: StateOf :one
select state from media where tenant_id = sqlc.arg(tenant) and id = sqlc.arg(id);

-- name: AddUpload :exec
insert into media (tenant_id, id, direction, user_id, state, kept, created_at)
values (sqlc.arg(tenant), sqlc.arg(id), 'out', sqlc.arg(author), 'fetching', true, sqlc.arg(now));

-- name: FinishUpload :exec
update media set state = 'ready', type = sqlc.arg(type), bytes = sqlc.arg(bytes), width = sqlc.arg(width), height = sqlc.arg(height),
       done_at = sqlc.arg(now)::timestamptz
where tenant_id = sqlc.arg(tenant) and id = sqlc.arg(id) and state = 'fetching';

-- name: LockUploads :many
-- What an agent has uploaded and not sent. Locked, so that two texts can't take the same picture.
select id, type, bytes, width, height from media
where tenant_id = sqlc.arg(tenant) and id = any(sqlc.arg(ids)::bigint[]) and user_id = sqlc.arg(author)::bigint
  and state = 'ready' and message_id is null
order by id for update;

-- name: Attach :exec
-- Gives uploads to the text that this transaction saves, which is found by its client id.
update media d set message_id = m.id, chat_id = m.chat_id, part = p.ord - 1
from messages m, unnest(sqlc.arg(ids)::bigint[]) with ordinality as p(id, ord)
where m.tenant_id = sqlc.arg(tenant) and m.chat_id = sqlc.arg(chat)::bigint and m.client_id = sqlc.arg(client_id)::text
  and d.tenant_id = m.tenant_id and d.id = p.id;

-- name: Find :one
select id, direction, state, type, bytes, width, height, created_at, coalesce(chat_id, 0)::bigint as chat_id,
       coalesce(user_id, 0)::bigint as user_id
from media where tenant_id = sqlc.arg(tenant) and id = sqlc.arg(id);

-- name: Expire :many
-- Files that are too old, or that no text has any more: uploads that were never sent, media of texts that were erased.
with old as materialized (
  select id from media
  where tenant_id = sqlc.arg(tenant) and kept and state <> 'erased'
    and (created_at < sqlc.arg(kept_since)::timestamptz or message_id is null and created_at < sqlc.arg(unsent_since)::timestamptz)
  order by created_at limit 200 for update skip locked
)
update media d set state = 'erased', reason = '', url = null, done_at = sqlc.arg(now)::timestamptz
from old where d.tenant_id = sqlc.arg(tenant) and d.id = old.id
returning coalesce(d.message_id, 0)::bigint;

-- name: EraseOfMessages :exec
update media set state = 'erased', reason = '', url = null, done_at = sqlc.arg(now)::timestamptz
where tenant_id = sqlc.arg(tenant) and message_id = any(sqlc.arg(texts)::bigint[]) and state <> 'erased';

-- name: Doomed :many
-- Erased media whose files are still to be removed.
select id from media where tenant_id = sqlc.arg(tenant) and kept and state = 'erased' order by created_at limit 200;

-- name: Removed :exec
update media set kept = false where tenant_id = sqlc.arg(tenant) and id = any(sqlc.arg(ids)::bigint[]) and state = 'erased';
