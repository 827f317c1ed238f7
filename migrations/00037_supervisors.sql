-- +goose Up
-- Who has joined an agent's chat is what its marks say; they are few.
create index chat_events_along on chat_events (tenant_id, chat_id, user_id, seq) where kind in ('joined', 'left');
-- What ended of late, newest first.
create index chats_ended on chats (tenant_id, ended_at, id) where ended_at is not null;
-- The history of a consumer, found by number or name.
create index chats_by_consumer on chats (tenant_id, end_user_id, created_at, id);
create index chats_by_flag on chats (tenant_id, opt_out_flag, created_at, id) where opt_out_flag;
create index chats_by_reason on chats (tenant_id, fail_reason, created_at, id) where fail_reason is not null;
create index end_users_name on end_users (tenant_id, lower(name) text_pattern_ops) where name <> '';

-- +goose Down
drop index end_users_name;
drop index chats_by_reason;
drop index chats_by_flag;
drop index chats_by_consumer;
drop index chats_ended;
drop index chat_events_along;
