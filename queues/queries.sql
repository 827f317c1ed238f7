-- name: ListNodes :many
-- The trees of a tenant, with the queues that were deleted: chats and transcripts still name them. The order is made in
-- memory.
select id, coalesce(parent_id, 0)::bigint as parent_id, channel, lang, position, name, keywords, hidden, names, lang_keywords,
       (deleted_at is not null)::boolean as gone, coalesce(substitute_id, 0)::bigint as substitute_id
from queues where tenant_id = sqlc.arg(tenant);

-- Changing the trees. Whoever does has raised the settings version first, so changes of a tenant take turns.

-- name: NextQueueIDs :many
select nextval(pg_get_serial_sequence('queues', 'id'))::bigint from generate_series(1, sqlc.arg(n)::int);

-- name: SaveNodes :exec
-- New queues, changed ones, and those that are gone.
insert into queues (tenant_id, id, parent_id, channel, lang, position, name, keywords, hidden, names, lang_keywords, created_at,
                    deleted_at, substitute_id) overriding system value
select sqlc.arg(tenant)::bigint, r.id, nullif(r.parent_id, 0), r.channel, r.lang, r.position, r.name, r.keywords, r.hidden, r.names,
       r.lang_keywords, sqlc.arg(now)::timestamptz, case when r.gone then sqlc.arg(now)::timestamptz end, nullif(r.substitute_id, 0)
from jsonb_to_recordset(sqlc.arg(rows)::jsonb) as r(
       id bigint, parent_id bigint, channel text, lang text, position int, name text, keywords text[], hidden boolean, names jsonb,
       lang_keywords jsonb, gone boolean, substitute_id bigint)
on conflict (tenant_id, id) do update set
       parent_id = excluded.parent_id, lang = excluded.lang, position = excluded.position, name = excluded.name,
       keywords = excluded.keywords, hidden = excluded.hidden, names = excluded.names, lang_keywords = excluded.lang_keywords,
       deleted_at = excluded.deleted_at, substitute_id = excluded.substitute_id;

-- name: HoldQueues :exec
select q.id from queues q where q.tenant_id = sqlc.arg(tenant) and q.id = any(sqlc.arg(queue_ids)::bigint[]) order by q.id for update;

-- name: QueueHolds :one
-- What hangs on queues: chats that wait in one, have an agent or are laid aside, and who serves it.
select (select count(*) from chats c where c.tenant_id = sqlc.arg(tenant) and c.ended_at is null and c.queue_id = any(sqlc.arg(queue_ids)::bigint[]))::int as held_chats,
       (select count(*) from queue_agents a where a.tenant_id = sqlc.arg(tenant) and a.queue_id = any(sqlc.arg(queue_ids)::bigint[]))::int as own_agents,
       (select count(*) from queue_teams m where m.tenant_id = sqlc.arg(tenant) and m.queue_id = any(sqlc.arg(queue_ids)::bigint[]))::int as serving_teams,
       (select count(*) from numbers n where n.tenant_id = sqlc.arg(tenant) and n.queue_id = any(sqlc.arg(queue_ids)::bigint[]))::int as fed_by,
       (select count(*) from numbers n where n.tenant_id = sqlc.arg(tenant) and n.queue_id = any(sqlc.arg(queue_ids)::bigint[])
        and n.status not in ('verified_sms_only','verified_sms_voice'))::int as fed_unverified;

-- name: ReassignNumbers :exec
-- The numbers of queues go to another, or to none.
update numbers set queue_id = nullif(sqlc.arg(substitute)::bigint, 0)
where tenant_id = sqlc.arg(tenant) and queue_id = any(sqlc.arg(queue_ids)::bigint[]);

-- name: VacateNumbers :exec
-- They send for these queues no longer.
delete from queue_numbers where tenant_id = sqlc.arg(tenant) and queue_id = any(sqlc.arg(queue_ids)::bigint[]);

-- name: VacateAgents :exec
delete from queue_agents where tenant_id = sqlc.arg(tenant) and queue_id = any(sqlc.arg(queue_ids)::bigint[]);

-- name: VacateTeams :exec
delete from queue_teams where tenant_id = sqlc.arg(tenant) and queue_id = any(sqlc.arg(queue_ids)::bigint[]);

