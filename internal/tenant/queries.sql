-- name: TenantName :one
select name from tenants where id = $1;

-- name: ListSettings :many
select queue_id, key, value from settings where tenant_id = $1;

-- name: SaveSetting :exec
insert into settings (tenant_id, queue_id, key, value, changed_by, changed_at)
values (@tenant_id, @queue_id, @key, @value, sqlc.narg(changed_by), @changed_at)
on conflict (tenant_id, queue_id, key) do update
set value = excluded.value, changed_by = excluded.changed_by, changed_at = excluded.changed_at;

-- name: DeleteSetting :execrows
delete from settings where tenant_id = @tenant_id and queue_id = @queue_id and key = @key;

-- Whatever a cache holds is stamped with this number (DESIGN, caches).
-- name: BumpSettings :one
update tenants set settings_version = settings_version + 1 where id = $1 returning settings_version;

-- name: SettingsVersion :one
select settings_version from tenants where id = $1;

-- Who set what last, for a settings page.
-- name: ListSettingChanges :many
select s.queue_id, s.key, s.changed_at, coalesce(s.changed_by, 0)::bigint as changed_by, coalesce(u.name, '')::text as name
from settings s left join users u on u.tenant_id = s.tenant_id and u.id = s.changed_by
where s.tenant_id = $1;

-- Queues as settings see them: who inherits from whom.
-- name: ListInheritance :many
select id, coalesce(parent_id, 0)::bigint as parent_id, name from queues where tenant_id = $1 and deleted_at is null order by id;

-- name: CreateTenant :one
insert into tenants (subdomain, name) values (@subdomain, @name)
returning id, subdomain, name, disabled_at;

-- name: LockTenants :exec
-- Nobody else makes a tenant until the transaction ends, by whatever tool.
lock table tenants in share row exclusive mode;

-- name: AnyTenant :one
select exists (select from tenants);

-- name: TenantBySubdomain :one
select id, subdomain, name, disabled_at from tenants where subdomain = $1;

-- name: TenantByID :one
select id, subdomain, name, disabled_at from tenants where id = $1;

-- name: FirstTenant :one
select id, subdomain, name, disabled_at from tenants where disabled_at is null order by id limit 1;

-- name: ListTenants :many
select id, subdomain, name, disabled_at from tenants order by id;

-- name: SetTenantDisabled :execrows
-- The version is raised for those who remember its tokens.
update tenants set disabled_at = case when @disabled::boolean then coalesce(disabled_at, now()) end, settings_version = settings_version + 1
where id = @id;

-- name: CreateUser :one
insert into users (tenant_id, email, name, roles, password_hash, password_until, chat_limit)
values (@tenant_id, @email, @name, @roles, sqlc.narg(password_hash), sqlc.narg(password_until), sqlc.narg(chat_limit))
returning id, status, status_since;

-- name: UserByEmail :one
select id, email, name, roles, status, status_since, chat_limit, disabled_at, password_hash, password_until,
  ('admin' = any(roles) or coalesce((select p.passwords from sign_in_providers p where p.tenant_id = u.tenant_id), true))::boolean as by_password
from users u where u.tenant_id = @tenant_id and u.email = @email;

-- name: UserByID :one
select id, email, name, roles, status, status_since, chat_limit, disabled_at
from users where tenant_id = @tenant_id and id = @id;

-- name: ListUsers :many
select id, email, name, roles, status, status_since, chat_limit, disabled_at
from users where tenant_id = $1 order by name, id;

-- Nothing when the status is the same already: status_since is when it began. Who becomes available has waited since then.
-- name: SetUserStatus :execrows
with changed as (
  update users u set status = @status::text, status_since = @at, missed = 0,
         free_since = case when @status::text = 'available' then @at::timestamptz else u.free_since end
  where u.tenant_id = @tenant_id and u.id = @id and u.disabled_at is null and u.status <> @status::text
  returning u.id)
insert into agent_status_history (tenant_id, user_id, status, at, why, changed_by)
select @tenant_id, c.id, @status::text, @at, @why, nullif(@changed_by::bigint, 0) from changed c;

