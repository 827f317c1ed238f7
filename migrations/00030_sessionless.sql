-- +goose Up
-- A call of POST /sessionless_sms. Its texts are rows of messages; waiting is how many of them no lane has been given yet.
-- It may be too high for a moment (a STOP cancels texts without a look at their call), never too low.
create table sessionless_requests (
  tenant_id  bigint not null references tenants,
  id         bigint generated always as identity,
  request_id text not null check (length(request_id) between 1 and 100),
  number_id  bigint not null,
  skipped    jsonb not null default '[]', -- [{phone, reason}]
  parts      smallint[] not null,         -- segments of each of its messages
  accepted   int not null check (accepted >= 0),
  waiting    int not null check (waiting between 0 and accepted),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, request_id),
  foreign key (tenant_id, number_id) references numbers
) with (fillfactor = 80);
select protect('sessionless_requests');
create index sessionless_requests_waiting on sessionless_requests (tenant_id, id) where waiting > 0;

-- A text is held until its turn comes. What is held stands in no lane's outbox, so that a claim never walks past it.
alter table messages
  add column request_id bigint,
  add column held boolean not null default false,
  add constraint messages_held check (not held or request_id is not null),
  add constraint messages_request foreign key (tenant_id, request_id) references sessionless_requests;
drop index messages_outbox;
create index messages_outbox on messages (tenant_id, number_id, bulk, id) where status = 'queued' and not held;
create index messages_held on messages (tenant_id, number_id, request_id, id) where status = 'queued' and held;
create index messages_request on messages (tenant_id, request_id, id) where request_id is not null;

-- +goose Down
delete from receipts r using messages m where m.tenant_id = r.tenant_id and m.id = r.message_id and m.request_id is not null;
delete from messages where request_id is not null;
drop index messages_request;
drop index messages_held;
drop index messages_outbox;
create index messages_outbox on messages (tenant_id, number_id, bulk, id) where status = 'queued';
alter table messages drop column request_id, drop column held;
drop table sessionless_requests;
