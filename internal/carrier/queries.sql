-- name: InsertMessages :many
-- One statement for all texts of a transaction, both directions: a statement per text costs a round trip each. The order
-- of the arrays is the order of the ids (nothing sorts or joins them). Zero and '' mean "none" in optional columns. unnest in the
-- select list hands its rows on as they come; in the from list each array becomes a table of its own first: 2 µs a text.
insert into messages (tenant_id, thread_id, chat_id, seq, number_id, account_id, direction, sender, user_id, kind,
  our_address, address, body, media, segments, status, disposition, provider_id, client_id,
  not_before, expires_at, created_at, done_at)
select @tenant_id::bigint, nullif(m.thread_id, 0), nullif(m.chat_id, 0), case when m.chat_id <> 0 then m.seq end,
  nullif(m.number_id, 0), m.account_id, case when m.status = 'received' then 'in' else 'out' end,
  m.sender, nullif(m.user_id, 0), m.kind, m.our_address, m.address, m.body, nullif(m.media, '')::jsonb, m.segments,
  m.status, m.disposition, nullif(m.provider_id, ''), nullif(m.client_id, ''),
  case when m.status <> 'received' then m.not_before end, case when m.status <> 'received' then m.expires_at end,
  m.created_at, m.created_at
from (select unnest(@thread_ids::bigint[]) as thread_id, unnest(@chat_ids::bigint[]) as chat_id, unnest(@seqs::int[]) as seq,
  unnest(@number_ids::bigint[]) as number_id, unnest(@account_ids::bigint[]) as account_id, unnest(@senders::text[]) as sender,
  unnest(@user_ids::bigint[]) as user_id, unnest(@kinds::text[]) as kind, unnest(@our_addresses::text[]) as our_address,
  unnest(@addresses::text[]) as address, unnest(@bodies::text[]) as body, unnest(@medias::text[]) as media,
  unnest(@segments::smallint[]) as segments, unnest(@statuses::text[]) as status, unnest(@dispositions::text[]) as disposition,
  unnest(@provider_ids::text[]) as provider_id, unnest(@client_ids::text[]) as client_id,
  unnest(@not_befores::timestamptz[]) as not_before, unnest(@expires_ats::timestamptz[]) as expires_at,
  unnest(@created_ats::timestamptz[]) as created_at) as m
returning id;

-- name: EndStopped :exec
-- Whoever says stop to one number has said it to all (spec 1.3): the timers of their active chats are due now, and Step ends
-- the chat of a consumer who is on the list. In order, so that two nodes don't wait for each other in a circle.
insert into due (tenant_id, kind, ref, due_at)
select t.tenant_id, 'chat', t.chat_id, max(s.at)
from rows from (unnest(@addresses::text[]), unnest(@scope_ids::bigint[]), unnest(@ats::timestamptz[])) as s(address, scope_id, at)
cross join lateral (select e.id from end_users e where e.tenant_id = @tenant_id::bigint and e.address = s.address offset 0) e
cross join lateral (select t.tenant_id, t.chat_id from threads t
  where t.tenant_id = @tenant_id::bigint and t.end_user_id = e.id and t.chat_id is not null and s.scope_id in (0, t.number_id) offset 0) t
group by t.tenant_id, t.chat_id
order by t.chat_id
on conflict (tenant_id, kind, ref) do update set due_at = excluded.due_at;