-- Counts a missed offer. Only who is available can miss one, and too many make them missed_chat.
-- name: MissOffer :many
with counted as (
  update users u set missed = u.missed + 1,
         status = case when u.missed + 1 >= @threshold::int then 'missed_chat' else u.status end,
         status_since = case when u.missed + 1 >= @threshold::int then @at::timestamptz else u.status_since end
  where u.tenant_id = @tenant_id and u.id = @id and u.status = 'available' and u.disabled_at is null
  returning u.id, u.status)
insert into agent_status_history (tenant_id, user_id, status, at, why)
select @tenant_id, c.id, c.status, @at::timestamptz, 'missed' from counted c where c.status = 'missed_chat'
returning user_id;

-- name: StatusHistory :many
-- The newest first; a status lasts until the next one began, the last one still does (epoch).
select h.id, h.status, h.at, h.why, coalesce(h.changed_by, 0)::bigint as changed_by_id, coalesce(m.name, '')::text as changed_by_name,
       coalesce((select n.at from agent_status_history n where n.tenant_id = h.tenant_id and n.user_id = h.user_id and n.id > h.id order by n.id limit 1), 'epoch')::timestamptz as until
from agent_status_history h
left join users m on m.tenant_id = h.tenant_id and m.id = h.changed_by
where h.tenant_id = @tenant_id and h.user_id = @user_id and (@before::bigint = 0 or h.id < @before::bigint)
order by h.id desc limit @most::int;

-- name: StatusesSince :many
-- What agents did after a moment, and what each of them did at it: by the index of a user's history, newest first, and only of
-- those whose status has changed since. Who changes it more often than @most has the earlier changes left out.
select h.user_id, h.status, h.at
from users u
cross join lateral (
  select r.id, r.user_id, r.status, r.at, lag(r.at) over (order by r.id desc) as until
  from (select n.id, n.user_id, n.status, n.at from agent_status_history n where n.tenant_id = u.tenant_id and n.user_id = u.id order by n.id desc limit @most::int) r
) h
where u.tenant_id = @tenant_id and u.status_since > @since::timestamptz and (h.until is null or h.until > @since::timestamptz)
order by h.id;

-- name: SetUserPassword :execrows
update users set password_hash = @password_hash, password_until = sqlc.narg(password_until) where tenant_id = @tenant_id and id = @id;

-- name: SetUserDisabled :one
with was as (
  select u.id, u.status from users u where u.tenant_id = @tenant_id and u.id = @id for update
), changed as (
  update users u set disabled_at = case when @disabled::boolean then coalesce(u.disabled_at, now()) end,
    status = case when @disabled::boolean then 'offline' else u.status end,
    status_since = case when @disabled::boolean and was.status <> 'offline' then now() else u.status_since end
  from was where u.tenant_id = @tenant_id and u.id = was.id
  returning u.id
), noted as (
  insert into agent_status_history (tenant_id, user_id, status, at, why)
  select @tenant_id, was.id, 'offline', now(), 'manager' from was where @disabled::boolean and was.status <> 'offline'
)
select count(*) from changed;

-- name: CreateSession :one
insert into sessions (tenant_id, user_id, token_hash, user_agent, created_at, seen_at, expires_at, provider, id_token)
values (@tenant_id, @user_id, @token_hash, @user_agent, @at, @at, @expires_at, @provider, sqlc.narg(id_token)::bytea)
returning id;

-- name: IndexSession :exec
insert into session_index (token_hash, tenant_id, expires_at) values (@token_hash, @tenant_id, @expires_at);

-- FindSessionTenant opens the way to the next statement of its batch: the tenant of a token is known by the index alone.
-- name: FindSessionTenant :one
select set_config('app.tenant', coalesce((select tenant_id::text from session_index where token_hash = @token_hash), ''), true);

-- name: SessionByHash :one
select s.tenant_id, s.id, s.seen_at, s.expires_at, u.id, u.email, u.name, u.roles, (u.password_until is not null and not s.provider)::boolean as temporary, t.name, t.subdomain
from sessions s
join users u on u.tenant_id = s.tenant_id and u.id = s.user_id
join tenants t on t.id = s.tenant_id
where s.token_hash = @token_hash and s.expires_at > @now and s.seen_at > @idle_since
  and u.disabled_at is null and t.disabled_at is null;

