-- +goose Up
-- How an offer was made (spec 1.7): to all (multicast), to one at a time (deltacast), or first to the agent whom a
-- returning chat knows (preferred). attempt counts the agents that deltacast has asked in this wait; auto is answered by
-- the server itself.
alter table offers
  add column mode text not null default 'multicast' check (mode in ('multicast','deltacast','preferred')),
  add column auto boolean not null default false,
  add column attempt smallint not null default 0;
create index offers_last on offers (tenant_id, chat_id, id);

-- What the last chats of a queue took, for the wait estimate.
create index chats_handled on chats (tenant_id, queue_id, ended_at) where assigned_at is not null and ended_at is not null;

-- Group 1 is asked first, 1 and 2 after a delay, and so on.
alter table queue_agents add column cascade_group smallint not null default 1 check (cascade_group between 1 and 10);
-- Deltacast offers missed since the agent became available.
alter table users add column missed smallint not null default 0;

-- +goose Down
alter table users drop column missed;
alter table queue_agents drop column cascade_group;
drop index chats_handled;
drop index offers_last;
alter table offers drop column mode, drop column auto, drop column attempt;
