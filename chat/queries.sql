-- The statements of a chat's life. Those of the hot path are sent in batches (see inbound.go): the first batch locks and
-- reads, the second writes and commits.

-- name: TextsSeen :one
-- Which of these provider ids the account has given us before: a repeat changes nothing (spec 1.2). A probe for each id: with
-- "= any" a plan that was made while the table was small scans all texts of the account later. The settings version comes
-- along, because a statement of its own would cost a tenth of a text's time.
select t.settings_version, array(
  select p.provider_id from unnest(sqlc.arg(provider_ids)::text[]) as p(provider_id)
  where (select m.id from messages m where m.tenant_id = sqlc.arg(tenant) and m.account_id = sqlc.arg(account)
         and m.provider_id = p.provider_id limit 1) is not null)::text[] as seen
from tenants t where t.id = sqlc.arg(tenant);

-- name: LockConsumers :exec
-- A consumer is locked before anything of theirs is read or made, in address order (the caller sorts) so that two groups can't
-- wait for each other. What hangs on the lock is read by the next statement: it sees what the one before us committed.
select lock_consumer(sqlc.arg(tenant), a) from unnest(sqlc.arg(addresses)::text[]) as a;

-- name: ReadPairs :many
-- Pairs are looked up one by one (here and in the next two), whatever the planner believes of a young table: a join would read
-- all consumers of the tenant.
select t.id as thread_id, t.number_id, t.end_user_id, e.address, e.name as end_user_name, t.replies,
       coalesce((select jsonb_object_agg(o.id, o.replies) from threads o where o.tenant_id = sqlc.arg(tenant) and o.end_user_id = t.end_user_id
                 and o.id <> t.id and o.replies <> '{}'), '{}')::jsonb as elsewhere,
       exists (select from do_not_contact d where d.tenant_id = sqlc.arg(tenant) and d.address = e.address
               and ((d.scope_kind = 'tenant' and d.scope_id = 0) or (d.scope_kind = 'number' and d.scope_id = t.number_id))) as opted_out,
       exists (select from blocklist b where b.tenant_id = sqlc.arg(tenant) and b.address = e.address) as blocked,
       coalesce(c.id, 0)::bigint as chat_id, coalesce(c.status, '')::text as status, coalesce(c.started_by, '')::text as started_by,
       coalesce(c.lang, '')::text as lang, coalesce(c.menu_id, 0)::bigint as menu_id, coalesce(c.queue_id, 0)::bigint as queue_id,
       coalesce(c.agent_id, 0)::bigint as agent_id, coalesce(c.last_agent_id, 0)::bigint as last_agent_id,
       coalesce(c.last_seq, 0)::int as last_seq, coalesce(c.invalid_choices, 0)::int as invalid_choices,
       coalesce(c.greeted, false) as greeted, coalesce(c.opt_out_flag, false) as opt_out_flag,
       coalesce(c.after_hours_told, false) as after_hours_told,
       coalesce(c.transfer_count, 0)::int as transfer_count, coalesce(c.transfer_to, 0)::bigint as transfer_to, c.transfer_until,
       coalesce(c.created_at, 'epoch')::timestamptz as created_at, c.queued_at, c.assigned_at, c.last_consumer_at, c.last_agent_at, c.dismissed_at, c.due_at, c.owed_since
from (select unnest(sqlc.arg(number_ids)::bigint[]) as number_id, unnest(sqlc.arg(addresses)::text[]) as address) as p
cross join lateral (select u.id, u.address, u.name from end_users u where u.tenant_id = sqlc.arg(tenant) and u.address = p.address limit 1) e
cross join lateral (select h.id, h.number_id, h.end_user_id, h.replies from threads h
  where h.tenant_id = sqlc.arg(tenant) and h.number_id = p.number_id and h.end_user_id = e.id limit 1) t
left join lateral (select * from chats a where a.tenant_id = sqlc.arg(tenant) and a.thread_id = t.id and a.ended_at is null limit 1) c on true;

-- name: AddEndUsers :exec
-- Strangers, in address order, so that two nodes can't wait for each other in a circle. Those known are left out first: a
-- conflict would use up an id.
insert into end_users (tenant_id, address)
select distinct sqlc.arg(tenant)::bigint, a from unnest(sqlc.arg(addresses)::text[]) as a
where (select e.id from end_users e where e.tenant_id = sqlc.arg(tenant) and e.address = a limit 1) is null
order by a
on conflict (tenant_id, address) do nothing;

-- name: AddThreads :exec
insert into threads (tenant_id, number_id, end_user_id)
select distinct sqlc.arg(tenant)::bigint, p.number_id, e.id
from (select unnest(sqlc.arg(number_ids)::bigint[]) as number_id, unnest(sqlc.arg(addresses)::text[]) as address) as p
cross join lateral (select u.id from end_users u where u.tenant_id = sqlc.arg(tenant) and u.address = p.address limit 1) e
where (select t.id from threads t where t.tenant_id = sqlc.arg(tenant) and t.number_id = p.number_id and t.end_user_id = e.id limit 1) is null
order by p.number_id, e.id
on conflict (tenant_id, number_id, end_user_id) do nothing;

-- name: NextChatIDs :many
select nextval('chats_id_seq')::bigint from generate_series(1, sqlc.arg(n)::int);

-- name: LockChats :exec
-- The same lock, from the chats' ids; one by one, for the reason that ReadPairs gives.
select lock_consumer(sqlc.arg(tenant), e.address) from (
  select distinct (select (select p.address from end_users p where p.tenant_id = c.tenant_id and p.id = c.end_user_id)
                   from chats c where c.tenant_id = sqlc.arg(tenant) and c.id = r.id) collate "C" as address
  from unnest(sqlc.arg(chat_ids)::bigint[]) as r(id) order by 1) e;

-- name: ReadChat :one
-- A chat with its pair, ended or not.
select t.id as thread_id, t.number_id, t.end_user_id, e.address, e.name as end_user_name, t.replies,
       coalesce((select jsonb_object_agg(o.id, o.replies) from threads o where o.tenant_id = sqlc.arg(tenant) and o.end_user_id = t.end_user_id
                 and o.id <> t.id and o.replies <> '{}'), '{}')::jsonb as elsewhere,
       exists (select from do_not_contact d where d.tenant_id = sqlc.arg(tenant) and d.address = e.address
               and ((d.scope_kind = 'tenant' and d.scope_id = 0) or (d.scope_kind = 'number' and d.scope_id = t.number_id))) as opted_out,
       c.id as chat_id, c.status, c.started_by, c.lang, coalesce(c.menu_id, 0)::bigint as menu_id, coalesce(c.queue_id, 0)::bigint as queue_id,
       coalesce(c.agent_id, 0)::bigint as agent_id, coalesce(c.last_agent_id, 0)::bigint as last_agent_id,
       c.last_seq, c.invalid_choices, c.greeted, c.opt_out_flag, c.after_hours_told, c.transfer_count,
       coalesce(c.transfer_to, 0)::bigint as transfer_to, c.transfer_until, c.created_at, c.queued_at, c.assigned_at,
       c.last_consumer_at, c.last_agent_at, c.dismissed_at, c.due_at, c.owed_since, c.ended_at,
       coalesce(c.disconnected_by, '')::text as disconnected_by, coalesce(c.fail_reason, '')::text as fail_reason,
       n.address as our_address, coalesce(u.name, '')::text as agent_name,
       (u.id is null or u.disabled_at is not null
        or not exists (select from presence p where p.tenant_id = u.tenant_id and p.user_id = u.id))::boolean as agent_gone,
       array(select j.user_id from chat_events j join users w on w.tenant_id = j.tenant_id and w.id = j.user_id
             where j.tenant_id = c.tenant_id and j.chat_id = c.id and j.kind = 'joined' and w.disabled_at is null and w.roles && '{manager,admin}'
               and not exists (select from chat_events l where l.tenant_id = j.tenant_id and l.chat_id = j.chat_id and l.kind = 'left'
                               and l.user_id = j.user_id and l.seq > j.seq))::bigint[] as joined
from chats c
join threads t on t.tenant_id = c.tenant_id and t.id = c.thread_id
join end_users e on e.tenant_id = c.tenant_id and e.id = c.end_user_id
join numbers n on n.tenant_id = c.tenant_id and n.id = c.number_id
left join users u on u.tenant_id = c.tenant_id and u.id = c.agent_id
where c.tenant_id = sqlc.arg(tenant) and c.id = sqlc.arg(chat);

-- name: AgentSlots :one
-- The agent's row is locked behind the consumer: the count stays true until the commit.
select u.status, u.chat_limit,
       ((select count(*) from chats c where c.tenant_id = u.tenant_id and c.agent_id = u.id and c.status = 'assigned')
        + (select count(*) from wrap_ups g where g.tenant_id = u.tenant_id and g.agent_id = u.id and g.done_at is null and g.until > sqlc.arg(now)::timestamptz))::int as taken,
       exists (select from offers o where o.tenant_id = u.tenant_id and o.chat_id = sqlc.arg(chat) and o.user_id = u.id
               and o.state = 'open') as offered