-- name: SessionByID :one
select s.tenant_id, s.id, s.seen_at, s.expires_at, u.id, u.email, u.name, u.roles, (u.password_until is not null and not s.provider)::boolean as temporary, t.name, t.subdomain
from sessions s
join users u on u.tenant_id = s.tenant_id and u.id = s.user_id
join tenants t on t.id = s.tenant_id
where s.tenant_id = @tenant_id and s.id = @id and s.expires_at > @now and s.seen_at > @idle_since
  and u.disabled_at is null and t.disabled_at is null;

-- Which of these sessions still hold: every few seconds for all open sockets of a tenant.
-- name: StandingSessions :many
select s.id
from sessions s
join users u on u.tenant_id = s.tenant_id and u.id = s.user_id
join tenants t on t.id = s.tenant_id
where s.tenant_id = @tenant_id and s.id = any(@ids::bigint[]) and s.expires_at > @now and s.seen_at > @idle_since
  and u.disabled_at is null and t.disabled_at is null;

-- name: TouchSession :exec
update sessions set seen_at = @now where tenant_id = @tenant_id and id = @id and seen_at < @before;

-- name: EndSession :exec
with gone as (delete from sessions s where s.tenant_id = @tenant_id and s.id = @id returning s.token_hash)
delete from session_index where token_hash in (select token_hash from gone);

-- name: EndSessions :many
delete from sessions where tenant_id = @tenant_id and user_id = @user_id returning id, token_hash;

-- name: DropSessionIndex :exec
delete from session_index where token_hash = any(@hashes::bytea[]);

-- Sessions idle out long before they expire; their rows go with the rest of the tenant's.
-- name: TenantsWithOldSessions :many
select distinct tenant_id from session_index where expires_at <= @now;

-- name: PurgeSessions :execrows
delete from sessions where tenant_id = @tenant_id and expires_at <= @now;

-- name: PurgeSessionIndex :exec
delete from session_index where tenant_id = @tenant_id and expires_at <= @now;

-- name: PurgeTickets :exec
delete from tickets where expires_at <= @now;

-- name: CreateTicket :exec
insert into tickets (token_hash, tenant_id, session_id, expires_at) values (@token_hash, @tenant_id, @session_id, @expires_at);

-- The delete is what makes it single use: of two who come at once one gets the row.
-- name: RedeemTicket :one
delete from tickets where token_hash = @token_hash returning tenant_id, session_id, expires_at;

-- The id stands inside the token, so it is needed before the row.
-- name: NextTokenID :one
select nextval(pg_get_serial_sequence('api_tokens', 'id'))::bigint as id;

-- name: CreateToken :exec
insert into api_tokens (tenant_id, id, name, token_hash, last4, scopes, created_by)
overriding system value
values (@tenant_id, @id, @name, @token_hash, @last4, @scopes, sqlc.narg(created_by));

-- name: IndexToken :exec
insert into token_index (token_hash, tenant_id) values (@token_hash, @tenant_id);

-- name: ReplaceTokenIndex :execrows
update token_index set token_hash = @new_hash where token_hash = @old_hash;

-- name: LockToken :one
select token_hash, name, last4, scopes, disabled_at, last_used_at, created_at
from api_tokens where tenant_id = @tenant_id and id = @id for update;

-- name: ReplaceToken :exec
update api_tokens set token_hash = @token_hash, last4 = @last4, last_used_at = null
where tenant_id = @tenant_id and id = @id;

-- name: RenameToken :execrows
update api_tokens set name = @name where tenant_id = @tenant_id and id = @id;

-- name: SetTokenDisabled :execrows
update api_tokens set disabled_at = case when @disabled::boolean then coalesce(disabled_at, now()) end
where tenant_id = @tenant_id and id = @id;

-- name: ListTokens :many
select id, name, last4, scopes, disabled_at, last_used_at, created_at
from api_tokens where tenant_id = $1 order by id;

-- name: FindTokenTenant :one
select set_config('app.tenant', coalesce((select tenant_id::text from token_index where token_hash = @token_hash), ''), true);