-- name: CopyServers :exec
-- The agents and teams of queues serve their copies too: from and to go together.
with p as (select * from rows from (unnest(sqlc.arg(origins)::bigint[]), unnest(sqlc.arg(copies)::bigint[])) as p(origin, copy)),
agents as (
  insert into queue_agents (tenant_id, queue_id, user_id, cascade_group)
  select a.tenant_id, p.copy, a.user_id, a.cascade_group from p join queue_agents a on a.tenant_id = sqlc.arg(tenant)::bigint and a.queue_id = p.origin
)
insert into queue_teams (tenant_id, queue_id, team_id)
select m.tenant_id, p.copy, m.team_id from p join queue_teams m on m.tenant_id = sqlc.arg(tenant)::bigint and m.queue_id = p.origin;

-- name: CountQueues :many
-- What every queue of a tenant holds: the waiting and the assigned are read from their own indexes.
select q.id, coalesce(w.n, 0)::int as waiting, coalesce(a.n, 0)::int as assigned, coalesce(s.n, 0)::int as agents
from queues q
left join (select c.queue_id, count(*) as n from chats c where c.tenant_id = sqlc.arg(tenant) and c.status = 'queued' group by 1) w on w.queue_id = q.id
left join (select c.queue_id, count(*) as n from chats c where c.tenant_id = sqlc.arg(tenant) and c.status = 'assigned' group by 1) a on a.queue_id = q.id
left join (select m.queue_id, count(*) as n from queue_members m where m.tenant_id = sqlc.arg(tenant) group by 1) s on s.queue_id = q.id
where q.tenant_id = sqlc.arg(tenant) and q.deleted_at is null;

-- Routing. All transactions of a router on one tenant take LockRouting first, so they never meet each other. What others
-- hold is passed over (skip locked) or waited for before anything else is held: see the claim.

-- name: LockRouting :exec
-- One router at a time for a tenant, whatever the node: what an agent's free slots are must hold until the offers that
-- fill them are there. It is released with the transaction.
select pg_advisory_xact_lock(hashtextextended('queues.router', sqlc.arg(tenant)::bigint));

-- name: FreeAgents :many
-- Who may be offered chats now: available, connected, below the limit. What they are offered holds a slot, by a queue or by
-- a colleague, and so does a chat they have still to wrap up. When no chat waits the agents are not even looked at; the order keeps that look on the index of waiting
-- chats, whatever the statistics say.
select u.id, (coalesce(u.chat_limit, sqlc.arg(default_limit)::int) - has.chats - rings.offers - rings.handed - rings.wraps)::int as free, has.chats as assigned, rings.offers as ringing,
       u.free_since, coalesce(has.last_chat, 'epoch')::timestamptz as last_chat,
       coalesce((select p.offer_time from preferences p where p.tenant_id = u.tenant_id and p.user_id = u.id), 1)::int as offer_time,
       array(select qa.queue_id from queue_members qa where qa.tenant_id = u.tenant_id and qa.user_id = u.id order by qa.queue_id)::bigint[] as serves,
       array(select qa.cascade_group from queue_members qa where qa.tenant_id = u.tenant_id and qa.user_id = u.id order by qa.queue_id)::int[] as groups
from users u
cross join lateral (select count(*)::int as chats, max(c.assigned_at) as last_chat
                    from chats c where c.tenant_id = u.tenant_id and c.agent_id = u.id and c.status = 'assigned') has
cross join lateral (select
  (select count(*) from offers o where o.tenant_id = u.tenant_id and o.user_id = u.id and o.state = 'open')::int as offers,
  (select count(*) from transfers x where x.tenant_id = u.tenant_id and x.agent_id = u.id and x.state = 'began')::int as handed,
  (select count(*) from wrap_ups g where g.tenant_id = u.tenant_id and g.agent_id = u.id and g.done_at is null and g.until > sqlc.arg(now)::timestamptz)::int as wraps) rings
where u.tenant_id = sqlc.arg(tenant) and u.status = sqlc.arg(available) and u.disabled_at is null
  and exists (select from presence p where p.tenant_id = u.tenant_id and p.user_id = u.id)
  and coalesce(u.chat_limit, sqlc.arg(default_limit)::int) > has.chats + rings.offers + rings.handed + rings.wraps
  and (select w.id from chats w where w.tenant_id = sqlc.arg(tenant) and w.status = 'queued' order by w.queue_id, w.queued_at limit 1) is not null