from users u where u.tenant_id = sqlc.arg(tenant) and u.id = sqlc.arg(agent) and u.disabled_at is null;

-- name: LockAgents :exec
-- An agent, and the one who has the chat: they are taken in one order by everybody who needs both.
select u.id from users u where u.tenant_id = sqlc.arg(tenant)
  and u.id = any (array[sqlc.arg(agent)::bigint, (select c.agent_id from chats c where c.tenant_id = sqlc.arg(tenant) and c.id = sqlc.arg(chat))])
order by u.id for update;

-- name: FindSent :one
-- A repeated client id is the same message.
select id, coalesce(seq, 0)::int as seq from messages
where tenant_id = sqlc.arg(tenant) and chat_id = sqlc.arg(chat)::bigint and client_id = sqlc.arg(client_id)::text;

-- name: SaveChats :exec
-- New chats and those whose state changed, a column an array (package chat, columns.go has them in this order).
insert into chats (tenant_id, id, thread_id, number_id, end_user_id, status, started_by, lang, menu_id, queue_id, agent_id,
                   last_agent_id, last_seq, invalid_choices, greeted, opt_out_flag, after_hours_told,
                   transfer_count, transfer_to, transfer_until, created_at, queued_at, assigned_at,
                   last_consumer_at, last_agent_at, dismissed_at, due_at, owed_since, ended_at, disconnected_by, fail_reason, updated_at)
select sqlc.arg(tenant)::bigint, r.id, r.thread_id, r.number_id, r.end_user_id, r.status, r.started_by, r.lang, nullif(r.menu_id, 0),
       nullif(r.queue_id, 0), nullif(r.agent_id, 0), nullif(r.last_agent_id, 0), r.last_seq, r.invalid_choices, r.greeted,
       r.opt_out_flag, r.after_hours_told, r.transfer_count, nullif(r.transfer_to, 0), r.transfer_until,
       r.created_at, r.queued_at, r.assigned_at, r.last_consumer_at, r.last_agent_at, r.dismissed_at, r.due_at, r.owed_since,
       r.ended_at, nullif(r.disconnected_by, ''), nullif(r.fail_reason, ''), sqlc.arg(now)::timestamptz
from (select unnest(sqlc.arg(ids)::bigint[]) as id, unnest(sqlc.arg(thread_ids)::bigint[]) as thread_id,
       unnest(sqlc.arg(number_ids)::bigint[]) as number_id, unnest(sqlc.arg(end_user_ids)::bigint[]) as end_user_id,
       unnest(sqlc.arg(statuses)::text[]) as status, unnest(sqlc.arg(starters)::text[]) as started_by,
       unnest(sqlc.arg(langs)::text[]) as lang, unnest(sqlc.arg(menu_ids)::bigint[]) as menu_id,
       unnest(sqlc.arg(queue_ids)::bigint[]) as queue_id, unnest(sqlc.arg(agent_ids)::bigint[]) as agent_id,
       unnest(sqlc.arg(last_agent_ids)::bigint[]) as last_agent_id, unnest(sqlc.arg(last_seqs)::int[]) as last_seq,
       unnest(sqlc.arg(invalid_choices)::int[]) as invalid_choices, unnest(sqlc.arg(greeted)::boolean[]) as greeted,
       unnest(sqlc.arg(opt_out_flags)::boolean[]) as opt_out_flag,
       unnest(sqlc.arg(after_hours_told)::boolean[]) as after_hours_told,
       unnest(sqlc.arg(transfer_counts)::int[]) as transfer_count, unnest(sqlc.arg(transfers_to)::bigint[]) as transfer_to,
       unnest(sqlc.arg(transfers_until)::timestamptz[]) as transfer_until,
       unnest(sqlc.arg(created_at)::timestamptz[]) as created_at, unnest(sqlc.arg(queued_at)::timestamptz[]) as queued_at,
       unnest(sqlc.arg(assigned_at)::timestamptz[]) as assigned_at,
       unnest(sqlc.arg(last_consumer_at)::timestamptz[]) as last_consumer_at,
       unnest(sqlc.arg(last_agent_at)::timestamptz[]) as last_agent_at,
       unnest(sqlc.arg(dismissed_at)::timestamptz[]) as dismissed_at, unnest(sqlc.arg(due_at)::timestamptz[]) as due_at,
       unnest(sqlc.arg(owed_since)::timestamptz[]) as owed_since, unnest(sqlc.arg(ended_at)::timestamptz[]) as ended_at,
       unnest(sqlc.arg(disconnected_by)::text[]) as disconnected_by, unnest(sqlc.arg(fail_reasons)::text[]) as fail_reason) as r
on conflict (tenant_id, id) do update set
       status = excluded.status, lang = excluded.lang, menu_id = excluded.menu_id, queue_id = excluded.queue_id,
       agent_id = excluded.agent_id, last_agent_id = excluded.last_agent_id, last_seq = excluded.last_seq,
       invalid_choices = excluded.invalid_choices, greeted = excluded.greeted, opt_out_flag = excluded.opt_out_flag,
       after_hours_told = excluded.after_hours_told, transfer_count = excluded.transfer_count, transfer_to = excluded.transfer_to,
       transfer_until = excluded.transfer_until,
       queued_at = excluded.queued_at, assigned_at = excluded.assigned_at, last_consumer_at = excluded.last_consumer_at,
       last_agent_at = excluded.last_agent_at, dismissed_at = excluded.dismissed_at, due_at = excluded.due_at, owed_since = excluded.owed_since,
       ended_at = excluded.ended_at, disconnected_by = excluded.disconnected_by, fail_reason = excluded.fail_reason,
       read_seq = case when excluded.agent_id = chats.agent_id then chats.read_seq else 0 end,
       updated_at = excluded.updated_at;

-- name: TouchChats :exec
-- The common case: only the facts that a text moves. No indexed column changes, so the row stays where it is (HOT).
update chats c set last_seq = r.last_seq, last_consumer_at = r.last_consumer_at, last_agent_at = r.last_agent_at,
       due_at = r.due_at, opt_out_flag = r.opt_out_flag, owed_since = r.owed_since, updated_at = sqlc.arg(now)::timestamptz
from (select unnest(sqlc.arg(ids)::bigint[]) as id, unnest(sqlc.arg(seqs)::int[]) as last_seq,
             unnest(sqlc.arg(last_consumer)::timestamptz[]) as last_consumer_at, unnest(sqlc.arg(last_agent)::timestamptz[]) as last_agent_at,
             unnest(sqlc.arg(dues)::timestamptz[]) as due_at, unnest(sqlc.arg(flags)::boolean[]) as opt_out_flag,
             unnest(sqlc.arg(owed)::timestamptz[]) as owed_since) as r
where c.tenant_id = sqlc.arg(tenant) and c.id = r.id;

-- name: SaveThreads :exec
update threads t set chat_id = nullif(r.chat_id, 0), replies = r.replies
from (select unnest(sqlc.arg(ids)::bigint[]) as id, unnest(sqlc.arg(chat_ids)::bigint[]) as chat_id,
             unnest(sqlc.arg(replies)::jsonb[]) as replies) as r
where t.tenant_id = sqlc.arg(tenant) and t.id = r.id;

-- name: AddEvents :exec
insert into chat_events (tenant_id, chat_id, seq, kind, user_id, data, at)
select sqlc.arg(tenant)::bigint, r.chat_id, r.seq, r.kind, nullif(r.user_id, 0), r.data, sqlc.arg(at)::timestamptz
from (select unnest(sqlc.arg(chat_ids)::bigint[]) as chat_id, unnest(sqlc.arg(seqs)::int[]) as seq, unnest(sqlc.arg(kinds)::text[]) as kind,
             unnest(sqlc.arg(user_ids)::bigint[]) as user_id, unnest(sqlc.arg(datas)::jsonb[]) as data) as r;

-- name: SetDue :exec
insert into due (tenant_id, kind, ref, due_at)
select sqlc.arg(tenant)::bigint, 'chat', r.ref, r.due_at
from (select unnest(sqlc.arg(refs)::bigint[]) as ref, unnest(sqlc.arg(dues)::timestamptz[]) as due_at) as r
on conflict (tenant_id, kind, ref) do update set due_at = excluded.due_at;

-- name: ClearDue :exec
delete from due where tenant_id = sqlc.arg(tenant) and kind = 'chat' and ref = any(sqlc.arg(refs)::bigint[]);

-- name: ClaimDue :many
-- Timers that have come, of all tenants. They are pushed ahead by a lease, so that another node's sweep leaves them
-- alone and a crash in the middle only delays them. `% 1 = 0` is always true: without it the planner expects a tenth of the
-- table from the limit, which it does not know, and reads all of it to find these few rows again.
update due d set due_at = sqlc.arg(now)::timestamptz + sqlc.arg(lease)::interval
from (select tenant_id, kind, ref from due where kind = 'chat' and due_at <= sqlc.arg(now)::timestamptz
      order by due_at limit sqlc.arg(most)::int for update skip locked) p
where p.ref % 1 = 0 and d.tenant_id = p.tenant_id and d.kind = p.kind and d.ref = p.ref
returning d.tenant_id, d.ref;