-- name: SaveConsent :exec
-- One statement for the lines in the ledger, the list that they add up to, and the end of what is queued for consumers who
-- said stop (spec 1.3). Of several lines about one consumer the last one decides. Queued texts are found by the pair,
-- because no index knows their address, and step by step (offset 0, an order that one index has, CASE): whatever the planner
-- believes of a young table, a STOP must not read all that the tenant has queued. They are cancelled in id order, so that
-- STOPs of the same consumers on two nodes don't wait for each other in a circle. Kinds that answer a command word are not
-- cancelled.
with told as (
  select * from rows from (unnest(@addresses::text[]), unnest(@actions::text[]), unnest(@scope_ids::bigint[]),
    unnest(@sources::text[]), unnest(@words::text[]), unnest(@number_ids::bigint[]), unnest(@provider_ids::text[]),
    unnest(@user_ids::bigint[]), unnest(@texts_shown::text[]), unnest(@evidences::text[]), unnest(@ats::timestamptz[]))
    with ordinality as c(address, action, scope_id, source, word, number_id, provider_id, user_id, text_shown, evidence, at, ord)
), ledger as (
  insert into consent_ledger (tenant_id, address, action, scope_kind, scope_id, source, word, number_id, provider_id,
    user_id, text_shown, evidence, at)
  select @tenant_id::bigint, address, action, case when scope_id = 0 then 'tenant' else 'number' end, scope_id, source,
    word, nullif(number_id, 0), provider_id, nullif(user_id, 0), text_shown, evidence::jsonb, at
  from told order by ord
), final as (
  select distinct on (address, scope_id) address, action, scope_id, at
  from told where action in ('opt_out', 'opt_in') order by address, scope_id, ord desc
), listed as (
  insert into do_not_contact (tenant_id, address, scope_kind, scope_id, since)
  select @tenant_id::bigint, address, case when scope_id = 0 then 'tenant' else 'number' end, scope_id, at
  from final where action = 'opt_out' order by address, scope_id
  on conflict do nothing
), freed as (
  delete from do_not_contact d using final f
  where f.action = 'opt_in' and d.tenant_id = @tenant_id::bigint and d.address = f.address and f.scope_id in (0, d.scope_id)
), owed as materialized (
  select m.id, told.at
  from told
  cross join lateral (select e.id from end_users e where e.tenant_id = @tenant_id::bigint and e.address = told.address offset 0) e
  cross join lateral (select t.id from threads t
    where t.tenant_id = @tenant_id::bigint and t.end_user_id = e.id and told.scope_id in (0, t.number_id) offset 0) t
  cross join lateral (select m.id from messages m
    where m.tenant_id = @tenant_id::bigint and m.thread_id = t.id and m.status = 'queued'
      and m.kind not in ('stop_confirmation', 'start_confirmation', 'help') order by m.id offset 0) m
  where told.action = 'opt_out'
  order by m.id
)
update messages m
set status = 'cancelled', error_code = 'opted_out', error_text = 'This person has opted out of texts from us.',
  retryable = false, done_at = owed.at
from owed
where m.tenant_id = @tenant_id::bigint and m.id = owed.id and case when m.status = 'queued' then true else false end;

-- name: OptedOut :many
select distinct address from do_not_contact
where tenant_id = @tenant_id and address = any(@addresses::text[])
  and (scope_kind = 'tenant' or scope_id = @number_id);

-- name: AcquireLane :one
-- A lane is free when nobody's lease runs, by the database's clock. Each owner gets an epoch of its own, so that what an
-- earlier one still wants to write is told apart.
insert into lanes as l (number_id, tenant_id, node_id, epoch, leased_until)
values (@number_id, @tenant_id, @node_id::bigint, 1, clock_timestamp() + make_interval(secs => @lease_seconds::float8))
on conflict (number_id) do update
set node_id = excluded.node_id, epoch = l.epoch + 1, leased_until = excluded.leased_until
where l.leased_until < clock_timestamp() or l.node_id = excluded.node_id
returning l.epoch, l.paused_until is not null as paused;

-- name: LaneNumber :one
select address, segments_per_second from numbers where tenant_id = @tenant_id and id = @id;

-- name: LaneHeldFor :one
select greatest(extract(epoch from leased_until - clock_timestamp()), 0)::float8 as seconds from lanes where number_id = @number_id;

-- name: RenewLanes :many
-- All lanes of a node at once; those that do not come back were taken over. When each last sent is written along.
update lanes l set leased_until = clock_timestamp() + make_interval(secs => @lease_seconds::float8),
  last_sent_at = greatest(l.last_sent_at, case when r.sent_at > '2000-01-01' then r.sent_at end)