order by u.id;

-- name: OldestWaiting :many
-- The chats at the head of some queues, no more of each than its depth, and who was asked about them in this wait: open
-- offers of anybody, and what the free agents let go. One row a chat and asked agent. The index hands out the head of a
-- queue in order, so the length of the queue does not matter. last_agent is that of a chat that was dismissed and is back.
select c.id, c.queue_id, c.queued_at, c.last_agent,
       coalesce((select case when n.created_at >= c.queued_at then n.attempt end from offers n
                 where n.tenant_id = sqlc.arg(tenant) and n.chat_id = c.id order by n.id desc limit 1), 0)::int as attempts,
       coalesce(a.user_id, 0)::bigint as asked, coalesce(a.mode, '')::text as mode, coalesce(a.open, false) as open,
       coalesce(a.expires_at, c.queued_at)::timestamptz as until
from rows from (unnest(sqlc.arg(queue_ids)::bigint[]), unnest(sqlc.arg(depths)::int[])) as q(id, depth)
cross join lateral (
  select h.id, h.queue_id, h.queued_at,
         case when h.assigned_at is null or h.dismissed_at >= h.assigned_at then coalesce(h.last_agent_id, 0) else 0 end::bigint as last_agent
  from chats h
  where h.tenant_id = sqlc.arg(tenant) and h.queue_id = q.id and h.status = 'queued'
  order by h.queued_at, h.id limit q.depth) c
left join lateral (
  select o.user_id, o.mode, true as open, o.expires_at from offers o
  where o.tenant_id = sqlc.arg(tenant) and o.chat_id = c.id and o.state = 'open'
  union all
  select qa.user_id, o.mode, false, o.expires_at from queue_members qa
  cross join lateral (
    select l.state, l.mode, l.created_at, l.expires_at from offers l
    where l.tenant_id = sqlc.arg(tenant) and l.chat_id = c.id and l.user_id = qa.user_id
    order by l.id desc limit 1) o
  where qa.tenant_id = sqlc.arg(tenant) and qa.queue_id = c.queue_id and qa.user_id = any(sqlc.arg(agent_ids)::bigint[])
    and o.state in ('declined', 'expired') and o.created_at >= c.queued_at) a on true
order by c.queued_at, c.id;

-- name: HoldAgents :exec
-- Waits for accepts under way of these agents, before the transaction holds anything that an accept may want. New offers
-- point at these rows; an offer that is being accepted is not closed by anybody else.
select u.id from users u where u.tenant_id = sqlc.arg(tenant) and u.id = any(sqlc.arg(agent_ids)::bigint[]) order by u.id for key share;

-- name: Claim :many
-- Makes the offers whose chat still waits. The chat's row is held until the commit, so whoever changes it comes after
-- and finds the offers; a chat that is being changed right now is passed over and looked at again. Each chat's next step
-- is its row in due: the first lease that ends.
with live as (
  select c.id, c.queued_at from chats c
  where c.tenant_id = sqlc.arg(tenant) and c.id = any(sqlc.arg(chat_ids)::bigint[]) and c.status = 'queued'
  order by c.id for share skip locked
), made as (
  insert into offers (tenant_id, chat_id, user_id, created_at, expires_at, mode, auto, attempt)
  select sqlc.arg(tenant)::bigint, r.chat_id, r.user_id, greatest(sqlc.arg(now)::timestamptz, live.queued_at), r.expires_at, r.mode, r.auto, r.attempt
  from rows from (unnest(sqlc.arg(chat_ids)::bigint[]), unnest(sqlc.arg(user_ids)::bigint[]), unnest(sqlc.arg(expires)::timestamptz[]),
                  unnest(sqlc.arg(modes)::text[]), unnest(sqlc.arg(autos)::boolean[]), unnest(sqlc.arg(attempts)::int[]))
       as r(chat_id, user_id, expires_at, mode, auto, attempt)
  join live on live.id = r.chat_id
  order by r.chat_id, r.user_id
  on conflict (tenant_id, chat_id, user_id) where state = 'open' do nothing
  returning chat_id, user_id, auto
), next as (
  insert into due (tenant_id, kind, ref, due_at)
  select sqlc.arg(tenant)::bigint, 'offer', r.ref, r.due_at
  from rows from (unnest(sqlc.arg(refs)::bigint[]), unnest(sqlc.arg(dues)::timestamptz[])) as r(ref, due_at)
  order by r.ref
  on conflict (tenant_id, kind, ref) do update set due_at = least(excluded.due_at, (select min(o.expires_at) from offers o
    where o.tenant_id = excluded.tenant_id and o.chat_id = excluded.ref and o.state = 'open'))
)
select chat_id, user_id, auto from made;

