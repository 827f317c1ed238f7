-- +goose Up
-- Who changed what, when, from what to what. Secrets are never in it. Append-only (pg.Migrate reads the comment).
create table audit_log (
  tenant_id  bigint not null references tenants,
  id         bigint generated always as identity,
  at         timestamptz not null,
  user_id    bigint, -- who did it; null with token_id null: the program or the command line
  token_id   bigint,
  action     text not null check (action ~ '^[a-z_]+\.[a-z_]+$'), -- number.created, queue.moved, setting.changed
  subject_id bigint not null default 0,
  subject    text not null default '' check (length(subject) <= 200), -- its name at the time
  before     jsonb,
  after      jsonb,
  primary key (tenant_id, id)
);
select protect('audit_log');
comment on table audit_log is 'append-only: who changed what';
create index audit_log_action on audit_log (tenant_id, split_part(action, '.', 1), id);
create index audit_log_user on audit_log (tenant_id, user_id, id) where user_id is not null;

-- +goose Down
drop table audit_log;
