-- +goose Up
-- How far the agent who has the chat has read it; another agent starts from nothing.
alter table chats add column read_seq int not null default 0;
-- What an agent has laid aside.
create index chats_dismissed on chats (tenant_id, last_agent_id) where status = 'dismissed';

-- +goose Down
drop index chats_dismissed;
alter table chats drop column read_seq;
