-- +goose Up
-- A deleted queue is due until all its chats have moved on.
alter table due drop constraint due_kind_check;
alter table due add constraint due_kind_check check (kind in ('chat','offer','absent','queue'));

-- +goose Down
delete from due where kind = 'queue';
alter table due drop constraint due_kind_check;
alter table due add constraint due_kind_check check (kind in ('chat','offer','absent'));