-- name: ListGone :many
-- Chats whose queue or menu was deleted, in the order of their locks. It walks the tenant's active chats once from one end to
-- the other, however many batches that takes.
select c.thread_id, c.id from chats c
join queues q on q.tenant_id = c.tenant_id and q.id = coalesce(c.queue_id, c.menu_id) and q.deleted_at is not null
where c.tenant_id = sqlc.arg(tenant) and c.ended_at is null and c.thread_id > sqlc.arg(after)
order by c.thread_id limit sqlc.arg(most)::int;

-- name: ExpectGone :exec
-- A deleted queue is due until all its chats have moved on.
insert into due (tenant_id, kind, ref, due_at) values (sqlc.arg(tenant), 'queue', sqlc.arg(queue)::bigint, sqlc.arg(due_at)::timestamptz)
on conflict (tenant_id, kind, ref) do update set due_at = excluded.due_at;

-- name: ClaimGone :many
-- As ClaimDue.
update due d set due_at = sqlc.arg(now)::timestamptz + sqlc.arg(lease)::interval
from (select tenant_id, kind, ref from due where kind = 'queue' and due_at <= sqlc.arg(now)::timestamptz
      order by due_at limit sqlc.arg(most)::int for update skip locked) p
where p.ref % 1 = 0 and d.tenant_id = p.tenant_id and d.kind = p.kind and d.ref = p.ref
returning d.tenant_id, d.ref;

-- name: DeletedAt :one
select deleted_at from queues where tenant_id = sqlc.arg(tenant) and id = sqlc.arg(queue);

-- name: DropGone :exec
delete from due where tenant_id = sqlc.arg(tenant) and kind = 'queue' and ref = sqlc.arg(queue)::bigint;

-- name: CloseOffers :many
-- Ends the open offers of a chat: the winner's is accepted, the others are withdrawn.
update offers set state = case when user_id = sqlc.arg(winner)::bigint then 'accepted' else 'withdrawn' end, closed_at = sqlc.arg(now)::timestamptz
where tenant_id = sqlc.arg(tenant) and chat_id = sqlc.arg(chat) and state = 'open'
returning user_id;

-- name: BeginTransfer :exec
insert into transfers (tenant_id, chat_id, seq, by_id, queue_id, agent_id, began_at, until)
values (sqlc.arg(tenant), sqlc.arg(chat), sqlc.arg(seq), sqlc.arg(by), nullif(sqlc.arg(queue)::bigint, 0), nullif(sqlc.arg(agent)::bigint, 0),
        sqlc.arg(now)::timestamptz, sqlc.narg(until)::timestamptz);

-- name: SettleTransfer :exec
update transfers set state = case when sqlc.arg(why)::text = '' then 'ended' else 'failed' end, why = sqlc.arg(why)::text, over_at = sqlc.arg(now)::timestamptz
where tenant_id = sqlc.arg(tenant) and chat_id = sqlc.arg(chat) and state = 'began';

-- name: PassOffer :exec
-- Routing asks who let a chat go only when nobody else is left, and not before a lease would have run out: as if they had
-- declined it.
insert into offers (tenant_id, chat_id, user_id, state, created_at, expires_at, closed_at)
values (sqlc.arg(tenant), sqlc.arg(chat), sqlc.arg(agent), 'declined', sqlc.arg(now)::timestamptz, sqlc.arg(until)::timestamptz, sqlc.arg(now)::timestamptz);

-- name: FindTarget :one
-- The agent to whom a chat may be transferred. What is held out to them holds a slot.
select u.name, u.chat_limit, u.status, exists (select from presence p where p.tenant_id = u.tenant_id and p.user_id = u.id) as connected,
       (c.queue_id is null or exists (select from queue_members qa where qa.tenant_id = u.tenant_id and qa.user_id = u.id
                                      and qa.queue_id = c.queue_id))::boolean as serves,
       ((select count(*) from chats h where h.tenant_id = u.tenant_id and h.agent_id = u.id and h.status = 'assigned')
        + (select count(*) from offers o where o.tenant_id = u.tenant_id and o.user_id = u.id and o.state = 'open')
        + (select count(*) from transfers x where x.tenant_id = u.tenant_id and x.agent_id = u.id and x.state = 'began')
        + (select count(*) from wrap_ups g where g.tenant_id = u.tenant_id and g.agent_id = u.id and g.done_at is null and g.until > sqlc.arg(now)::timestamptz))::int as held
from users u join chats c on c.tenant_id = u.tenant_id and c.id = sqlc.arg(chat)
where u.tenant_id = sqlc.arg(tenant) and u.id = sqlc.arg(agent) and u.disabled_at is null and 'agent' = any (u.roles);

-- name: ListTargets :many
-- The agents to whom a chat might be transferred, as FindTarget finds one.
select u.id, u.name, u.chat_limit, u.status, exists (select from presence p where p.tenant_id = u.tenant_id and p.user_id = u.id) as connected,
       (c.queue_id is null or exists (select from queue_members qa where qa.tenant_id = u.tenant_id and qa.user_id = u.id
                                      and qa.queue_id = c.queue_id))::boolean as serves,
       array(select qs.queue_id from queue_members qs where qs.tenant_id = u.tenant_id and qs.user_id = u.id)::bigint[] as served_queues,
       ((select count(*) from chats h where h.tenant_id = u.tenant_id and h.agent_id = u.id and h.status = 'assigned')
        + (select count(*) from offers o where o.tenant_id = u.tenant_id and o.user_id = u.id and o.state = 'open')
        + (select count(*) from transfers x where x.tenant_id = u.tenant_id and x.agent_id = u.id and x.state = 'began')
        + (select count(*) from wrap_ups g where g.tenant_id = u.tenant_id and g.agent_id = u.id and g.done_at is null and g.until > sqlc.arg(now)::timestamptz))::int as held
from users u join chats c on c.tenant_id = u.tenant_id and c.id = sqlc.arg(chat)
where u.tenant_id = sqlc.arg(tenant) and u.id is distinct from c.agent_id and u.disabled_at is null and 'agent' = any (u.roles)
order by lower(u.name), u.id limit 500;

-- name: WaitingOfQueues :many
-- How many chats wait in each queue, counted in the index of the waiting.
select c.queue_id::bigint as queue_id, count(*)::int as waiting
from chats c where c.tenant_id = sqlc.arg(tenant) and c.status = 'queued' and c.queue_id is not null group by c.queue_id;

-- name: TransfersTo :many
-- The chats that are being held out to an agent by another.
select chat_id from transfers where tenant_id = sqlc.arg(tenant) and agent_id = sqlc.arg(agent)::bigint and state = 'began' order by chat_id;

-- name: FreeAgent :exec
update users set free_since = sqlc.arg(now)::timestamptz where tenant_id = sqlc.arg(tenant) and id = sqlc.arg(agent);

-- name: FirstSlots :many
-- What an agent who texts first may do: their limit, what they have, and whether they serve the queue.
select u.chat_limit,
       ((select count(*) from chats c where c.tenant_id = u.tenant_id and c.agent_id = u.id and c.status = 'assigned')
        + (select count(*) from wrap_ups g where g.tenant_id = u.tenant_id and g.agent_id = u.id and g.done_at is null and g.until > sqlc.arg(now)::timestamptz))::int as taken,
       exists (select from queue_members qa where qa.tenant_id = u.tenant_id and qa.user_id = u.id and qa.queue_id = sqlc.arg(queue)) as serves
from users u where u.tenant_id = sqlc.arg(tenant) and u.id = sqlc.arg(agent) and u.disabled_at is null;

-- name: FindFirst :many
-- The chat that this agent began with the pair by this client id: a repeat is the same chat.
select c.id from chats c
join end_users e on e.tenant_id = c.tenant_id and e.id = c.end_user_id
join threads t on t.tenant_id = c.tenant_id and t.id = c.thread_id
join messages m on m.tenant_id = c.tenant_id and m.chat_id = c.id and m.client_id = sqlc.arg(client_id)::text and m.user_id = sqlc.arg(agent)::bigint
where c.tenant_id = sqlc.arg(tenant) and e.address = sqlc.arg(address) and t.number_id = sqlc.arg(number) and t.end_user_id = e.id
  and c.started_by = 'agent'
order by c.id desc limit 1;

-- name: ServedBy :many
-- The queues that an agent serves.
select queue_id from queue_members where tenant_id = sqlc.arg(tenant) and user_id = sqlc.arg(agent) order by queue_id;

-- name: ServedWaiting :many
-- The queues that an agent serves, with how many chats wait in each: those are counted in the index of the waiting.
select m.queue_id, (select count(*) from chats c where c.tenant_id = sqlc.arg(tenant) and c.queue_id = m.queue_id and c.status = 'queued')::int as waiting
from queue_members m where m.tenant_id = sqlc.arg(tenant) and m.user_id = sqlc.arg(agent);

-- name: MarkRead :exec
update chats set read_seq = least(sqlc.arg(seq)::int, last_seq)
where tenant_id = sqlc.arg(tenant) and id = sqlc.arg(chat) and agent_id = sqlc.arg(agent)::bigint and status = 'assigned'
  and read_seq < least(sqlc.arg(seq)::int, last_seq);