from rows from (unnest(@number_ids::bigint[]), unnest(@epochs::bigint[]), unnest(@sent_ats::timestamptz[])) as r(number_id, epoch, sent_at)
where l.number_id = r.number_id and l.node_id = @node_id::bigint and l.epoch = r.epoch
returning l.number_id;

-- name: ReleaseLane :exec
update lanes set node_id = null, leased_until = '-infinity', last_sent_at = greatest(last_sent_at, sqlc.narg(sent_at)::timestamptz)
where number_id = @number_id and node_id = @node_id::bigint and epoch = @epoch;

-- name: PauseLane :exec
update lanes set paused_until = clock_timestamp() + make_interval(secs => @seconds::float8), pause_reason = @reason::text
where number_id = @number_id and node_id = @node_id::bigint and epoch = @epoch;

-- name: ResumeLane :exec
update lanes set paused_until = null, pause_reason = null
where number_id = @number_id and node_id = @node_id::bigint and epoch = @epoch;

-- name: NumbersWithWork :many
-- The safety net below the wake-ups: numbers that owe something and whose lane nobody holds. The order is the index's, and keeps
-- the planner from reading the whole table for one row while it takes many for queued.
select n.id from numbers n
where n.tenant_id = @tenant_id
  and not exists (select from lanes l where l.number_id = n.id
    and (l.leased_until > clock_timestamp() or l.paused_until > clock_timestamp()))
  and ((select m.id from messages m where m.tenant_id = @tenant_id and m.number_id = n.id and m.status = 'queued'
          and not m.held and m.not_before <= @now::timestamptz order by m.bulk, m.id limit 1) is not null
    or (select m.id from messages m where m.tenant_id = @tenant_id and m.number_id = n.id and m.status = 'sending'
          and (m.error_code is distinct from 'uncertain' or m.claimed_at > clock_timestamp() - interval '1 hour')
          order by m.id limit 1) is not null);

