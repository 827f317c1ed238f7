-- +goose Up
-- "is not null" keeps the claim of a lane off this index, which looked as cheap as the outbox to a planner that saw both empty:
-- then each claim read and sorted all that was queued. Whoever asks for a thread's texts implies it.
drop index messages_under_way;
create index messages_under_way on messages (tenant_id, thread_id, id) where status in ('queued','sending') and thread_id is not null;

-- +goose Down
drop index messages_under_way;
create index messages_under_way on messages (tenant_id, thread_id, id) where status in ('queued','sending');
