-- +goose Up
-- Since when the consumer of an assigned chat waits for the agent's answer: what the response target is measured from.
alter table chats add column owed_since timestamptz;

-- +goose Down
alter table chats drop column owed_since;
