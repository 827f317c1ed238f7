-- +goose Up
-- Every text, in and out. An outbound row with status 'queued' is the outbox (DESIGN, the way out).
create table messages (
  tenant_id   bigint not null,
  id          bigint generated always as identity,
  thread_id   bigint, -- null: to a number that is not ours, or from a blocked one
  chat_id     bigint,
  seq         int, -- place in the chat's transcript
  number_id   bigint,
  account_id  bigint not null,
  direction   text not null check (direction in ('in','out')),
  sender      text not null check (sender in ('end_user','agent','system','api')),
  user_id     bigint, -- the agent who wrote it
  kind        text not null default 'chat' check (length(kind) between 1 and 40), -- chat, greeting, menu, stop_confirmation ...
  our_address text not null,
  address     text not null, -- the consumer's
  body        text not null,
  media       jsonb,
  segments    smallint not null default 1,
  status      text not null check (status in ('received','queued','sending','sent','expired','cancelled','failed','undelivered','delivered')),
  disposition text not null default '' check (disposition in ('','blocked','unknown_number','no_queue','opted_out','command','channel_off','sessionless')),
  provider_id text, -- the carrier's id
  client_id   text check (length(client_id) between 1 and 100), -- the sender's id: a repeat is the same message
  attempts    smallint not null default 0,
  not_before  timestamptz, -- when it may be tried (again)
  expires_at  timestamptz,
  claimed_at  timestamptz,
  epoch       bigint, -- of the lane that claimed it
  uncertain   boolean not null default false, -- handed over without an answer: shown as such, never sent again by itself
  error_code  text,
  error_text  text,
  retryable   boolean,
  created_at  timestamptz not null,
  done_at     timestamptz, -- when the present status was reached
  primary key (tenant_id, id),
  foreign key (tenant_id, thread_id) references threads,
  foreign key (tenant_id, chat_id) references chats,
  check ((direction = 'in') = (status = 'received')),
  check (direction = 'in' or (thread_id is not null and number_id is not null and expires_at is not null and not_before is not null)),
  check (status <> 'sending' or (claimed_at is not null and epoch is not null)),
  check ((chat_id is null) = (seq is null))
);
select protect('messages');
-- A repeat of (carrier account, provider id) changes nothing (spec 1.2); receipts find their text by it.
create unique index messages_provider on messages (tenant_id, account_id, provider_id) where provider_id is not null;
create unique index messages_transcript on messages (tenant_id, chat_id, seq) where chat_id is not null;
create unique index messages_client on messages (tenant_id, chat_id, client_id) where client_id is not null;
-- The outbox of a lane, and what of a thread is under way: order per consumer (invariant 6).
create index messages_outbox on messages (tenant_id, number_id, id) where status = 'queued';
-- What a lane handed over without knowing the end of it: asked about after a crash.
create index messages_sending on messages (tenant_id, number_id, id) where status = 'sending';
create index messages_under_way on messages (tenant_id, thread_id, id) where status in ('queued','sending');

-- Every status a carrier told us, in the order it came, whatever it changed. Append-only.
create table receipts (
  tenant_id   bigint not null,
  id          bigint generated always as identity,
  message_id  bigint not null,
  provider_id text not null,
  status      text not null,
  error_code  text not null default '',
  at          timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, message_id) references messages
);
select protect('receipts');
create index receipts_message on receipts (tenant_id, message_id);

-- +goose Down
drop table receipts;
drop table messages;