-- name: ClaimTexts :many
-- The claim (DESIGN, the way out). `first` takes what is due: conversations and answers to command words before what goes
-- out in bulk, each oldest first; a text waits while an earlier one of its pair is with the carrier, or waits for its next
-- try or for the end of a pause. `ahead` are the bulk texts that stand before a conversation's in the same pair: they come along in its place, so that
-- no text waits behind strangers' bulk and none passes an earlier one of its consumer (`late` is false for both). `judged`
-- repeats the order against rows that were locked or just changed: nothing passes an earlier text that was not picked.
-- Texts that are held (session-less ones whose turn has not come) are in no claim's way: they stand in another index.
-- Consent and expiry are decided here, by the same snapshot that takes the rows. Subselects with LIMIT instead of NOT EXISTS
-- keep the planner on one index probe a row; the CASE keeps `ahead` on the index by thread.
with first as materialized (
  select m.id, m.thread_id, m.kind, m.address, m.segments, m.expires_at, m.bulk
  from messages m
  where m.tenant_id = @tenant_id and m.number_id = @number_id::bigint and m.status = 'queued' and not m.held
    and m.not_before <= @now::timestamptz
    and exists (select from lanes l where l.number_id = @number_id::bigint and l.node_id = @node_id::bigint
      and l.epoch = @epoch::bigint and l.leased_until > clock_timestamp())
    and (m.expires_at <= @now::timestamptz or not exists (select from lanes l
      where l.number_id = @number_id::bigint and l.paused_until > clock_timestamp()))
    and (select e.id from messages e where e.tenant_id = @tenant_id and e.thread_id = m.thread_id and e.id < m.id
      and (e.status = 'sending' and e.error_code is distinct from 'uncertain'
        or e.status = 'queued' and not e.held and (e.not_before > @now::timestamptz or e.expires_at > @now::timestamptz and exists (select from lanes l
          where l.number_id = @number_id::bigint and l.paused_until > clock_timestamp()))) limit 1) is null
  order by m.bulk, m.id
  limit @most
  for update of m skip locked
), ahead as materialized (
  select e.id, e.thread_id, e.kind, e.address, e.segments, e.expires_at, e.bulk
  from first f
  cross join lateral (select m.id, m.thread_id, m.kind, m.address, m.segments, m.expires_at, m.bulk
    from messages m where m.tenant_id = @tenant_id and m.thread_id = f.thread_id and m.id < f.id and m.status in ('queued','sending')
      and case when m.status = 'queued' then not m.held and m.bulk else false end
    order by m.id limit 20 for update skip locked) e
  where not f.bulk
), picked as materialized (
  select id, thread_id, kind, address, segments, expires_at, bulk from first
  union
  select id, thread_id, kind, address, segments, expires_at, bulk from ahead
), judged as (
  select p.id, p.late, case
    when p.expires_at <= @now::timestamptz then 'expired'
    when p.kind not in ('stop_confirmation', 'start_confirmation', 'help')
      and (select d.address from do_not_contact d where d.tenant_id = @tenant_id and d.address = p.address
        and (d.scope_kind = 'tenant' or d.scope_id = @number_id::bigint) limit 1) is not null then 'cancelled'
    else 'sending' end as next
  from (select r.*, sum(r.segments) over (order by r.late, r.id) - r.segments as before
    from (select picked.*, bool_and(picked.bulk) over (partition by picked.thread_id order by picked.id desc) as late from picked) r) p
  where p.before < @budget::bigint
    and (select e.id from messages e where e.tenant_id = @tenant_id and e.thread_id = p.thread_id and e.id < p.id
      and (e.status = 'queued' and not e.held or e.status = 'sending' and e.error_code is distinct from 'uncertain')
      and e.id not in (select k.id from picked k) limit 1) is null
), taken as (
  update messages m set
    status = j.next,
    claimed_at = case when j.next = 'sending' then now() else m.claimed_at end,
    epoch = case when j.next = 'sending' then @epoch::bigint else m.epoch end,
    attempts = m.attempts + case when j.next = 'sending' then 1 else 0 end,
    error_code = case j.next when 'expired' then 'expired' when 'cancelled' then 'opted_out' end,
    error_text = case j.next when 'expired' then 'The text could not be sent in time.'
      when 'cancelled' then 'This person has opted out of texts from us.' end,
    retryable = case j.next when 'expired' then true when 'cancelled' then false end,
    done_at = @now::timestamptz
  from judged j
  where m.tenant_id = @tenant_id and m.id = j.id
  returning m.id, m.thread_id, m.chat_id, m.seq, m.account_id, m.kind, m.our_address, m.address, m.body, m.media, m.segments,
    m.status, m.attempts, m.not_before, m.expires_at, m.claimed_at, j.late
)
select t.id, t.thread_id, t.account_id, t.kind, t.our_address, t.address, t.body, t.media, t.segments, t.status, t.attempts,
  t.not_before, t.expires_at, coalesce(t.claimed_at, now())::timestamptz as claimed_at, coalesce(t.chat_id, 0)::bigint as chat_id, coalesce(t.seq, 0)::int as seq,
  coalesce(case when t.status <> 'sending' then
    (select coalesce(c.agent_id, c.last_agent_id) from chats c where c.tenant_id = @tenant_id and c.id = t.chat_id) end, 0)::bigint as agent_id,
  (select n.segments_per_second from numbers n where n.tenant_id = @tenant_id and n.id = @number_id::bigint)::real as segments_per_second
from taken t
order by t.late, t.id;

