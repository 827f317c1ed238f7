-- +goose Up
-- When a chat last moved. Every text moves it, so it must not stand in an index, or the row would be written into all of
-- them each time (HOT); its hour changes seldom and may.
alter table chats add column updated_at timestamptz not null default now();
alter table chats add column updated_hour bigint not null
  generated always as (floor(extract(epoch from updated_at at time zone 'UTC') / 3600)::bigint) stored;
-- Lists of chats, newest first: of all by their statuses, of a queue, of an agent; and what has changed since.
create index chats_by_status on chats (tenant_id, status, created_at, id);
create index chats_by_queue on chats (tenant_id, queue_id, created_at, id) where queue_id is not null;
create index chats_by_agent on chats (tenant_id, agent_id, created_at, id) where agent_id is not null;
create index chats_by_change on chats (tenant_id, updated_hour, id);

-- +goose Down
drop index chats_by_change;
drop index chats_by_agent;
drop index chats_by_queue;
drop index chats_by_status;
alter table chats drop column updated_hour, drop column updated_at;