-- name: ExpectRouting :exec
-- For the transaction that lets a chat wait: a router looks at it soon, even if nobody lives to wake one.
insert into due (tenant_id, kind, ref, due_at)
select sqlc.arg(tenant)::bigint, 'offer', r, sqlc.arg(due_at)::timestamptz from unnest(sqlc.arg(chat_ids)::bigint[]) as r
order by r
on conflict (tenant_id, kind, ref) do update set due_at = excluded.due_at;

-- name: ClaimOffers :many
-- Leases that have ended and chats to look at, of all tenants; as ClaimDue of package chat.
update due d set due_at = sqlc.arg(pushed)::timestamptz
from (select tenant_id, kind, ref from due where kind = 'offer' and due_at <= sqlc.arg(now)::timestamptz
      order by due_at limit sqlc.arg(most)::int for update skip locked) p
where p.ref % 1 = 0 and d.tenant_id = p.tenant_id and d.kind = p.kind and d.ref = p.ref
returning d.tenant_id, d.ref;

-- name: TenantsWaiting :many
-- The tenants with a chat that waits or is offered: from one tenant to the next by the index, however many rows each has.
with recursive t as (
  (select d.tenant_id from due d order by d.tenant_id limit 1)
  union all
  select (select d.tenant_id from due d where d.tenant_id > t.tenant_id order by d.tenant_id limit 1) from t where t.tenant_id is not null
)
select t.tenant_id::bigint as tenant_id from t
where t.tenant_id is not null and (select d.ref from due d where d.tenant_id = t.tenant_id and d.kind = 'offer' order by d.ref limit 1) is not null;

-- name: ExpireOffers :many
-- Closes what has run out. An offer whose chat waits no longer is closed whatever its lease says. One that somebody is
-- closing now is left to them, and so is one whose agent is accepting now (their row is locked): it holds a slot until
-- the chat does.
update offers o set state = case when p.waits then 'expired' else 'withdrawn' end, closed_at = sqlc.arg(now)::timestamptz
from (select f.id, c.status = 'queued' as waits, coalesce(c.queue_id, 0)::bigint as queue_id from offers f
      join chats c on c.tenant_id = f.tenant_id and c.id = f.chat_id
      join users u on u.tenant_id = f.tenant_id and u.id = f.user_id
      where f.tenant_id = sqlc.arg(tenant) and f.chat_id = any(sqlc.arg(chat_ids)::bigint[]) and f.state = 'open'
        and (f.expires_at <= sqlc.arg(now)::timestamptz or c.status <> 'queued')
      order by f.id for update of f skip locked for key share of u skip locked) p
where o.tenant_id = sqlc.arg(tenant) and o.id = p.id
returning o.user_id, p.queue_id, (p.waits and o.mode = 'deltacast' and not o.auto)::boolean as missed;

-- name: MoveDue :exec
-- The next step of chats that still wait: the next lease that ends, else a look for form's sake. A row that is no longer
-- where the claim pushed it belongs to someone who knows more. The rows are held first and then found by their keys, and
-- each chat by its own: joins would be nested loops over a whole tenant where the statistics are of a quiet hour.
with held as materialized (
  select e.ref from due e
  where e.tenant_id = sqlc.arg(tenant) and e.kind = 'offer' and e.ref = any(sqlc.arg(chat_ids)::bigint[])
    and e.due_at = sqlc.arg(pushed)::timestamptz
    and (select c.status from chats c where c.tenant_id = e.tenant_id and c.id = e.ref) = 'queued'
  order by e.ref for update of e skip locked)
update due d set due_at = least(sqlc.arg(idle)::timestamptz, (select min(o.expires_at) from offers o
  where o.tenant_id = d.tenant_id and o.chat_id = d.ref and o.state = 'open'))