-- name: TokenByHash :one
select a.tenant_id, a.id, a.name, a.last4, a.scopes, a.last_used_at, a.created_at, t.subdomain, t.name, t.settings_version
from api_tokens a join tenants t on t.id = a.tenant_id
where a.token_hash = @token_hash and a.disabled_at is null and t.disabled_at is null;

-- name: TouchToken :exec
update api_tokens set last_used_at = @now
where tenant_id = @tenant_id and id = @id and (last_used_at is null or last_used_at <= @before);

-- name: AddSocket :exec
insert into presence (tenant_id, user_id, socket_id, node_id) values (@tenant_id, @user_id, @socket_id, @node_id)
on conflict (tenant_id, user_id, socket_id) do update set node_id = excluded.node_id;

-- name: RemoveSocket :exec
delete from presence where tenant_id = @tenant_id and user_id = @user_id and socket_id = @socket_id;

-- name: ConnectedUsers :many
select distinct user_id from presence where tenant_id = $1;

-- name: SweepSockets :many
delete from presence p where tenant_id = @tenant_id and (node_id = @node_id or not exists (select from nodes n where n.id = p.node_id))
returning user_id;

-- name: ExpectReturn :exec
insert into due (tenant_id, kind, ref, due_at) values (@tenant_id, 'absent', @user_id::bigint, @due_at)
on conflict (tenant_id, kind, ref) do update set due_at = excluded.due_at;

-- Held until the commit, so another node's sweep passes over them and a crash in the middle leaves them due.
-- name: ClaimAbsent :many
select tenant_id, ref from due where kind = 'absent' and due_at <= @now
order by due_at limit 200 for update skip locked;

-- Only who would receive chats: a break stays a break. Who has come back meanwhile is left as they are.
-- name: MarkUnresponsive :many
with gone as (
  update users u set status = 'unresponsive', status_since = @at
  where u.tenant_id = @tenant_id and u.id = any(@ids::bigint[]) and u.status = 'available' and u.disabled_at is null
    and not exists (select from presence p where p.tenant_id = u.tenant_id and p.user_id = u.id)
  returning u.id)
insert into agent_status_history (tenant_id, user_id, status, at, why)
select @tenant_id, g.id, 'unresponsive', @at, 'absent' from gone g
returning user_id;

-- name: ForgetAbsent :exec
delete from due where tenant_id = @tenant_id and kind = 'absent' and ref = any(@ids::bigint[]);

-- name: AddAudit :exec
insert into audit_log (tenant_id, at, user_id, token_id, action, subject_id, subject, before, after)
values (@tenant_id, @at, nullif(@user_id::bigint, 0), nullif(@token_id::bigint, 0), @action, @subject_id, @subject, sqlc.narg(before), sqlc.narg(after));

-- People: users, teams and who serves which queue (spec 1.1).

-- PageUsers: each filter is left out by its zero value. The order is that of a list of people.
-- name: PageUsers :many
select u.id, u.email, u.name, u.roles, u.status, u.status_since, u.chat_limit, u.disabled_at, u.created_at,
  (u.password_hash is not null)::boolean as has_password,
  exists (select from identities i where i.tenant_id = u.tenant_id and i.user_id = u.id) as linked,
  exists (select from presence p where p.tenant_id = u.tenant_id and p.user_id = u.id) as connected,
  array(select m.team_id from team_members m where m.tenant_id = u.tenant_id and m.user_id = u.id order by m.team_id)::bigint[] as team_ids,
  array(select a.queue_id from queue_agents a where a.tenant_id = u.tenant_id and a.user_id = u.id order by a.queue_id)::bigint[] as queue_ids,
  (count(*) over ())::int as total
from users u
where u.tenant_id = @tenant_id
  and (@search::text = '' or strpos(lower(u.name), lower(@search::text)) > 0 or strpos(u.email, lower(@search::text)) > 0)
  and (@role::text = '' or @role::text = any(u.roles))
  and (@team::bigint = 0 or exists (select from team_members m where m.tenant_id = u.tenant_id and m.team_id = @team::bigint and m.user_id = u.id))
  and (@queue::bigint = 0 or exists (select from queue_members q where q.tenant_id = u.tenant_id and q.queue_id = @queue::bigint and q.user_id = u.id))
  and (@state::text = '' or (u.disabled_at is null) = (@state::text = 'enabled'))
  and (@sole::bigint = 0 or u.id = @sole::bigint)