-- name: RecordResults :many
-- What became of texts that were handed over. A row is written only if it is still under way by the very claim that the
-- result belongs to: a stalled worker changes nothing after another took its lane, and a receipt that came first stays.
-- `% 1 = 0` is always true, and makes the planner expect a single row, so that it walks the results and looks each text up
-- by its key. Without it, statistics that lag behind a fresh burst of texts make it read all texts of the tenant; the
-- CASE likewise keeps it off the partial indexes.
-- After an ambiguous answer claimed_at is when the call ended, so that the carrier can be asked soon.
with r as (
  select * from rows from (unnest(@ids::bigint[]), unnest(@epochs::bigint[]), unnest(@claimed_ats::timestamptz[]),
    unnest(@statuses::text[]), unnest(@provider_ids::text[]), unnest(@codes::text[]), unnest(@texts::text[]),
    unnest(@retryables::boolean[]), unnest(@not_befores::timestamptz[]), unnest(@handed_backs::boolean[]))
    as r(id, epoch, claimed_at, status, provider_id, code, text, retryable, not_before, handed_back)
), done as (
  update messages m set
    status = r.status,
    provider_id = coalesce(nullif(r.provider_id, ''), m.provider_id),
    error_code = nullif(r.code, ''),
    error_text = nullif(r.text, ''),
    retryable = case when r.status = 'failed' then r.retryable end,
    uncertain = r.status = 'sending',
    not_before = case when r.status = 'queued' then greatest(m.not_before, r.not_before) else m.not_before end,
    claimed_at = case when r.status = 'queued' then null when r.status = 'sending' and r.code <> 'uncertain' then clock_timestamp()
      else m.claimed_at end,
    epoch = case when r.status = 'queued' then null else m.epoch end,
    attempts = m.attempts - case when r.handed_back then 1 else 0 end,
    done_at = @now::timestamptz
  from r
  where r.id % 1 = 0 and m.tenant_id = @tenant_id and m.id = r.id
    and case when m.status = 'sending' then m.epoch = r.epoch and m.claimed_at = r.claimed_at else false end
  returning m.id, m.chat_id, m.seq
)
select d.id, coalesce(d.chat_id, 0)::bigint as chat_id, coalesce(d.seq, 0)::int as seq,
  coalesce((select coalesce(c.agent_id, c.last_agent_id) from chats c where c.tenant_id = @tenant_id and c.id = d.chat_id), 0)::bigint as agent_id
from done d;

-- name: StuckTexts :many
-- Texts under way of which no call of ours can still be running: an answer was ambiguous and some seconds have passed, or
-- nothing was recorded for longer than any call takes.
select m.id, m.epoch::bigint as epoch, m.claimed_at::timestamptz as claimed_at, m.account_id, m.our_address, m.address, m.body,
  (m.error_code is not distinct from 'uncertain')::boolean as parked,
  extract(epoch from clock_timestamp() - m.claimed_at)::float8 as age_seconds
from messages m
where m.tenant_id = @tenant_id and m.number_id = @number_id::bigint and m.status = 'sending'
  and m.claimed_at < clock_timestamp() - make_interval(secs =>
    case when m.uncertain then @uncertain_seconds::float8 else @unrecorded_seconds::float8 end)
  and (m.error_code is distinct from 'uncertain' or @parked::boolean and m.claimed_at > clock_timestamp() - interval '1 hour')
order by m.id
limit 200;

-- name: KnownProviderIDs :many
select provider_id::text as provider_id from messages
where tenant_id = @tenant_id and account_id = @account_id and provider_id = any(@provider_ids::text[]);

-- name: ListNumbers :many
-- Removed ones too: chats and texts of the past keep their number. serves and places are one list on its side.
select n.id, n.address, n.label, n.account_id, n.capabilities, n.status, n.queue_id, n.segments_per_second, n.opt_out_responder,
  n.global_outbound, n.checked_at, coalesce(n.check_error, '')::text as check_error,
  (n.deleted_at is not null)::boolean as removed, n.mms,
  array(select q.queue_id from queue_numbers q where q.tenant_id = n.tenant_id and q.number_id = n.id order by q.queue_id)::bigint[] as serves,
  array(select q.position from queue_numbers q where q.tenant_id = n.tenant_id and q.number_id = n.id order by q.queue_id)::int[] as places
from numbers n where n.tenant_id = @tenant_id order by n.id;

-- name: AddNumber :one
insert into numbers (tenant_id, address, label, account_id, capabilities, segments_per_second, opt_out_responder)
values (@tenant_id, @address, @label, @account_id, @capabilities, @segments_per_second, @opt_out_responder) returning id;