where d.tenant_id = sqlc.arg(tenant) and d.kind = 'offer' and d.ref = any(array(select h.ref from held h));

-- name: DropDue :exec
-- Chats that wait no longer have no next step here.
with held as materialized (
  select e.ref from due e
  where e.tenant_id = sqlc.arg(tenant) and e.kind = 'offer' and e.ref = any(sqlc.arg(chat_ids)::bigint[])
    and e.due_at = sqlc.arg(pushed)::timestamptz
    and (select c.status from chats c where c.tenant_id = e.tenant_id and c.id = e.ref) is distinct from 'queued'
  order by e.ref for update of e skip locked)
delete from due d
where d.tenant_id = sqlc.arg(tenant) and d.kind = 'offer' and d.ref = any(array(select h.ref from held h))
  and d.due_at = sqlc.arg(pushed)::timestamptz;

-- name: OpenOffers :many
-- What an agent is offered, the longest wait first: chats of queues, and those that a colleague holds out, with the note.
-- What the server accepts for them is not asked. The preview is how the consumer began: the first text since an agent last had the chat, because the last one is often a
-- menu's digit; of a chat that a colleague has, the consumer's last.
select f.id, f.chat_id, f.user_id, coalesce(c.queue_id, 0)::bigint as queue_id, c.lang, c.end_user_id, e.name, e.address,
       coalesce(m.body, '')::text as preview, f.since::timestamptz as waiting_since, f.expires_at::timestamptz as expires_at,
       f.transfer, coalesce(u.id, 0)::bigint as by_id, coalesce(u.name, '')::text as by_name, coalesce(v.data ->> 'text', '')::text as note
from (select o.id, o.chat_id, o.user_id, w.queued_at as since, o.expires_at, 0 as transfer, null::bigint as by_id
      from offers o join chats w on w.tenant_id = o.tenant_id and w.id = o.chat_id and w.status = 'queued'
      where o.tenant_id = sqlc.arg(tenant) and o.user_id = sqlc.arg(agent) and o.state = 'open' and not o.auto
      union all
      select 0, x.chat_id, x.agent_id, x.began_at, x.until, x.seq, x.by_id
      from transfers x where x.tenant_id = sqlc.arg(tenant) and x.agent_id = sqlc.arg(agent) and x.state = 'began') f
join chats c on c.tenant_id = sqlc.arg(tenant) and c.id = f.chat_id
join end_users e on e.tenant_id = c.tenant_id and e.id = c.end_user_id
left join users u on u.tenant_id = c.tenant_id and u.id = f.by_id
left join chat_events v on v.tenant_id = c.tenant_id and v.chat_id = c.id and v.seq = f.transfer
left join lateral (select left(t.body, 300) as body from messages t
                   where t.tenant_id = c.tenant_id and t.chat_id = c.id and t.direction = 'in'
                     and t.seq > case when f.transfer > 0
                       then (select max(l.seq) - 1 from messages l where l.tenant_id = c.tenant_id and l.chat_id = c.id and l.direction = 'in')
                       else coalesce((select max(g.seq) from chat_events g where g.tenant_id = c.tenant_id and g.chat_id = c.id
                                      and g.kind in ('assigned', 'dismissed')), 0) end
                   order by t.seq limit 1) m on true
order by f.since, f.chat_id;

-- name: DeclineOffer :execrows
update offers set state = 'declined', closed_at = sqlc.arg(now)::timestamptz
where tenant_id = sqlc.arg(tenant) and chat_id = sqlc.arg(chat) and user_id = sqlc.arg(agent) and state = 'open';

-- name: WithdrawOffers :execrows
-- All that an agent is offered. One that is being closed now is left to whoever does.
update offers o set state = 'withdrawn', closed_at = sqlc.arg(now)::timestamptz
from (select f.id from offers f where f.tenant_id = sqlc.arg(tenant) and f.user_id = sqlc.arg(agent) and f.state = 'open'
      order by f.id for update skip locked) p
where o.tenant_id = sqlc.arg(tenant) and o.id = p.id;

-- name: HoldLeaf :many
-- A queue to assign people to, held so that it gets no children meanwhile, and whether it has some.
select q.id, q.name, exists (select from queues c where c.tenant_id = q.tenant_id and c.parent_id = q.id and c.deleted_at is null) as menu
from queues q where q.tenant_id = sqlc.arg(tenant) and q.id = sqlc.arg(queue) and q.deleted_at is null for update of q;