-- name: ListDesk :many
-- The chats an agent has, oldest first.
select c.id as chat_id, c.status, c.started_by, coalesce(c.queue_id, 0)::bigint as queue_id, e.id as end_user_id, e.name as end_user_name,
       e.address, n.address as our_address, c.lang, coalesce(c.agent_id, 0)::bigint as agent_id, coalesce(u.name, '')::text as agent_name,
       c.last_seq, c.opt_out_flag, exists (select from do_not_contact d where d.tenant_id = c.tenant_id and d.address = e.address) as opted_out,
       c.created_at, c.queued_at, c.assigned_at, c.last_consumer_at, c.last_agent_at, c.owed_since, c.ended_at,
       coalesce(c.disconnected_by, '')::text as disconnected_by, coalesce(c.fail_reason, '')::text as fail_reason,
       coalesce((select m.body from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id order by m.seq desc limit 1), '')::text as preview,
       (select count(*) from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id and m.seq > c.read_seq and m.direction = 'in')::int as unread,
       c.read_seq, c.dismissed_at, c.transfer_count, coalesce(c.transfer_to, 0)::bigint as transfer_to, c.transfer_until,
       coalesce((select w.name from users w where w.tenant_id = c.tenant_id and w.id = c.transfer_to), '')::text as transfer_name,
       g.until as wrap_until, g.done_at as wrap_done_at, coalesce(g.disposition, '')::text as disposition, coalesce(g.note, '')::text as note
from chats c
join end_users e on e.tenant_id = c.tenant_id and e.id = c.end_user_id
join numbers n on n.tenant_id = c.tenant_id and n.id = c.number_id
left join users u on u.tenant_id = c.tenant_id and u.id = c.agent_id
left join wrap_ups g on g.tenant_id = c.tenant_id and g.chat_id = c.id
where c.tenant_id = sqlc.arg(tenant) and c.agent_id = sqlc.arg(agent)::bigint and c.status = 'assigned'
order by c.assigned_at, c.id;

-- name: ListDismissed :many
-- What an agent has laid aside, the latest first, as ListDesk shows it.
select c.id as chat_id, c.status, c.started_by, coalesce(c.queue_id, 0)::bigint as queue_id, e.id as end_user_id, e.name as end_user_name,
       e.address, n.address as our_address, c.lang, coalesce(c.agent_id, 0)::bigint as agent_id, coalesce(u.name, '')::text as agent_name,
       c.last_seq, c.opt_out_flag, exists (select from do_not_contact d where d.tenant_id = c.tenant_id and d.address = e.address) as opted_out,
       c.created_at, c.queued_at, c.assigned_at, c.last_consumer_at, c.last_agent_at, c.owed_since, c.ended_at,
       coalesce(c.disconnected_by, '')::text as disconnected_by, coalesce(c.fail_reason, '')::text as fail_reason,
       coalesce((select m.body from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id order by m.seq desc limit 1), '')::text as preview,
       (select count(*) from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id and m.seq > c.read_seq and m.direction = 'in')::int as unread,
       c.read_seq, c.dismissed_at, c.transfer_count, coalesce(c.transfer_to, 0)::bigint as transfer_to, c.transfer_until,
       coalesce((select w.name from users w where w.tenant_id = c.tenant_id and w.id = c.transfer_to), '')::text as transfer_name,
       g.until as wrap_until, g.done_at as wrap_done_at, coalesce(g.disposition, '')::text as disposition, coalesce(g.note, '')::text as note
from chats c
join end_users e on e.tenant_id = c.tenant_id and e.id = c.end_user_id
join numbers n on n.tenant_id = c.tenant_id and n.id = c.number_id
left join users u on u.tenant_id = c.tenant_id and u.id = c.agent_id
left join wrap_ups g on g.tenant_id = c.tenant_id and g.chat_id = c.id
where c.tenant_id = sqlc.arg(tenant) and c.last_agent_id = sqlc.arg(agent)::bigint and c.status = 'dismissed'
order by c.dismissed_at desc, c.id desc limit 200;

-- name: ListWrapUps :many
-- The chats about which an agent still has something to say, as ListDesk shows them.
select c.id as chat_id, c.status, c.started_by, coalesce(c.queue_id, 0)::bigint as queue_id, e.id as end_user_id, e.name as end_user_name,
       e.address, n.address as our_address, c.lang, coalesce(c.agent_id, 0)::bigint as agent_id, coalesce(u.name, '')::text as agent_name,
       c.last_seq, c.opt_out_flag, exists (select from do_not_contact d where d.tenant_id = c.tenant_id and d.address = e.address) as opted_out,
       c.created_at, c.queued_at, c.assigned_at, c.last_consumer_at, c.last_agent_at, c.owed_since, c.ended_at,
       coalesce(c.disconnected_by, '')::text as disconnected_by, coalesce(c.fail_reason, '')::text as fail_reason,
       coalesce((select m.body from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id order by m.seq desc limit 1), '')::text as preview,
       (select count(*) from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id and m.seq > c.read_seq and m.direction = 'in')::int as unread,
       c.read_seq, c.dismissed_at, c.transfer_count, coalesce(c.transfer_to, 0)::bigint as transfer_to, c.transfer_until,
       coalesce((select w.name from users w where w.tenant_id = c.tenant_id and w.id = c.transfer_to), '')::text as transfer_name,
       g.until as wrap_until, g.done_at as wrap_done_at, coalesce(g.disposition, '')::text as disposition, coalesce(g.note, '')::text as note
from chats c
join end_users e on e.tenant_id = c.tenant_id and e.id = c.end_user_id
join numbers n on n.tenant_id = c.tenant_id and n.id = c.number_id
left join users u on u.tenant_id = c.tenant_id and u.id = c.agent_id
left join wrap_ups g on g.tenant_id = c.tenant_id and g.chat_id = c.id
where c.tenant_id = sqlc.arg(tenant) and g.agent_id = sqlc.arg(agent)::bigint and g.done_at is null and g.until > sqlc.arg(now)::timestamptz
order by g.began_at, c.id;

-- name: BeginWrapUps :exec
-- Whose desk is shut, or who is shut out, is not asked. When the time is up a router looks at who has a slot free: the chat's row
-- in due is claimed like one of an offer that ran out (package queues, ClaimOffers) and leads to nothing more.
with asked as (
  insert into wrap_ups (tenant_id, chat_id, agent_id, began_at, until)
  select sqlc.arg(tenant)::bigint, x.chat, x.agent, sqlc.arg(now)::timestamptz, x.until
  from rows from (unnest(sqlc.arg(chats)::bigint[]), unnest(sqlc.arg(agents)::bigint[]), unnest(sqlc.arg(untils)::timestamptz[])) as x(chat, agent, until)
  where exists (select from users u join presence p on p.tenant_id = u.tenant_id and p.user_id = u.id
                where u.tenant_id = sqlc.arg(tenant)::bigint and u.id = x.agent and u.disabled_at is null)
  on conflict do nothing
  returning chat_id, until)
insert into due (tenant_id, kind, ref, due_at)
select sqlc.arg(tenant)::bigint, 'offer', a.chat_id, a.until from asked a order by a.chat_id
on conflict (tenant_id, kind, ref) do update set due_at = excluded.due_at;

-- name: LockWrapUp :one
select g.agent_id, g.until, g.done_at, g.disposition, g.note, coalesce(c.queue_id, 0)::bigint as queue_id
from wrap_ups g join chats c on c.tenant_id = g.tenant_id and c.id = g.chat_id
where g.tenant_id = sqlc.arg(tenant) and g.chat_id = sqlc.arg(chat) for update of g;

-- name: SaveWrapUp :exec
update wrap_ups set done_at = sqlc.arg(now)::timestamptz, disposition = sqlc.arg(disposition), note = sqlc.arg(note)
where tenant_id = sqlc.arg(tenant) and chat_id = sqlc.arg(chat);

-- name: FindView :many
-- One chat as ListDesk shows it.
select c.id as chat_id, c.status, c.started_by, coalesce(c.queue_id, 0)::bigint as queue_id, e.id as end_user_id, e.name as end_user_name,
       e.address, n.address as our_address, c.lang, coalesce(c.agent_id, 0)::bigint as agent_id, coalesce(u.name, '')::text as agent_name,
       c.last_seq, c.opt_out_flag, exists (select from do_not_contact d where d.tenant_id = c.tenant_id and d.address = e.address) as opted_out,
       c.created_at, c.queued_at, c.assigned_at, c.last_consumer_at, c.last_agent_at, c.owed_since, c.ended_at,
       coalesce(c.disconnected_by, '')::text as disconnected_by, coalesce(c.fail_reason, '')::text as fail_reason,
       coalesce((select m.body from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id order by m.seq desc limit 1), '')::text as preview,
       (select count(*) from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id and m.seq > c.read_seq and m.direction = 'in')::int as unread,
       c.read_seq, c.dismissed_at, c.transfer_count, coalesce(c.transfer_to, 0)::bigint as transfer_to, c.transfer_until,
       coalesce((select w.name from users w where w.tenant_id = c.tenant_id and w.id = c.transfer_to), '')::text as transfer_name,
       g.until as wrap_until, g.done_at as wrap_done_at, coalesce(g.disposition, '')::text as disposition, coalesce(g.note, '')::text as note
