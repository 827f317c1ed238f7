-- +goose Up
-- A password that somebody else gave holds until then, and is changed before anything else is done.
alter table users add column password_until timestamptz;

-- The agents' figures: what they took, and what they let go.
create index chat_events_assigned on chat_events (tenant_id, user_id, at) where kind = 'assigned';
create index offers_let_go on offers (tenant_id, user_id, closed_at) where state in ('expired', 'declined');

-- +goose Down
drop index offers_let_go;
drop index chat_events_assigned;
alter table users drop column password_until;
