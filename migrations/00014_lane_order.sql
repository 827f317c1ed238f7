-- +goose Up
-- Conversations and answers to command words leave a number before what goes out in bulk. The column follows the kind, so
-- that it can't be forgotten; the outbox is read in its order.
alter table messages add column bulk boolean not null generated always as (kind in ('api', 'sessionless', 'after_call')) stored;
drop index messages_outbox;
create index messages_outbox on messages (tenant_id, number_id, bulk, id) where status = 'queued';
-- How a number's texts ended lately: its health.
create index messages_outcome on messages (tenant_id, number_id, done_at, status) where status in ('delivered', 'undelivered', 'failed');
alter table lanes add column last_sent_at timestamptz;

-- +goose Down
alter table lanes drop column last_sent_at;
drop index messages_outcome;
drop index messages_outbox;
create index messages_outbox on messages (tenant_id, number_id, id) where status = 'queued';
alter table messages drop column bulk;
