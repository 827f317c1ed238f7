-- +goose Up
-- Handing a chat over (spec 1.5, 1.7). While an agent is asked, the chat stays its owner's and says whom it is held out
-- to and until when: that is the lease, and the chat's timer ends it.
alter table chats
  add column transfer_count smallint not null default 0, -- begun so far
  add column transfer_to    bigint,
  add column transfer_until timestamptz,
  add constraint chats_transfer_to foreign key (tenant_id, transfer_to) references users,
  add constraint chats_transfer check ((transfer_to is null) = (transfer_until is null)),
  add constraint chats_transfer_owner check (transfer_to is null or (status = 'assigned' and transfer_to <> agent_id));

-- One row a transfer, named by the row of the transcript that began it, where its note stands.
create table transfers (
  tenant_id bigint not null,
  chat_id   bigint not null,
  seq       int not null,
  by_id     bigint not null, -- whose chat it was
  queue_id  bigint, -- to a queue ...
  agent_id  bigint, -- ... or to an agent
  state     text not null default 'began' check (state in ('began','ended','failed')),
  why       text not null default '' check (why in ('','declined','missed','gone','taken_over','chat_ended')),
  began_at  timestamptz not null,
  until     timestamptz, -- of a lease
  over_at   timestamptz,
  primary key (tenant_id, chat_id, seq),
  foreign key (tenant_id, chat_id) references chats,
  foreign key (tenant_id, by_id) references users,
  foreign key (tenant_id, queue_id) references queues,
  foreign key (tenant_id, agent_id) references users,
  check ((queue_id is null) <> (agent_id is null)),
  check ((state = 'began') = (over_at is null)),
  check ((state = 'failed') = (why <> ''))
);
select protect('transfers');
create unique index transfers_under_way on transfers (tenant_id, chat_id) where state = 'began';
create index transfers_agent on transfers (tenant_id, agent_id) where state = 'began';

-- +goose Down
drop table transfers;
alter table chats drop column transfer_count, drop column transfer_to, drop column transfer_until;
