-- name: TakenRequestIDs :many
select request_id from sessionless_requests where tenant_id = @tenant_id and request_id = @request_id;

-- name: Backlog :one
-- What goes before the last text of a call with so many texts: of each other call at most as many, because calls take turns.
-- Segments are those that its own number must send.
select coalesce(sum(least(r.waiting, @texts::int)), 0)::int as texts,
  coalesce(sum(least(r.waiting, @texts::int) * p.mean) filter (where r.number_id = @number_id::bigint), 0)::float8 as segments
from sessionless_requests r
cross join lateral (select coalesce(avg(x), 1)::float8 as mean from unnest(r.parts) x) p
where r.tenant_id = @tenant_id and r.waiting > 0;

-- name: AddCall :exec
-- A call with all its texts, those of each recipient behind each other. Pairs are locked in the order in which everybody locks
-- them; the foreign key of the texts would take the same locks in the order of recipients. Step by step (offset 0, % 1), so that the
-- planner of a young table does not look for each recipient among all pairs of the number.
with asked as (
  insert into sessionless_requests (tenant_id, request_id, number_id, skipped, parts, accepted, waiting, created_at, expires_at)
  select @tenant_id::bigint, @request_id::text, @number_id::bigint, @skipped::jsonb, @parts::smallint[], @accepted::int, @accepted::int,
    @created_at::timestamptz, @expires_at::timestamptz
  returning id
), people as materialized (
  select t.id, p.address, p.ord
  from unnest(@addresses::text[]) with ordinality as p(address, ord)
  cross join lateral (select e.id from end_users e where e.tenant_id = @tenant_id::bigint and e.address = p.address offset 0) e
  cross join lateral (select t.id from threads t
    where t.tenant_id = @tenant_id::bigint and t.number_id = @number_id::bigint and t.end_user_id = e.id offset 0) t
), pairs as materialized (
  select t.id, p.address, p.ord
  from people p join threads t on p.id % 1 = 0 and t.tenant_id = @tenant_id::bigint and t.id = p.id
  order by t.id
  for key share of t
), said as (
  select s.body, s.parts, s.ord from rows from (unnest(@bodies::text[]), unnest(@parts::smallint[])) with ordinality as s(body, parts, ord)
)
insert into messages (tenant_id, thread_id, number_id, account_id, direction, sender, kind, our_address, address, body, segments,
  status, not_before, expires_at, created_at, done_at, request_id, held)
select @tenant_id::bigint, p.id, @number_id::bigint, @account_id::bigint, 'out', 'api', 'sessionless', @our_address::text, p.address,
  b.body, b.parts, 'queued', @created_at::timestamptz, @expires_at::timestamptz, @created_at::timestamptz, @created_at::timestamptz, asked.id, true
from asked
cross join pairs p
cross join said b
order by p.ord, b.ord;

-- name: WakePace :exec
-- The last statement before the commit: other calls of the tenant and the release wait for this row.
insert into sessionless_pace as p (tenant_id, due_at) values (@tenant_id, clock_timestamp())
on conflict (tenant_id) do update set due_at = least(p.due_at, excluded.due_at);

-- name: FindCall :one
select id, request_id, skipped, parts, created_at from sessionless_requests
where tenant_id = @tenant_id and request_id = @request_id;

-- name: CallTexts :many
select m.address, m.segments, m.status, m.uncertain,
  (m.error_code is not distinct from 'uncertain')::boolean as parked, m.claimed_at, coalesce(m.error_code, '')::text as error_code,
  coalesce(m.error_text, '')::text as error_text
from messages m
where m.tenant_id = @tenant_id and m.request_id = @call_id::bigint
order by m.id;

-- name: DuePaces :many
-- Whose texts somebody should look after now or soon, by the database's clock.
select p.tenant_id, extract(epoch from p.due_at - clock_timestamp())::float8 as seconds
from sessionless_pace p join tenants t on t.id = p.tenant_id and t.disabled_at is null
where p.due_at < clock_timestamp() + interval '1 s'
order by p.due_at limit 200;

-- name: LockPace :many
-- None: another node is at it, or was.
select p.next_at, p.turn, p.flying, p.past_at, p.past_n, clock_timestamp()::timestamptz as now
from sessionless_pace p
where p.tenant_id = @tenant_id and p.due_at <= clock_timestamp()
for update skip locked;

-- name: Flights :many
-- What became of the texts that were released and not yet seen gone.
select m.id, m.number_id, m.thread_id, m.status, m.held, m.claimed_at, m.done_at,
  (m.error_code is not distinct from 'uncertain')::boolean as parked,
  (m.not_before > @now::timestamptz)::boolean as later
from messages m
where m.tenant_id = @tenant_id and m.id = any ((select p.flying from sessionless_pace p where p.tenant_id = @tenant_id)::bigint[]);

