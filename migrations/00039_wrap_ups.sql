-- +goose Up
-- What an agent still has to say about a chat that has ended (spec 6, 4.1): what it was about, and a note. Until that is
-- said, or its time is up, it holds one of the agent's slots as the chat did. It never ends by a timer: who counts slots
-- looks at the time.
create table wrap_ups (
  tenant_id   bigint not null,
  chat_id     bigint not null,
  agent_id    bigint not null,
  began_at    timestamptz not null,
  until       timestamptz not null,
  done_at     timestamptz,
  disposition text not null default '' check (length(disposition) <= 40),
  note        text not null default '' check (length(note) <= 1000),
  primary key (tenant_id, chat_id),
  foreign key (tenant_id, chat_id) references chats,
  check (until > began_at),
  check (done_at is not null or (disposition = '' and note = ''))
);
select protect('wrap_ups');
create index wrap_ups_open on wrap_ups (tenant_id, agent_id, until) where done_at is null;

-- +goose Down
drop table wrap_ups;