-- name: SaveNumber :exec
update numbers set label = @label, account_id = @account_id, capabilities = @capabilities, status = @status,
  segments_per_second = @segments_per_second, opt_out_responder = @opt_out_responder, queue_id = nullif(@queue_id::bigint, 0),
  global_outbound = @global_outbound, check_error = case when @status = 'failed' then check_error end,
  checked_at = case when @status <> 'unverified' then checked_at end
where tenant_id = @tenant_id and id = @id;

-- name: SaveCheck :exec
update numbers set status = @status, mms = @mms, checked_at = @at::timestamptz, check_error = nullif(@reason::text, '')
where tenant_id = @tenant_id and id = @id;

-- name: DropGlobalOutbound :exec
-- There is one at most, so it goes before another comes.
update numbers set global_outbound = false where tenant_id = @tenant_id and global_outbound and id <> @id;

-- name: RemoveNumber :exec
with served as (delete from queue_numbers q where q.tenant_id = @tenant_id and q.number_id = @id)
update numbers n set deleted_at = @at::timestamptz, queue_id = null, global_outbound = false where n.tenant_id = @tenant_id and n.id = @id;

-- name: NumberInUse :one
-- What would lose its number: chats, and texts that are not with the carrier yet. The counts end at 1000.
select
  (select count(*) from (select from chats c where c.tenant_id = @tenant_id and c.number_id = @number_id and c.ended_at is null limit 1000) x)::int as active,
  (select count(*) from (select from messages m where m.tenant_id = @tenant_id and m.number_id = @number_id::bigint and m.status = 'queued' and not m.held limit 1000) x)::int
  + (select count(*) from (select from messages m where m.tenant_id = @tenant_id and m.number_id = @number_id::bigint and m.status = 'queued' and m.held limit 1000) x)::int
  + (select count(*) from (select from messages m where m.tenant_id = @tenant_id and m.number_id = @number_id::bigint and m.status = 'sending'
      and m.error_code is distinct from 'uncertain' limit 1000) x)::int as texts;

-- name: QueueName :one
select name from queues where tenant_id = @tenant_id and id = @id and channel = 'sms' and deleted_at is null;

-- name: ClearQueueNumbers :exec
delete from queue_numbers where tenant_id = @tenant_id and queue_id = @queue_id;

-- name: SetQueueNumbers :exec
insert into queue_numbers (tenant_id, queue_id, number_id, position)
select @tenant_id::bigint, @queue_id::bigint, n.id, n.ord
from unnest(@number_ids::bigint[]) with ordinality as n(id, ord);

-- name: ListAccounts :many
select id, key, carrier, sid, base_url, created_at from carrier_accounts where tenant_id = @tenant_id order by id;

-- name: NumbersHealth :many
-- How numbers do: what their lanes say, what waits, and how the latest texts of some hours ended. The counts are bounded, so
-- that a look costs no more than some tens of milliseconds, whatever is queued.
select n.id, coalesce(l.pause_reason, '')::text as pause_reason, l.last_sent_at,
  ((select count(*) from (select from messages m where m.tenant_id = @tenant_id and m.number_id = n.id and m.status = 'queued'
    and not m.held limit 100000) x)
  + (select count(*) from (select from messages m where m.tenant_id = @tenant_id and m.number_id = n.id and m.status = 'queued'
    and m.held limit 100000)x))::int as queued,
  o.ended, o.bad
from numbers n
left join lanes l on l.number_id = n.id
cross join lateral (select count(*)::int as ended, (count(*) filter (where x.status <> 'delivered'))::int as bad
  from (select m.status from messages m where m.tenant_id = @tenant_id and m.number_id = n.id
    and m.status in ('delivered', 'undelivered', 'failed') and m.done_at >= @since::timestamptz
    order by m.done_at desc limit 10000) x) o
where n.tenant_id = @tenant_id and n.deleted_at is null
order by n.id;