from chats c
join end_users e on e.tenant_id = c.tenant_id and e.id = c.end_user_id
join numbers n on n.tenant_id = c.tenant_id and n.id = c.number_id
left join users u on u.tenant_id = c.tenant_id and u.id = c.agent_id
left join wrap_ups g on g.tenant_id = c.tenant_id and g.chat_id = c.id
where c.tenant_id = sqlc.arg(tenant) and c.id = sqlc.arg(chat);

-- name: ListOfEndUser :many
-- The chats of a consumer with all of our numbers, the latest first, as ListDesk shows them.
select c.id as chat_id, c.status, c.started_by, coalesce(c.queue_id, 0)::bigint as queue_id, e.id as end_user_id, e.name as end_user_name,
       e.address, n.address as our_address, c.lang, coalesce(c.agent_id, 0)::bigint as agent_id, coalesce(u.name, '')::text as agent_name,
       c.last_seq, c.opt_out_flag, exists (select from do_not_contact d where d.tenant_id = c.tenant_id and d.address = e.address) as opted_out,
       c.created_at, c.queued_at, c.assigned_at, c.last_consumer_at, c.last_agent_at, c.owed_since, c.ended_at,
       coalesce(c.disconnected_by, '')::text as disconnected_by, coalesce(c.fail_reason, '')::text as fail_reason,
       coalesce((select m.body from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id order by m.seq desc limit 1), '')::text as preview,
       (select count(*) from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id and m.seq > c.read_seq and m.direction = 'in')::int as unread,
       c.read_seq, c.dismissed_at, c.transfer_count, coalesce(c.transfer_to, 0)::bigint as transfer_to, c.transfer_until,
       coalesce((select w.name from users w where w.tenant_id = c.tenant_id and w.id = c.transfer_to), '')::text as transfer_name,
       g.until as wrap_until, g.done_at as wrap_done_at, coalesce(g.disposition, '')::text as disposition, coalesce(g.note, '')::text as note
from chats c
join end_users e on e.tenant_id = c.tenant_id and e.id = c.end_user_id
join numbers n on n.tenant_id = c.tenant_id and n.id = c.number_id
left join users u on u.tenant_id = c.tenant_id and u.id = c.agent_id
left join wrap_ups g on g.tenant_id = c.tenant_id and g.chat_id = c.id
where c.tenant_id = sqlc.arg(tenant)
  and c.thread_id in (select th.id from threads th where th.tenant_id = sqlc.arg(tenant) and th.end_user_id = sqlc.arg(end_user))
order by c.id desc limit 50;

-- name: KnowsEndUser :one
-- Who has or had a chat with a consumer knows them.
select exists (select from threads th join chats c on c.tenant_id = th.tenant_id and c.thread_id = th.id
               where th.tenant_id = sqlc.arg(tenant) and th.end_user_id = sqlc.arg(end_user)
                 and (c.agent_id = sqlc.arg(agent)::bigint or c.last_agent_id = sqlc.arg(agent)::bigint));

-- name: FindEndUser :many
select e.id, e.name, e.address, e.lang, e.created_at,
       exists (select from do_not_contact d where d.tenant_id = e.tenant_id and d.address = e.address) as opted_out,
       coalesce((select l.at from consent_ledger l where l.tenant_id = e.tenant_id and l.address = e.address and l.action in ('opt_in', 'opt_out')
                 order by l.id desc limit 1), e.created_at)::timestamptz as consent_at
from end_users e where e.tenant_id = sqlc.arg(tenant) and e.id = sqlc.arg(end_user);

-- name: FindRecipient :one
-- Who might be texted first, known or not.
select coalesce((select e.name from end_users e where e.tenant_id = sqlc.arg(tenant) and e.address = sqlc.arg(address)), '')::text as name,
       exists (select from do_not_contact d where d.tenant_id = sqlc.arg(tenant) and d.address = sqlc.arg(address))::boolean as opted_out;

-- name: ListTexts :many
-- The texts of a transcript past a row.
select m.id, coalesce(m.seq, 0)::int as seq, m.created_at, m.sender, m.kind, m.body, m.media, m.segments, m.status,
       coalesce(m.client_id, '')::text as client_id, m.uncertain, coalesce(m.error_code, '')::text as error_code,
       coalesce(m.error_text, '')::text as error_text, coalesce(m.retryable, false) as retryable,
       coalesce(m.user_id, 0)::bigint as user_id, coalesce(u.name, '')::text as user_name, (m.erased_at is not null)::boolean as erased
from messages m left join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
where m.tenant_id = sqlc.arg(tenant) and m.chat_id = sqlc.arg(chat)::bigint and m.seq > sqlc.arg(after)::int
order by m.seq limit sqlc.arg(most)::int;

-- name: ListMarks :many
-- The marks of a transcript past a row.
select v.seq, v.at, v.kind, v.data, coalesce(v.user_id, 0)::bigint as user_id, coalesce(u.name, '')::text as user_name,
       coalesce(w.name, '')::text as to_name
from chat_events v left join users u on u.tenant_id = v.tenant_id and u.id = v.user_id
left join users w on w.tenant_id = v.tenant_id and w.id = (v.data ->> 'to_id')::bigint
where v.tenant_id = sqlc.arg(tenant) and v.chat_id = sqlc.arg(chat) and v.seq > sqlc.arg(after)::int
order by v.seq limit sqlc.arg(most)::int;

-- name: ListStatuses :many
-- What became of our texts between two rows, and of pictures, the newest 500.
select id, coalesce(seq, 0)::int as seq, status, uncertain, coalesce(error_code, '')::text as error_code,
       coalesce(error_text, '')::text as error_text, coalesce(retryable, false) as retryable, media
from messages
where tenant_id = sqlc.arg(tenant) and chat_id = sqlc.arg(chat)::bigint and seq between sqlc.arg(first)::int and sqlc.arg(last)::int
  and (direction = 'out' or media is not null)
order by seq desc limit 500;

-- name: HadChat :one
-- An agent reads the chats they have, those they had, and the earlier ones of a consumer with whom they have one now.
select exists (select from chats c where c.tenant_id = sqlc.arg(tenant) and c.id = sqlc.arg(chat)
               and (c.agent_id = sqlc.arg(agent)::bigint or c.last_agent_id = sqlc.arg(agent)::bigint))
    or exists (select from chat_events v where v.tenant_id = sqlc.arg(tenant) and v.chat_id = sqlc.arg(chat)
               and v.kind = 'assigned' and v.user_id = sqlc.arg(agent)::bigint)
    or exists (select from chats mine join chats c on c.tenant_id = mine.tenant_id and c.end_user_id = mine.end_user_id and c.id = sqlc.arg(chat)
               where mine.tenant_id = sqlc.arg(tenant) and mine.agent_id = sqlc.arg(agent)::bigint and mine.status = 'assigned');

-- name: LastSweep :many
-- When some node last swept, and until when the cluster ends no chats. The lock lets nodes that start together agree.
select seen_at, held_until from sweeps where id = 1 for update;

-- name: SaveSweep :exec
insert into sweeps (id, seen_at, held_until) values (1, sqlc.arg(seen_at)::timestamptz, sqlc.narg(held_until)::timestamptz)
on conflict (id) do update set seen_at = excluded.seen_at, held_until = coalesce(excluded.held_until, sweeps.held_until);

-- name: PaceExpiry :execrows
-- Takes a turn to end a chat of the tenant, if there is one: 40 a second and 10 at once, so at most 50 in any second. A turn
-- in the far future is from a clock that has been put right since.
insert into expiry_pace as p (tenant_id, next_at) values (sqlc.arg(tenant), sqlc.arg(now)::timestamptz + interval '25 ms')
on conflict (tenant_id) do update set next_at = case
  when p.next_at > sqlc.arg(now)::timestamptz + interval '1 min' then sqlc.arg(now)::timestamptz
  else greatest(p.next_at, sqlc.arg(now)::timestamptz) end + interval '25 ms'
where p.next_at <= sqlc.arg(now)::timestamptz + interval '225 ms' or p.next_at > sqlc.arg(now)::timestamptz + interval '1 min';
-- name: AgentSums :many
-- What agents took between two times: each time one got a chat, until it left them. By the index of assignments, and within
-- a chat by its rows, so the cost is that of the chats of the period. No ids: all agents.
select u.id, u.name, held.chats::int as chat_count, held.ended::int as ended, held.seconds::float8 as seconds,
       held.replied::int as replied, held.reply_seconds::float8 as reply_seconds, held.texts::int as texts,
       let_go.missed::int as missed, let_go.declined::int as declined