-- name: QueueAgents :many
select a.user_id, u.name, a.cascade_group from queue_agents a join users u on u.tenant_id = a.tenant_id and u.id = a.user_id
where a.tenant_id = sqlc.arg(tenant) and a.queue_id = sqlc.arg(queue) order by lower(u.name), u.id;

-- name: QueueTeams :many
select t.team_id, n.name, t.cascade_group from queue_teams t join teams n on n.tenant_id = t.tenant_id and n.id = t.team_id
where t.tenant_id = sqlc.arg(tenant) and t.queue_id = sqlc.arg(queue) order by lower(n.name), n.id;

-- name: NoAgents :many
-- Which of these can't serve a queue: no users, or users without the role.
select a::bigint as id from unnest(sqlc.arg(user_ids)::bigint[]) as a
where not exists (select from users u where u.tenant_id = sqlc.arg(tenant) and u.id = a and 'agent' = any (u.roles));

-- name: NoTeams :many
select t::bigint as id from unnest(sqlc.arg(team_ids)::bigint[]) as t
where not exists (select from teams n where n.tenant_id = sqlc.arg(tenant) and n.id = t);

-- name: DropAgents :exec
delete from queue_agents where tenant_id = sqlc.arg(tenant) and queue_id = sqlc.arg(queue) and user_id <> all(sqlc.arg(user_ids)::bigint[]);

-- name: AssignAgents :exec
insert into queue_agents (tenant_id, queue_id, user_id, cascade_group)
select sqlc.arg(tenant)::bigint, sqlc.arg(queue)::bigint, a.id, a.group_no
from rows from (unnest(sqlc.arg(user_ids)::bigint[]), unnest(sqlc.arg(groups)::smallint[])) as a(id, group_no) order by a.id
on conflict (tenant_id, queue_id, user_id) do update set cascade_group = excluded.cascade_group;

-- name: DropTeams :exec
delete from queue_teams where tenant_id = sqlc.arg(tenant) and queue_id = sqlc.arg(queue) and team_id <> all(sqlc.arg(team_ids)::bigint[]);

-- name: AssignTeams :exec
insert into queue_teams (tenant_id, queue_id, team_id, cascade_group)
select sqlc.arg(tenant)::bigint, sqlc.arg(queue)::bigint, t.id, t.group_no
from rows from (unnest(sqlc.arg(team_ids)::bigint[]), unnest(sqlc.arg(groups)::smallint[])) as t(id, group_no) order by t.id
on conflict (tenant_id, queue_id, team_id) do update set cascade_group = excluded.cascade_group;
insert into queue_teams (tenant_id, queue_id, team_id)
select sqlc.arg(tenant)::bigint, sqlc.arg(queue)::bigint, t from unnest(sqlc.arg(team_ids)::bigint[]) as t order by t on conflict do nothing;

-- name: Waits :many
-- What the wait in the leaf queues of a tenant depends on, of all or of one. Each part is read by its index: the waiting,
-- the last chats that agents finished, who is logged in. A chat that was laid aside took its agent no longer than until then.
select q.id, w.waiting, coalesce(h.mean, -1)::float8 as mean_seconds, s.agents, s.slots
from queues q
cross join lateral (select count(*)::int as waiting from chats c
  where c.tenant_id = q.tenant_id and c.queue_id = q.id and c.status = 'queued') w
cross join lateral (select avg(extract(epoch from l.done_at - l.assigned_at)) as mean from (
  select c.assigned_at, case when c.dismissed_at >= c.assigned_at then c.dismissed_at else c.ended_at end as done_at from chats c
  where c.tenant_id = q.tenant_id and c.queue_id = q.id and c.assigned_at is not null and c.ended_at is not null
  order by c.ended_at desc limit 20) l) h
cross join lateral (select count(*)::int as agents, coalesce(sum(coalesce(u.chat_limit, sqlc.arg(default_limit)::int)), 0)::int as slots
  from queue_members m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
  where m.tenant_id = q.tenant_id and m.queue_id = q.id and u.disabled_at is null and u.status <> 'offline'
    and exists (select from presence p where p.tenant_id = u.tenant_id and p.user_id = u.id)) s