-- name: ListBlocks :many
-- The newest first. An empty search finds all; it may be part of the number or of the reason.
select id, address, reason, coalesce(created_by, 0)::bigint as created_by, created_at from blocklist
where tenant_id = @tenant_id and (@before::bigint = 0 or id < @before::bigint)
  and (@search::text = '' or strpos(address, @search::text) > 0 or strpos(lower(reason), @search::text) > 0)
order by id desc limit @most;

-- name: CountBlocks :one
select count(*)::int from blocklist where tenant_id = @tenant_id;

-- name: AddBlocks :many
-- Those that are listed already don't come back.
insert into blocklist (tenant_id, address, reason, created_by, created_at)
select @tenant_id::bigint, b.address, b.reason, nullif(@user_id::bigint, 0), @at::timestamptz
from rows from (unnest(@addresses::text[]), unnest(@reasons::text[])) with ordinality as b(address, reason, ord)
order by b.ord
on conflict (tenant_id, address) do nothing
returning id, address;

-- name: RemoveBlock :one
delete from blocklist where tenant_id = @tenant_id and id = @id returning address;

-- name: ListBlocked :many
-- Which of these numbers are on the blocklist.
select address from blocklist where tenant_id = @tenant_id and address = any(@addresses::text[]);
select id, address, label, account_id, capabilities, status, queue_id, segments_per_second, opt_out_responder, global_outbound, mms
from numbers where tenant_id = @tenant_id order by id;

-- name: SimulatedAccounts :many
-- Of all tenants: the simulated carrier of a process knows them all.
select id from carrier_accounts where sid like @prefix order by id;

-- name: InsertAccount :one
insert into carrier_accounts (tenant_id, key, carrier, sid, secret, base_url)
values (@tenant_id, @key, @carrier, @sid, @secret, @base_url) returning id;

-- name: AccountByKey :one
select id, tenant_id, key, carrier, sid, secret, base_url from carrier_accounts where key = @key;

-- name: AccountByID :one
select id, tenant_id, key, carrier, sid, secret, base_url from carrier_accounts where id = @id;

-- name: ActiveTenants :many
select id from tenants where disabled_at is null order by id;

-- name: ApplyReceipts :many
-- A group of receipts in one statement (spec 1.6). A receipt finds its text by the carrier's id, or, while none is recorded,
-- by our own, which came back in the callback's address; so one that overtakes the record of the hand-over still counts. Each is kept in the
-- table. A text takes the highest (rank, code) of what it has and what came, so any order and any repeats end the same.
-- Rows are locked by id first, because lanes write the same rows.
with told as (
  select * from rows from (unnest(@refs::bigint[]), unnest(@account_ids::bigint[]), unnest(@provider_ids::text[]),
    unnest(@statuses::text[]), unnest(@ranks::int[]), unnest(@codes::text[]), unnest(@texts::text[]),
    unnest(@retryables::boolean[]), unnest(@ats::timestamptz[]))
    with ordinality as r(ref, account_id, provider_id, status, rank, code, text, retryable, at, ord)
), matched as materialized (
  select told.*, coalesce(
    (select m.id from messages m where m.tenant_id = @tenant_id and m.account_id = told.account_id
      and m.provider_id = told.provider_id and m.direction = 'out'),
    (select m.id from messages m where told.ref <> 0 and m.tenant_id = @tenant_id and m.id = told.ref
      and m.account_id = told.account_id and m.direction = 'out' and m.provider_id is null)) as message_id
  from told
), logged as (
  insert into receipts (tenant_id, message_id, provider_id, status, error_code, at)
  select @tenant_id, message_id, provider_id, status, code, at from matched where message_id is not null order by ord
), best as (
  select distinct on (message_id) * from matched where message_id is not null
  order by message_id, rank desc, code desc, ord
), locked as materialized (
  select best.*, coalesce(m.error_code, '') as present_code,
    array_position(array['queued','sending','sent','expired','cancelled','failed','undelivered','delivered'], m.status) as present_rank
  from best join messages m on best.message_id % 1 = 0 and m.tenant_id = @tenant_id and m.id = best.message_id
  order by m.id
  for no key update of m
), moved as (
  update messages m set
    status = l.status,
    error_code = nullif(l.code, ''),
    error_text = nullif(l.text, ''),
    retryable = case when l.status in ('failed', 'undelivered') then l.retryable end,
    provider_id = coalesce(m.provider_id, l.provider_id),
    uncertain = false,
    done_at = l.at
  from locked l
  where l.message_id % 1 = 0 and m.tenant_id = @tenant_id and m.id = l.message_id
    and (l.rank > l.present_rank or l.rank = l.present_rank and l.code > l.present_code)
  returning l.ord, m.chat_id, m.seq, m.address, m.number_id
)
select moved.ord::int as ord, true as known, coalesce(moved.chat_id, 0)::bigint as chat_id, coalesce(moved.seq, 0)::int as seq,
  coalesce((select coalesce(c.agent_id, c.last_agent_id) from chats c where c.tenant_id = @tenant_id and c.id = moved.chat_id), 0)::bigint as agent_id,
  moved.address::text as address, coalesce(moved.number_id, 0)::bigint as number_id