from users u
cross join lateral (
  select count(distinct h.chat_id) as chats, count(h.left_at) as ended,
         coalesce(sum(extract(epoch from h.left_at - h.at)), 0) as seconds, count(h.reply_at) as replied,
         coalesce(sum(extract(epoch from h.reply_at - h.at)), 0) as reply_seconds, coalesce(sum(h.texts), 0) as texts
  from (
    select e.chat_id, e.at, l.at as left_at, t.reply_at, t.texts
    from chat_events e
    left join lateral (
      select x.seq, x.at from chat_events x
      where x.tenant_id = e.tenant_id and x.chat_id = e.chat_id and x.seq > e.seq and x.kind in ('ended', 'dismissed', 'queued', 'assigned')
      order by x.seq limit 1) l on true
    cross join lateral (
      select min(m.created_at) as reply_at, count(*) as texts from messages m
      where m.tenant_id = e.tenant_id and m.chat_id = e.chat_id and m.seq > e.seq and m.seq < coalesce(l.seq, 2147483647)
        and m.user_id = e.user_id) t
    where e.tenant_id = u.tenant_id and e.user_id = u.id and e.kind = 'assigned'
      and e.at >= sqlc.arg(begins)::timestamptz and e.at < sqlc.arg(ends)::timestamptz) h) held
cross join lateral (
  select count(*) filter (where o.state = 'expired') as missed, count(*) filter (where o.state = 'declined') as declined
  from offers o
  where o.tenant_id = u.tenant_id and o.user_id = u.id and o.state in ('expired', 'declined')
    and o.closed_at >= sqlc.arg(begins)::timestamptz and o.closed_at < sqlc.arg(ends)::timestamptz) let_go
where u.tenant_id = sqlc.arg(tenant) and 'agent' = any (u.roles)
  and (cardinality(sqlc.arg(user_ids)::bigint[]) = 0 or u.id = any (sqlc.arg(user_ids)::bigint[]))
order by lower(u.name), u.id;

-- name: TeamMates :many
-- Whose figures stand beside an agent's: those in a team with them, or all agents when they are in none.
select u.id from users u
where u.tenant_id = sqlc.arg(tenant) and 'agent' = any (u.roles)
  and (u.id = sqlc.arg(agent)
    or not exists (select from team_members m where m.tenant_id = u.tenant_id and m.user_id = sqlc.arg(agent))
    or exists (select from team_members m join team_members o on o.tenant_id = m.tenant_id and o.team_id = m.team_id
               where m.tenant_id = u.tenant_id and m.user_id = sqlc.arg(agent) and o.user_id = u.id))
order by u.id;

-- name: WhyText :many
-- One text with all that is known of its way.
select m.id, coalesce(m.chat_id, 0)::bigint as chat_id, coalesce(m.seq, 0)::int as seq, m.direction, m.sender, m.kind, m.bulk, m.our_address, m.address,
       m.body, m.segments, m.status, m.disposition, coalesce(m.provider_id, '')::text as provider_id, m.attempts, m.not_before,
       m.expires_at, m.claimed_at, m.uncertain, coalesce(m.error_code, '')::text as error_code,
       coalesce(m.error_text, '')::text as error_text, coalesce(m.retryable, false) as retryable, m.created_at, m.done_at,
       coalesce(u.name, '')::text as user_name
from messages m left join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
where m.tenant_id = sqlc.arg(tenant) and m.id = sqlc.arg(message);

-- name: WhyTexts :many
-- The texts of a chat in the same form.
select m.id, coalesce(m.chat_id, 0)::bigint as chat_id, coalesce(m.seq, 0)::int as seq, m.direction, m.sender, m.kind, m.bulk, m.our_address, m.address,
       m.body, m.segments, m.status, m.disposition, coalesce(m.provider_id, '')::text as provider_id, m.attempts, m.not_before,
       m.expires_at, m.claimed_at, m.uncertain, coalesce(m.error_code, '')::text as error_code,
       coalesce(m.error_text, '')::text as error_text, coalesce(m.retryable, false) as retryable, m.created_at, m.done_at,
       coalesce(u.name, '')::text as user_name
from messages m left join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
where m.tenant_id = sqlc.arg(tenant) and m.chat_id = sqlc.arg(chat)::bigint order by m.seq limit sqlc.arg(most)::int;

-- name: WhyOffers :many
-- To whom a chat was offered, and what came of it.
select o.id, o.user_id, u.name as user_name, o.mode, o.state, o.created_at, o.expires_at, o.closed_at
from offers o join users u on u.tenant_id = o.tenant_id and u.id = o.user_id
where o.tenant_id = sqlc.arg(tenant) and o.chat_id = sqlc.arg(chat) order by o.id limit sqlc.arg(most)::int;

-- name: WhyReceipts :many
select id, status, error_code, provider_id, at from receipts
where tenant_id = sqlc.arg(tenant) and message_id = sqlc.arg(message) order by id limit sqlc.arg(most)::int;

-- name: WhyLedger :many
-- What a consumer allowed and refused, the last lines.
select l.id, l.action, l.scope_kind, l.source, l.word, l.provider_id, coalesce(l.number_id, 0)::bigint as number_id, l.scope_id,
       coalesce(u.name, '')::text as user_name, l.at
from consent_ledger l left join users u on u.tenant_id = l.tenant_id and u.id = l.user_id
where l.tenant_id = sqlc.arg(tenant) and l.address = sqlc.arg(address) order by l.id desc limit sqlc.arg(most)::int;

-- name: WhyBlocked :many
select reason, created_at from blocklist where tenant_id = sqlc.arg(tenant) and address = sqlc.arg(address);

-- name: WhyLane :many
-- Whether a number's lane stands still now.
select l.paused_until::timestamptz as paused_until, coalesce(l.pause_reason, '')::text as reason from lanes l
where l.tenant_id = sqlc.arg(tenant) and l.number_id = sqlc.arg(number) and l.paused_until > sqlc.arg(now)::timestamptz;

-- Chats as programs read them (detail.go): the chats of a page, then what hangs on them, a statement a kind however many chats
-- there are. Each is bounded, because a chat may be offered and taken for as long as it lasts.

-- name: DetailHeads :many
select c.id, c.status, c.lang, coalesce(c.queue_id, 0)::bigint as queue_id, coalesce(c.agent_id, 0)::bigint as agent_id, c.end_user_id,
       n.address as our_address, c.created_at, c.queued_at, c.assigned_at, c.ended_at, c.updated_at,
       coalesce(c.disconnected_by, '')::text as disconnected_by, coalesce(c.fail_reason, '')::text as fail_reason
from chats c join numbers n on n.tenant_id = c.tenant_id and n.id = c.number_id
where c.tenant_id = sqlc.arg(tenant) and c.id = any (sqlc.arg(ids)::bigint[]);

-- name: DetailMarks :many
select v.chat_id, v.seq, v.at, v.kind, coalesce(v.user_id, 0)::bigint as user_id, coalesce((v.data ->> 'queue_id')::bigint, 0)::bigint as queue_id,
       coalesce((v.data ->> 'auto')::boolean, false)::boolean as auto
from unnest(sqlc.arg(ids)::bigint[]) as x(id)
cross join lateral (
  select e.chat_id, e.seq, e.at, e.kind, e.user_id, e.data from chat_events e
  where e.tenant_id = sqlc.arg(tenant) and e.chat_id = x.id and e.kind in ('menu_choice', 'queued', 'assigned', 'dismissed', 'ended')
  order by e.seq limit 2000) v
order by v.chat_id, v.seq;

-- name: DetailOffers :many
-- The last hundred of each.
select f.id, f.chat_id, f.user_id, f.mode, f.state, f.created_at, f.closed_at
from unnest(sqlc.arg(ids)::bigint[]) as x(id)
cross join lateral (
  select o.id, o.chat_id, o.user_id, o.mode, o.state, o.created_at, o.closed_at from offers o
  where o.tenant_id = sqlc.arg(tenant) and o.chat_id = x.id order by o.id desc limit 100) f
order by f.chat_id, f.id;

-- name: DetailTransfers :many
select f.chat_id, f.seq, f.by_id::bigint as by_id, coalesce(f.queue_id, 0)::bigint as queue_id, coalesce(f.agent_id, 0)::bigint as agent_id,
       f.state, f.why, f.began_at
from unnest(sqlc.arg(ids)::bigint[]) as x(id)
cross join lateral (
  select t.chat_id, t.seq, t.by_id, t.queue_id, t.agent_id, t.state, t.why, t.began_at from transfers t
  where t.tenant_id = sqlc.arg(tenant) and t.chat_id = x.id order by t.seq limit 200) f
order by f.chat_id, f.seq;

-- name: DetailMedia :many
select f.id, f.chat_id::bigint as chat_id, f.type, f.created_at
from unnest(sqlc.arg(ids)::bigint[]) as x(id)
cross join lateral (
  select m.id, m.chat_id, m.type, m.created_at from media m
  where m.tenant_id = sqlc.arg(tenant) and m.chat_id = x.id and m.state = 'ready' order by m.id desc limit 200) f
order by f.chat_id, f.id;