where q.tenant_id = sqlc.arg(tenant) and q.deleted_at is null and (sqlc.arg(queue)::bigint = 0 or q.id = sqlc.arg(queue)::bigint)
order by q.id;

-- name: Standings :many
-- How the leaf queues of a tenant stand: as Waits, and who waits longest, what agents have, who could take more.
with held as (
  select c.queue_id, count(*)::int as n from chats c where c.tenant_id = sqlc.arg(tenant) and c.status = 'assigned' group by c.queue_id
)
select q.id, w.waiting, coalesce(w.oldest, 'epoch')::timestamptz as oldest, coalesce(h.mean, -1)::float8 as mean_seconds, coalesce(a.n, 0)::int as assigned, s.agents, s.slots, s.available
from queues q
cross join lateral (select count(*)::int as waiting, min(c.queued_at) as oldest from chats c
  where c.tenant_id = q.tenant_id and c.queue_id = q.id and c.status = 'queued') w
left join held a on a.queue_id = q.id
cross join lateral (select avg(extract(epoch from l.done_at - l.assigned_at)) as mean from (
  select c.assigned_at, case when c.dismissed_at >= c.assigned_at then c.dismissed_at else c.ended_at end as done_at from chats c
  where c.tenant_id = q.tenant_id and c.queue_id = q.id and c.assigned_at is not null and c.ended_at is not null
  order by c.ended_at desc limit 20) l) h
cross join lateral (select count(*)::int as agents, coalesce(sum(coalesce(u.chat_limit, sqlc.arg(default_limit)::int)), 0)::int as slots,
    count(*) filter (where u.status = sqlc.arg(available)::text)::int as available
  from queue_members m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
  where m.tenant_id = q.tenant_id and m.queue_id = q.id and u.disabled_at is null and u.status <> 'offline'
    and exists (select from presence p where p.tenant_id = u.tenant_id and p.user_id = u.id)) s
where q.tenant_id = sqlc.arg(tenant) and q.deleted_at is null;

-- name: AssignedAgents :many
select a.queue_id, a.cascade_group, u.id, u.name, u.email from queue_agents a
join users u on u.tenant_id = a.tenant_id and u.id = a.user_id
where a.tenant_id = sqlc.arg(tenant) order by a.queue_id, lower(u.name), u.id;

-- name: AssignedTeams :many
select a.queue_id, a.cascade_group, n.id, n.name,
       (select count(*) from team_members m where m.tenant_id = a.tenant_id and m.team_id = a.team_id)::int as members
from queue_teams a join teams n on n.tenant_id = a.tenant_id and n.id = a.team_id
where a.tenant_id = sqlc.arg(tenant) order by a.queue_id, lower(n.name), n.id;

-- name: ListAgents :many
-- Agents in the order of their ids, of all statuses or of one.
select u.id, u.email, u.name, u.status, u.status_since, coalesce(u.chat_limit, sqlc.arg(default_limit)::int)::int as most,
       (u.disabled_at is not null)::boolean as disabled,
       exists (select from presence p where p.tenant_id = u.tenant_id and p.user_id = u.id) as connected,
       (select count(*) from chats c where c.tenant_id = u.tenant_id and c.agent_id = u.id and c.status = 'assigned')::int as taken,
       array(select t.team_id from team_members t where t.tenant_id = u.tenant_id and t.user_id = u.id order by t.team_id)::bigint[] as team_ids,
       array(select m.queue_id from queue_members m where m.tenant_id = u.tenant_id and m.user_id = u.id order by m.queue_id)::bigint[] as queue_ids
from users u
where u.tenant_id = sqlc.arg(tenant) and 'agent' = any (u.roles) and u.id > sqlc.arg(after)::bigint
  and (sqlc.arg(status)::text = '' or u.status = sqlc.arg(status)::text) and (sqlc.arg(sole)::bigint = 0 or u.id = sqlc.arg(sole)::bigint)
order by u.id offset sqlc.arg(skip)::int limit sqlc.arg(lim)::int;

-- name: CountAgents :one
select count(*) from users u
where u.tenant_id = sqlc.arg(tenant) and 'agent' = any (u.roles) and (sqlc.arg(status)::text = '' or u.status = sqlc.arg(status)::text);