from moved
union all
select matched.ord::int, false, 0, 0, 0, '', 0 from matched where matched.message_id is null;

-- name: UpdateAccount :execrows
update carrier_accounts set sid = @sid, secret = @secret, base_url = @base_url where tenant_id = @tenant_id and id = @id;

-- name: AccountKey :one
select key from carrier_accounts where tenant_id = @tenant_id and id = @id;

-- name: ListDoNotContact :many
-- The newest first, with the line of the ledger that put each there. An empty search finds all.
select d.id, d.address, d.scope_id, coalesce(n.address, '')::text as number_address, coalesce(n.label, '')::text as number_label, d.since,
  coalesce(l.source, '')::text as source, coalesce(l.word, '')::text as word, coalesce(l.evidence->>'reason', '')::text as reason,
  coalesce(l.user_id, 0)::bigint as user_id, coalesce(u.name, '')::text as user_name
from do_not_contact d
left join numbers n on n.tenant_id = d.tenant_id and n.id = d.scope_id
left join lateral (select c.source, c.word, c.evidence, c.user_id from consent_ledger c
  where c.tenant_id = d.tenant_id and c.address = d.address and c.scope_id = d.scope_id and c.action = 'opt_out' and c.at >= d.since
  order by c.id limit 1) l on true
left join users u on u.tenant_id = d.tenant_id and u.id = l.user_id
where d.tenant_id = @tenant_id and (@before::bigint = 0 or d.id < @before::bigint)
  and (@search::text = '' or strpos(d.address, @search::text) > 0)
order by d.id desc limit @most;

-- name: CountDoNotContact :one
select count(*)::int from do_not_contact where tenant_id = @tenant_id;

-- name: FindDoNotContact :one
select address, scope_id from do_not_contact where tenant_id = @tenant_id and id = @id for update;
-- name: ListStopped :many
-- The do-not-contact list in order of numbers, or what it has about one consumer. Whoever comes after a place: within one
-- consumer, the entry for all our numbers comes first.
select d.address, d.scope_id, coalesce(n.address, '')::text as our_address, d.since, coalesce(l.source, '')::text as source
from do_not_contact d
left join numbers n on d.scope_kind = 'number' and n.tenant_id = d.tenant_id and n.id = d.scope_id
left join lateral (select c.source from consent_ledger c
  where c.tenant_id = d.tenant_id and c.address = d.address and c.action = 'opt_out' order by c.id desc limit 1) l on true
where d.tenant_id = @tenant_id and (@after::text = '' or d.address > @after::text or d.address = @after::text and d.scope_id > @after_number::bigint)
  and d.address >= @after::text and (@of::text = '' or d.address = @of::text)
order by d.address, d.scope_id offset @skip::int limit @most::int;

-- name: CountStopped :one
select count(*) from do_not_contact where tenant_id = @tenant_id and (@of::text = '' or address = @of::text);
