-- +goose Up
-- What agents did, when and why: a row for every change of a status, in the transaction that makes it. A status lasts until
-- the user's next row. Append-only (pg.Migrate reads the comment).
create table agent_status_history (
  tenant_id  bigint not null,
  id         bigint generated always as identity,
  user_id    bigint not null,
  status     text not null check (length(status) between 1 and 40),
  at         timestamptz not null,
  why        text not null check (why in ('self','missed','absent','login','manager')),
  changed_by bigint, -- the manager
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users
);
select protect('agent_status_history');
comment on table agent_status_history is 'append-only: what an agent did, and when';
create index agent_status_history_user on agent_status_history (tenant_id, user_id, id);

-- +goose Down
drop table agent_status_history;