-- name: Overdue :many
select r.id from sessionless_requests r
where r.tenant_id = @tenant_id and r.waiting > 0 and r.expires_at <= @now::timestamptz
order by r.id limit 20;

-- name: WaitingNumbers :many
-- The numbers that texts wait for, with what each may send and how many calls wait for it.
select n.id, n.segments_per_second::float8 as per_second, w.calls::int as calls
from (select r.number_id, count(*) as calls from sessionless_requests r where r.tenant_id = @tenant_id and r.waiting > 0 group by r.number_id) w
join numbers n on n.tenant_id = @tenant_id and n.id = w.number_id
order by n.id;

-- name: ExpireHeld :exec
-- Texts whose turn did not come in time. One that a STOP is cancelling in this moment is left to it.
with late as (
  select m.id from messages m
  where m.tenant_id = @tenant_id and m.request_id = any(@calls::bigint[]) and m.status = 'queued' and m.held
  order by m.id for update skip locked
), told as (
  update messages m set status = 'expired', error_code = 'expired', error_text = 'The text could not be sent in time.',
    retryable = true, done_at = @now::timestamptz
  from late where m.tenant_id = @tenant_id and m.id = late.id
)
update sessionless_requests r set waiting = 0 where r.tenant_id = @tenant_id and r.id = any(@calls::bigint[]);

-- name: NextTexts :many
-- The next texts of the calls whose turn it is, behind the one that was served last, then from the start again. `first` is
-- the earliest text held for the same pair: it goes in the place of a later one, so that no consumer's texts change their order. A
-- call without a text (id 0) has none left, or only for pairs that have one on its way. `+ 0` and CASE keep the
-- planner, whatever it believes of a young table, to the one index that knows the texts of a call, or of a pair.
with ahead as (
  select r.id, r.number_id from sessionless_requests r
  where r.tenant_id = @tenant_id and r.waiting > 0 and r.id > @turn::bigint and r.number_id = any(@sending::bigint[])
  order by r.id limit @most::int
), again as (
  select r.id, r.number_id from sessionless_requests r
  where r.tenant_id = @tenant_id and r.waiting > 0 and r.id <= @turn::bigint and r.number_id = any(@sending::bigint[])
  order by r.id limit @most::int
), chosen as (
  select q.id, q.number_id, q.lap from (
    select ahead.id, ahead.number_id, 0 as lap from ahead union all select again.id, again.number_id, 1 from again) q
  order by q.lap, q.id limit @most::int
)
select c.id as call_id, c.number_id::bigint as number_id, coalesce(m.id, 0)::bigint as id, coalesce(m.thread_id, 0)::bigint as thread_id,
  coalesce(f.id, 0)::bigint as first
from chosen c
left join lateral (select m.id, m.thread_id from messages m
  where m.tenant_id = @tenant_id and m.number_id = c.number_id and m.request_id = c.id and m.status = 'queued' and m.held
    and m.thread_id <> all(@busy::bigint[])
  order by m.id + 0 limit @each::int) m on true
left join lateral (select f.id from messages f
  where f.tenant_id = @tenant_id and f.thread_id = m.thread_id and f.status in ('queued', 'sending')
    and case when f.held then f.status = 'queued' else false end
  order by f.id + 0 limit 1) f on true
order by c.lap, c.id, m.id;

-- name: Release :exec
-- Gives texts to the lanes of their numbers. One that a STOP is cancelling in this moment is left to it.
with due as (
  select m.id, m.request_id from messages m
  where m.tenant_id = @tenant_id and m.id = any(@ids::bigint[]) and m.status = 'queued' and m.held
  order by m.id for update skip locked
), given as (
  update messages m set held = false, not_before = @now::timestamptz
  from due where m.tenant_id = @tenant_id and m.id = due.id
)
update sessionless_requests r set waiting = greatest(r.waiting - d.n, 0)
from (select request_id, count(*)::int as n from due group by request_id) d
where r.tenant_id = @tenant_id and r.id = d.request_id;

-- name: Recount :exec
-- Calls that seemed to have nothing left: a STOP may have cancelled their texts.
update sessionless_requests r set waiting = (select count(*) from messages m
  where m.tenant_id = @tenant_id and m.number_id = r.number_id and m.request_id = r.id and m.status = 'queued' and m.held)
where r.tenant_id = @tenant_id and r.id = any(@calls::bigint[]);

-- name: SavePace :exec
update sessionless_pace p set next_at = @next_at::timestamptz, turn = @turn, flying = @flying::bigint[], past_at = @past_at::bigint[],
  past_n = @past_n::int[],
  due_at = case when exists (select from sessionless_requests r where r.tenant_id = @tenant_id and r.waiting > 0) then @again::timestamptz end
where p.tenant_id = @tenant_id;