-- name: DetailPeople :many
select u.id, u.email, u.name from users u
where u.tenant_id = sqlc.arg(tenant) and u.id in (
  select c.agent_id from chats c where c.tenant_id = sqlc.arg(tenant) and c.id = any (sqlc.arg(ids)::bigint[])
  union select e.user_id from chat_events e where e.tenant_id = sqlc.arg(tenant) and e.chat_id = any (sqlc.arg(ids)::bigint[]) and e.kind = 'assigned'
  union select t.by_id from transfers t where t.tenant_id = sqlc.arg(tenant) and t.chat_id = any (sqlc.arg(ids)::bigint[])
  union select t.agent_id from transfers t where t.tenant_id = sqlc.arg(tenant) and t.chat_id = any (sqlc.arg(ids)::bigint[]));

-- name: ListMessages :many
-- The texts of a chat, a page of them, and how many there are.
select m.id, coalesce(m.seq, 0)::int as seq, m.created_at, m.sender, m.kind, m.body, m.media, m.segments, m.status,
       m.uncertain, coalesce(m.error_code, '')::text as error_code, coalesce(m.error_text, '')::text as error_text,
       coalesce(m.retryable, false) as retryable, coalesce(m.user_id, 0)::bigint as user_id, coalesce(u.name, '')::text as user_name
from messages m left join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
where m.tenant_id = sqlc.arg(tenant) and m.chat_id = sqlc.arg(chat)::bigint and m.seq > sqlc.arg(after)::int
order by m.seq limit sqlc.arg(most)::int offset sqlc.arg(skip)::int;

-- name: CountMessages :many
-- No row when there is no such chat.
select (select count(*) from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id)::int as total from chats c
where c.tenant_id = sqlc.arg(tenant) and c.id = sqlc.arg(chat);

-- name: ActiveChat :many
select c.id from end_users e
join threads t on t.tenant_id = e.tenant_id and t.end_user_id = e.id and t.number_id = sqlc.arg(number)
join chats c on c.tenant_id = t.tenant_id and c.thread_id = t.id and c.ended_at is null
where e.tenant_id = sqlc.arg(tenant) and e.address = sqlc.arg(address);
-- Erasing (erase.go) and retention (retention.go).

-- name: RetentionDone :one
select coalesce((select done_to from retention where tenant_id = sqlc.arg(tenant) and kind = sqlc.arg(kind)), 0)::bigint;

-- name: SaveRetention :exec
insert into retention (tenant_id, kind, done_to) values (sqlc.arg(tenant), sqlc.arg(kind), sqlc.arg(done_to))
on conflict (tenant_id, kind) do update set done_to = greatest(retention.done_to, excluded.done_to);

-- name: OldestTexts :many
-- The texts behind a mark, by id: their age ascends with it, so no index on the age is needed.
select id, created_at, coalesce(chat_id, 0)::bigint as chat_id, status from messages
where tenant_id = sqlc.arg(tenant) and id > sqlc.arg(after) order by id limit sqlc.arg(most)::int;

-- name: OldestReceipts :many
select id, at from receipts where tenant_id = sqlc.arg(tenant) and id > sqlc.arg(after) order by id limit sqlc.arg(most)::int;

-- name: DropReceipts :exec
delete from receipts where tenant_id = sqlc.arg(tenant) and id = any(sqlc.arg(ids)::bigint[]);

-- name: EraseTexts :many
-- The words of texts, not their rows. What is under way is still to be sent.
update messages set body = '', error_text = null, erased_at = sqlc.arg(now)::timestamptz
where tenant_id = sqlc.arg(tenant) and id = any(sqlc.arg(ids)::bigint[]) and erased_at is null and status not in ('queued', 'sending')
returning id, (media is not null)::boolean as has_media;

-- name: EraseMarks :exec
-- What people wrote into marks: notes, choices.
update chat_events set data = data - 'text' - 'note'
where tenant_id = sqlc.arg(tenant) and chat_id = any(sqlc.arg(chats)::bigint[]) and at < sqlc.arg(before)::timestamptz and data ?| array['text', 'note'];

-- name: EraseNotes :exec
-- What agents wrote when they wrapped chats up.
update wrap_ups set note = ''
where tenant_id = sqlc.arg(tenant) and chat_id = any(sqlc.arg(chats)::bigint[]) and began_at < sqlc.arg(before)::timestamptz and note <> '';

-- name: HoldEndUser :one
-- The consumer with a number, and whether a chat of theirs is active or a text under way.
select e.id,
       exists (select from threads t join chats c on c.tenant_id = t.tenant_id and c.thread_id = t.id and c.ended_at is null
               where t.tenant_id = e.tenant_id and t.end_user_id = e.id) as active,
       exists (select from threads t join messages m on m.tenant_id = t.tenant_id and m.thread_id = t.id and m.status in ('queued', 'sending')
               where t.tenant_id = e.tenant_id and t.end_user_id = e.id) as under_way,
       exists (select from do_not_contact d where d.tenant_id = e.tenant_id and d.address = e.address and d.scope_kind = 'tenant') as opted_out
from end_users e where e.tenant_id = sqlc.arg(tenant) and e.address = sqlc.arg(address);

-- name: LockThreadsOf :exec
-- Against a call that adds texts to these pairs: it holds no consumer.
select t.id from threads t where t.tenant_id = sqlc.arg(tenant) and t.end_user_id = sqlc.arg(end_user) order by t.id for update;

-- name: TextsOf :many
select m.id, coalesce(m.chat_id, 0)::bigint as chat_id from threads t join messages m on m.tenant_id = t.tenant_id and m.thread_id = t.id
where t.tenant_id = sqlc.arg(tenant) and t.end_user_id = sqlc.arg(end_user) order by m.id;

-- name: NamelessTexts :exec
update messages m set address = sqlc.arg(nobody)::text from threads t
where t.tenant_id = sqlc.arg(tenant) and t.end_user_id = sqlc.arg(end_user) and m.tenant_id = t.tenant_id and m.thread_id = t.id;

-- name: EraseEndUser :exec
update end_users set address = sqlc.arg(nobody)::text, name = '', erased_at = sqlc.arg(now)::timestamptz
where tenant_id = sqlc.arg(tenant) and id = sqlc.arg(end_user);

-- name: NamelessLedger :exec
update consent_ledger set address = sqlc.arg(nobody)::text where tenant_id = sqlc.arg(tenant) and address = sqlc.arg(address)::text;

-- name: HashOptOut :exec
-- The opt-out survives as a hash.
insert into erased_opt_outs (tenant_id, hash, since)
select d.tenant_id, sqlc.arg(hash)::bytea, d.since from do_not_contact d
where d.tenant_id = sqlc.arg(tenant) and d.address = sqlc.arg(address)::text and d.scope_kind = 'tenant'
on conflict do nothing;

-- name: DropOptOutHash :exec
delete from erased_opt_outs where tenant_id = sqlc.arg(tenant) and hash = sqlc.arg(hash)::bytea;

-- name: ForgetOptOut :exec
delete from do_not_contact where tenant_id = sqlc.arg(tenant) and address = sqlc.arg(address)::text;

-- name: RestoreOptOuts :exec
-- Numbers that come back after they were erased: who had opted out still has. From then on the list alone knows it, so that
-- who opts in again stays so.
with back as (
  delete from erased_opt_outs o where o.tenant_id = sqlc.arg(tenant) and o.hash = any(sqlc.arg(hashes)::bytea[]) returning o.tenant_id, o.hash, o.since)
insert into do_not_contact (tenant_id, address, since)
select e.tenant_id, a.address, e.since
from rows from (unnest(sqlc.arg(addresses)::text[]), unnest(sqlc.arg(hashes)::bytea[])) as a(address, hash)
join back e on e.hash = a.hash order by a.address
on conflict do nothing;

-- name: ErasedOptOuts :many
-- Those of these numbers that were erased after their opt-out, which still holds.
select a.address::text as address
from rows from (unnest(sqlc.arg(addresses)::text[]), unnest(sqlc.arg(hashes)::bytea[])) as a(address, hash)
where (select e.hash from erased_opt_outs e where e.tenant_id = sqlc.arg(tenant) and e.hash = a.hash limit 1) is not null;

-- name: ListFlagged :many
-- Chats in which a text may have been a request to stop and nobody has said whether, the oldest first, ended ones too. Who
-- is on the list by another way needs no answer.
select c.id, c.status, c.ended_at, e.address, e.name, coalesce(q.name, '')::text as queue, coalesce(u.name, '')::text as agent,
  coalesce(f.at, c.created_at)::timestamptz as at, coalesce(m.body, '')::text as body, count(*) over ()::int as total
from chats c
join end_users e on e.tenant_id = c.tenant_id and e.id = c.end_user_id
left join queues q on q.tenant_id = c.tenant_id and q.id = c.queue_id
left join users u on u.tenant_id = c.tenant_id and u.id = coalesce(c.agent_id, c.last_agent_id)
left join lateral (select v.seq, v.at from chat_events v where v.tenant_id = c.tenant_id and v.chat_id = c.id and v.kind = 'flag'
  order by v.seq desc limit 1) f on true
left join lateral (select t.body from messages t where t.tenant_id = c.tenant_id and t.chat_id = c.id and t.direction = 'in' and t.seq < f.seq
  order by t.seq desc limit 1) m on true
