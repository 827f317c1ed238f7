-- +goose Up
-- A third kind of what is due: an agent whose last socket has gone (ref is the user) and who has until then to come back
-- before they are unresponsive (spec 1.7).
alter table due drop constraint due_kind_check, add constraint due_kind_check check (kind in ('chat','offer','absent'));

-- +goose Down
delete from due where kind = 'absent';
alter table due drop constraint due_kind_check, add constraint due_kind_check check (kind in ('chat','offer'));