order by lower(u.name), u.id
limit @most::int offset @past::int;

-- Who could lock the tenant out. Their rows are held in id order, so that two admins who disable each other don't both win.
-- name: HoldAdmins :many
select id from users where tenant_id = @tenant_id and 'admin' = any(roles) and disabled_at is null order by id for no key update;

-- name: UpdateUser :execrows
update users set email = @email, name = @name, roles = @roles, chat_limit = sqlc.narg(chat_limit)
where tenant_id = @tenant_id and id = @id;

-- name: LeaveTeams :exec
delete from team_members where tenant_id = @tenant_id and user_id = @user_id and team_id <> all(@team_ids::bigint[]);

-- name: JoinTeams :exec
insert into team_members (tenant_id, team_id, user_id)
select @tenant_id::bigint, t, @user_id::bigint from unnest(@team_ids::bigint[]) as t order by t
on conflict do nothing;

-- name: ListTeams :many
select t.id, t.name,
  array(select m.user_id from team_members m where m.tenant_id = t.tenant_id and m.team_id = t.id order by m.user_id)::bigint[] as user_ids,
  array(select q.queue_id from queue_teams q where q.tenant_id = t.tenant_id and q.team_id = t.id order by q.queue_id)::bigint[] as queue_ids
from teams t where t.tenant_id = @tenant_id and (@sole::bigint = 0 or t.id = @sole::bigint) order by lower(t.name), t.id;

-- name: CreateTeam :one
insert into teams (tenant_id, name) values (@tenant_id, @name) returning id;

-- name: RenameTeam :exec
update teams set name = @name where tenant_id = @tenant_id and id = @id;

-- name: DeleteTeam :exec
delete from teams where tenant_id = @tenant_id and id = @id;

-- name: HoldTeam :many
select id from teams where tenant_id = @tenant_id and id = @id for update;

-- name: LeaveTeam :exec
delete from team_members where tenant_id = @tenant_id and team_id = @team_id and user_id <> all(@user_ids::bigint[]);

-- name: JoinTeam :exec
insert into team_members (tenant_id, team_id, user_id)
select @tenant_id::bigint, @team_id::bigint, u from unnest(@user_ids::bigint[]) as u order by u
on conflict do nothing;

-- Which of these are no users: an assignment names people who are there.
-- name: UnknownUsers :many
select u::bigint as id from unnest(@ids::bigint[]) as u
where not exists (select from users x where x.tenant_id = @tenant_id and x.id = u);

-- name: UnknownTeams :many
select t::bigint as id from unnest(@ids::bigint[]) as t
where not exists (select from teams x where x.tenant_id = @tenant_id and x.id = t);

-- name: TakeIdempotencyKey :one
-- Ours when it is new, older than a day, or left running by somebody who died.
insert into idempotency_keys as k (tenant_id, token_id, route, key, request, started_at)
values (@tenant_id, @token_id, @route, @key, @request, @now)
on conflict (tenant_id, token_id, route, key) do update
set request = excluded.request, started_at = excluded.started_at, status = null, answer = null
where k.started_at < @expired or (k.status is null and k.started_at < @abandoned and k.request = excluded.request)
returning true;

-- name: FindIdempotencyKey :one
select request, coalesce(status, 0)::int as status, coalesce(answer, '')::bytea as answer from idempotency_keys
where tenant_id = @tenant_id and token_id = @token_id and route = @route and key = @key;

-- name: SaveIdempotencyAnswer :exec
update idempotency_keys set status = @status::int, answer = @answer::bytea
where tenant_id = @tenant_id and token_id = @token_id and route = @route and key = @key;

-- name: ReleaseIdempotencyKey :exec
delete from idempotency_keys
where tenant_id = @tenant_id and token_id = @token_id and route = @route and key = @key and status is null;

-- name: PurgeIdempotencyKeys :execrows
delete from idempotency_keys where tenant_id = @tenant_id and started_at < @expired;
-- Whoever changes what must exist once takes turns: the last opt-in shortcut, say.
-- name: LockTenant :exec
select id from tenants where id = $1 for no key update;