where c.tenant_id = @tenant_id and c.opt_out_flag
  and not exists (select from do_not_contact d where d.tenant_id = c.tenant_id and d.address = e.address and d.scope_kind = 'tenant')
order by c.id limit @most;

-- name: ClearFlag :one
-- The flag of a chat that has ended: nothing of the chat changes any more but this.
update chats c set opt_out_flag = false
from end_users e
where c.tenant_id = @tenant_id and c.id = @id and c.opt_out_flag and c.ended_at is not null
  and e.tenant_id = c.tenant_id and e.id = c.end_user_id
returning e.address, c.number_id;

-- name: ChatsOf :many
-- The active chats of a consumer.
select t.chat_id::bigint as chat_id from end_users e join threads t on t.tenant_id = e.tenant_id and t.end_user_id = e.id and t.chat_id is not null
where e.tenant_id = sqlc.arg(tenant) and e.address = sqlc.arg(address);

-- name: ListViews :many
-- Some chats as ListDesk shows them.
select c.id as chat_id, c.status, c.started_by, coalesce(c.queue_id, 0)::bigint as queue_id, e.id as end_user_id, e.name as end_user_name,
       e.address, n.address as our_address, c.lang, coalesce(c.agent_id, 0)::bigint as agent_id, coalesce(u.name, '')::text as agent_name,
       c.last_seq, c.opt_out_flag, exists (select from do_not_contact d where d.tenant_id = c.tenant_id and d.address = e.address) as opted_out,
       c.created_at, c.queued_at, c.assigned_at, c.last_consumer_at, c.last_agent_at, c.owed_since, c.ended_at,
       coalesce(c.disconnected_by, '')::text as disconnected_by, coalesce(c.fail_reason, '')::text as fail_reason,
       coalesce((select m.body from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id order by m.seq desc limit 1), '')::text as preview,
       (select count(*) from messages m where m.tenant_id = c.tenant_id and m.chat_id = c.id and m.seq > c.read_seq and m.direction = 'in')::int as unread,
       c.read_seq, c.dismissed_at, c.transfer_count, coalesce(c.transfer_to, 0)::bigint as transfer_to, c.transfer_until,
       coalesce((select w.name from users w where w.tenant_id = c.tenant_id and w.id = c.transfer_to), '')::text as transfer_name,
       g.until as wrap_until, g.done_at as wrap_done_at, coalesce(g.disposition, '')::text as disposition, coalesce(g.note, '')::text as note
from chats c
join end_users e on e.tenant_id = c.tenant_id and e.id = c.end_user_id
join numbers n on n.tenant_id = c.tenant_id and n.id = c.number_id
left join users u on u.tenant_id = c.tenant_id and u.id = c.agent_id
left join wrap_ups g on g.tenant_id = c.tenant_id and g.chat_id = c.id
where c.tenant_id = sqlc.arg(tenant) and c.id = any(sqlc.arg(chat_ids)::bigint[]);

-- name: WatchedIDs :many
-- What supervisors look at: the chats that go on, and those that ended of late.
(select c.id from chats c where c.tenant_id = sqlc.arg(tenant) and c.ended_at is null order by c.thread_id limit sqlc.arg(most)::int)
union all
(select c.id from chats c where c.tenant_id = sqlc.arg(tenant) and c.ended_at >= sqlc.arg(since)::timestamptz
 order by c.ended_at desc, c.id desc limit sqlc.arg(ended)::int);

-- name: OfferedIDs :many
-- The chats that are held out to somebody now.
select distinct o.chat_id from offers o where o.tenant_id = sqlc.arg(tenant) and o.state = 'open';

-- name: WatchedMore :many
-- What supervisors see of chats beside their heads: whether they were answered without being asked, and to whom they ring.
select c.id, coalesce((select (v.data ->> 'auto')::boolean from chat_events v where v.tenant_id = c.tenant_id and v.chat_id = c.id and v.kind = 'assigned'
                       order by v.seq desc limit 1), false)::boolean as auto,
       array(select u.name from offers o join users u on u.tenant_id = o.tenant_id and u.id = o.user_id
             where o.tenant_id = c.tenant_id and o.chat_id = c.id and o.state = 'open' order by u.name)::text[] as offered
from chats c where c.tenant_id = sqlc.arg(tenant) and c.id = any(sqlc.arg(chat_ids)::bigint[]);

-- name: WatchedAgents :many
select u.id, u.name, u.status, u.status_since, u.chat_limit,
       exists (select from presence p where p.tenant_id = u.tenant_id and p.user_id = u.id) as connected,
       ((select count(*) from offers o where o.tenant_id = u.tenant_id and o.user_id = u.id and o.state = 'open')
        + (select count(*) from transfers x where x.tenant_id = u.tenant_id and x.agent_id = u.id and x.state = 'began'))::int as offered,
       (select count(*) from wrap_ups g where g.tenant_id = u.tenant_id and g.agent_id = u.id and g.done_at is null and g.until > sqlc.arg(now)::timestamptz)::int as wrapping,
       array(select qa.queue_id from queue_members qa where qa.tenant_id = u.tenant_id and qa.user_id = u.id order by qa.queue_id)::bigint[] as serves,
       array(select t.name from team_members m join teams t on t.tenant_id = m.tenant_id and t.id = m.team_id
             where m.tenant_id = u.tenant_id and m.user_id = u.id order by t.name)::text[] as in_teams
from users u where u.tenant_id = sqlc.arg(tenant) and 'agent' = any (u.roles) and u.disabled_at is null order by u.id;

-- name: WatchedLoads :many
-- The chats that agents have, and whether their consumers wait for an answer.
select c.id, c.agent_id::bigint as agent_id, coalesce(c.queue_id, 0)::bigint as queue_id, c.owed_since
from chats c where c.tenant_id = sqlc.arg(tenant) and c.status = 'assigned' and c.agent_id is not null order by c.assigned_at, c.id;

-- name: WatchedQueues :many
-- What queues hold now.
select c.queue_id::bigint as queue_id, count(*) filter (where c.status = 'queued')::int as waiting,
       coalesce(min(c.queued_at) filter (where c.status = 'queued'), 'epoch')::timestamptz as oldest,
       count(*) filter (where c.status = 'assigned' and c.started_by = 'end_user')::int as inbound,
       count(*) filter (where c.status = 'assigned' and c.started_by = 'agent')::int as outbound,
       count(*) filter (where c.status = 'assigned' and c.started_by = 'api')::int as programs
from chats c where c.tenant_id = sqlc.arg(tenant) and c.status in ('queued', 'assigned') and c.queue_id is not null group by c.queue_id;

-- name: WatchedDay :many
-- What became of the chats of queues since a moment: those that ended, and those that an agent has. Each queue has its target.
select c.queue_id::bigint as queue_id, count(*) filter (where c.assigned_at is not null and c.queued_at is not null)::int as answered,
       count(*) filter (where c.assigned_at is not null and c.queued_at is not null
                        and c.assigned_at - c.queued_at <= make_interval(secs => t.target))::int as in_target,
       count(*) filter (where c.ended_at is not null)::int as ended,
       count(*) filter (where c.ended_at is not null and c.assigned_at is null
                        and c.fail_reason in ('no_response', 'expired', 'after_hours', 'expired_menu_selection'))::int as expired
from (select d.queue_id, d.assigned_at, d.queued_at, d.ended_at, d.fail_reason from chats d
      where d.tenant_id = sqlc.arg(tenant) and d.ended_at >= sqlc.arg(since)::timestamptz
      union all
      select d.queue_id, d.assigned_at, d.queued_at, d.ended_at, d.fail_reason from chats d
      where d.tenant_id = sqlc.arg(tenant) and d.status = 'assigned' and d.assigned_at >= sqlc.arg(since)::timestamptz) c
join rows from (unnest(sqlc.arg(queue_ids)::bigint[]), unnest(sqlc.arg(targets)::float8[])) as t(queue_id, target) on t.queue_id = c.queue_id
group by c.queue_id;

-- name: FindConsumers :many
-- Consumers whose number or name begins as somebody typed it, or whose number ends so, by the indexes of all three. A number is
-- digits, so those that begin alike stand between two of them whatever the collation; no beginning is no number.
select id from (
  (select e.id from rows from (unnest(sqlc.arg(heads)::text[]), unnest(sqlc.arg(tails)::text[])) as h(head, tail)
   cross join lateral (select u.id from end_users u where u.tenant_id = sqlc.arg(tenant) and u.address >= h.head and u.address <= h.tail
                       order by u.address limit sqlc.arg(most)::int) e)
  union
  (select e.id from end_users e where e.tenant_id = sqlc.arg(tenant) and e.name <> '' and e.folded >= sqlc.arg(name)::text and e.folded <= sqlc.arg(name_end)::text limit sqlc.arg(most)::int)
  union
  (select e.id from end_users e where e.tenant_id = sqlc.arg(tenant) and e.tail = sqlc.arg(tail)::text order by e.id desc limit sqlc.arg(most)::int)
) found limit sqlc.arg(most)::int;