-- name: ListShortcuts :many
select id, lang, keyword, category, body, opt_in, coalesce(queue_id, 0)::bigint as queue_id
from shortcuts where tenant_id = $1 order by category, folded, lang;

-- name: CreateShortcut :one
insert into shortcuts (tenant_id, lang, keyword, folded, category, body, opt_in, queue_id)
values (@tenant_id, @lang, @keyword, @folded, @category, @body, @opt_in, nullif(@queue_id::bigint, 0))
returning id;

-- ChangeShortcut and CreateShortcut go in batches too (revise): the order of their parameters counts.
-- name: ChangeShortcut :exec
update shortcuts set lang = @lang, keyword = @keyword, folded = @folded, category = @category, body = @body, opt_in = @opt_in,
  queue_id = nullif(@queue_id::bigint, 0)
where tenant_id = @tenant_id and id = @id;

-- name: DeleteShortcut :exec
delete from shortcuts where tenant_id = @tenant_id and id = @id;

-- CountShortcuts goes in the batch of the text that was written with them (QueueShortcutUses): the order of its parameters counts.
-- One that is being deleted is waited for, and is then none. They are locked in one order by all.
-- name: CountShortcuts :exec
insert into shortcut_uses (tenant_id, shortcut_id, day, uses)
select s.tenant_id, s.id, date(timezone('UTC', @now::timestamptz)), 1 from shortcuts s where s.tenant_id = @tenant_id and s.id = any(@ids::bigint[])
order by s.id for key share
on conflict on constraint shortcut_uses_pkey do update set uses = shortcut_uses.uses + 1;

-- name: ShortcutUses :many
select shortcut_id, coalesce(sum(uses) filter (where day > date(timezone('UTC', @now::timestamptz)) - 30), 0)::bigint as month, sum(uses)::bigint as total
from shortcut_uses where tenant_id = @tenant_id group by shortcut_id;

-- name: ListPresets :many
select id, lang, label, body, coalesce(queue_id, 0)::bigint as queue_id
from presets where tenant_id = $1 order by position, id;

-- CreatePreset and ChangePreset go in batches too (savePresets): the order of their parameters counts.
-- name: CreatePreset :one
insert into presets (tenant_id, lang, label, folded, body, queue_id, position)
values (@tenant_id, @lang, @label, @folded, @body, nullif(@queue_id::bigint, 0),
  (select coalesce(max(position) + 1, 0) from presets where tenant_id = @tenant_id))
returning id;

-- name: ChangePreset :exec
update presets set lang = @lang, label = @label, folded = @folded, body = @body, queue_id = nullif(@queue_id::bigint, 0)
where tenant_id = @tenant_id and id = @id;

-- name: OrderPresets :exec
update presets p set position = o.at - 1 from unnest(@ids::bigint[]) with ordinality as o (id, at)
where p.tenant_id = @tenant_id and p.id = o.id;

-- name: DeletePreset :exec
delete from presets where tenant_id = @tenant_id and id = @id;

-- name: Me :one
-- Oneself, with how one has the console.
select u.name, coalesce(p.lang, '')::text as lang, coalesce(p.time_zone, '')::text as time_zone,
       coalesce(p.theme, 'system')::text as theme, coalesce(p.density, 'compact')::text as density,
       coalesce(p.muted_sounds, '{}')::text[] as muted_sounds, coalesce(p.muted_notifications, '{}')::text[] as muted_notifications,
       coalesce(p.muted_announcements, '{}')::text[] as muted_announcements, coalesce(p.single_keys, true) as single_keys,
       coalesce(p.keys, '{}')::jsonb as keys, coalesce(p.offer_time, 1)::int as offer_time
from users u left join preferences p on p.tenant_id = u.tenant_id and p.user_id = u.id
where u.tenant_id = @tenant_id and u.id = @id;

-- name: HoldUser :one
select id from users where tenant_id = @tenant_id and id = @id for no key update;

-- name: RenameUser :exec
update users set name = @name where tenant_id = @tenant_id and id = @id;

-- name: SavePreferences :exec
insert into preferences (tenant_id, user_id, lang, time_zone, theme, density, muted_sounds, muted_notifications, muted_announcements,
                         single_keys, keys, offer_time)
values (@tenant_id, @user_id, @lang, @time_zone, @theme, @density, @muted_sounds, @muted_notifications, @muted_announcements,
        @single_keys, @keys, @offer_time)
on conflict (tenant_id, user_id) do update set lang = excluded.lang, time_zone = excluded.time_zone, theme = excluded.theme,
       density = excluded.density, muted_sounds = excluded.muted_sounds, muted_notifications = excluded.muted_notifications,
       muted_announcements = excluded.muted_announcements, single_keys = excluded.single_keys, keys = excluded.keys,
       offer_time = excluded.offer_time;

-- name: ReadSignInProvider :one
select enabled, label, issuer, client_id, secret, domains, coalesce(default_role, '')::text as default_role, role_claim, role_rules, passwords,
  sign_out, changed_at
from sign_in_providers where tenant_id = $1;

-- name: SaveSignInProvider :exec
insert into sign_in_providers (tenant_id, enabled, label, issuer, client_id, secret, domains, default_role, role_claim, role_rules, passwords, sign_out, changed_at)
values (@tenant_id, @enabled, @label, @issuer, @client_id, sqlc.narg(secret), @domains, nullif(@default_role::text, ''), @role_claim, @role_rules, @passwords, @sign_out, @changed_at)
on conflict (tenant_id) do update
set enabled = excluded.enabled, label = excluded.label, issuer = excluded.issuer, client_id = excluded.client_id, secret = excluded.secret,
  domains = excluded.domains, default_role = excluded.default_role, role_claim = excluded.role_claim, role_rules = excluded.role_rules,
  passwords = excluded.passwords, sign_out = excluded.sign_out, changed_at = excluded.changed_at;

-- name: DeleteSignInProvider :execrows
delete from sign_in_providers where tenant_id = $1;

-- Admins who get in whatever becomes of a provider: with a password that is theirs for good.
-- name: AdminsWithPassword :many
select id from users
where tenant_id = @tenant_id and 'admin' = any(roles) and disabled_at is null and password_hash is not null and password_until is null
order by id;

-- Sessions that a provider vouched for which is not trusted any more; but is the one that says so.
-- name: EndProviderSessions :many
delete from sessions where tenant_id = @tenant_id and provider and id <> @but returning id, user_id, token_hash;

-- Sessions that a password began, of those whose password does not do any more: admins keep theirs. But is the one that says so.
-- name: EndPasswordSessions :many
delete from sessions s using users u
where s.tenant_id = @tenant_id and u.tenant_id = s.tenant_id and u.id = s.user_id
  and not s.provider and s.id <> @but and not 'admin' = any(u.roles)
returning s.id, s.user_id, s.token_hash;

-- name: UserByIdentity :one
select u.id, u.email, u.name, u.roles, u.status, u.status_since, u.chat_limit, u.disabled_at
from identities i join users u on u.tenant_id = i.tenant_id and u.id = i.user_id
where i.tenant_id = @tenant_id and i.issuer = @issuer and i.subject = @subject;

-- name: LinkIdentity :exec
insert into identities (tenant_id, issuer, subject, user_id, linked_at) values (@tenant_id, @issuer, @subject, @user_id, @linked_at);

-- name: UnlinkIdentities :execrows
delete from identities where tenant_id = @tenant_id and user_id = @user_id;

-- A sign-in that came back before conflicts with its row.
-- name: UseSignIn :execrows
insert into used_sign_ins (tenant_id, state, expires_at) values (@tenant_id, @state, @expires_at) on conflict do nothing;

-- name: PurgeUsedSignIns :exec
delete from used_sign_ins where tenant_id = @tenant_id and expires_at < @now;

-- name: SessionToken :one
select id_token from sessions where tenant_id = @tenant_id and id = @id and provider;

-- name: UserSessions :many
select id, provider, user_agent, created_at, seen_at from sessions
where tenant_id = @tenant_id and user_id = @user_id and expires_at > @now and seen_at > @idle_since
order by seen_at desc, id desc;

-- Sessions of a user but one; one of them, or all when it is 0.
-- name: EndOtherSessions :many
delete from sessions where tenant_id = @tenant_id and user_id = @user_id and id <> @but and (@one::bigint = 0 or id = @one::bigint)
returning id, token_hash;
