-- +goose Up
-- Control table: the random key in a webhook's URL selects the tenant and the secret that signs it.
create table carrier_accounts (
  id         bigint generated always as identity primary key,
  tenant_id  bigint not null references tenants,
  key        text not null unique check (key ~ '^[0-9a-f]{32}$'),
  carrier    text not null check (carrier in ('twilio')),
  sid        text not null,
  secret     bytea not null, -- sealed
  base_url   text not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, id)
);

-- The queue tree: a menu node has children, a leaf queue has agents.
create table queues (
  tenant_id  bigint not null references tenants,
  id         bigint generated always as identity,
  parent_id  bigint,
  channel    text not null default 'sms' check (channel in ('sms','ivr')),
  lang       text not null default 'en' check (lang ~ '^[a-z]{2}(-[A-Z]{2})?$'),
  position   int not null default 0,
  name       text not null check (length(name) between 1 and 100),
  keywords   text[] not null default '{}',
  hidden     boolean not null default false,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, parent_id) references queues
);
select protect('queues');
create index queues_parent on queues (tenant_id, parent_id, position);

create table queue_agents (
  tenant_id bigint not null,
  queue_id  bigint not null,
  user_id   bigint not null,
  primary key (tenant_id, queue_id, user_id),
  foreign key (tenant_id, queue_id) references queues on delete cascade,
  foreign key (tenant_id, user_id) references users on delete cascade
);
select protect('queue_agents');
create index queue_agents_user on queue_agents (tenant_id, user_id);

create table numbers (
  tenant_id           bigint not null references tenants,
  id                  bigint generated always as identity,
  address             text not null check (address ~ '^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$'), -- E.164 or a short code
  label               text not null default '' check (length(label) <= 100),
  account_id          bigint not null,
  capabilities        text[] not null check (capabilities <@ array['inbound','outbound','in_call','sessionless']),
  status              text not null default 'unverified' check (status in ('unverified','verified_sms_only','verified_sms_voice','failed')),
  queue_id            bigint,
  segments_per_second real not null default 1 check (segments_per_second > 0 and segments_per_second <= 100000),
  opt_out_responder   text not null default 'platform' check (opt_out_responder in ('platform','carrier')),
  global_outbound     boolean not null default false,
  created_at          timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, address),
  foreign key (tenant_id, account_id) references carrier_accounts (tenant_id, id),
  foreign key (tenant_id, queue_id) references queues,
  -- spec 1.1 rules 3 and 6: only a verified inbound number feeds a queue, and an in-call or session-less one never does
  check (queue_id is null or (status in ('verified_sms_only','verified_sms_voice') and 'inbound' = any (capabilities))),
  check (not (capabilities && array['in_call','sessionless'] and (queue_id is not null or global_outbound))),
  check (not (capabilities @> array['in_call','sessionless']))
);
select protect('numbers');
create unique index numbers_global_outbound on numbers (tenant_id) where global_outbound;

-- Control table. The lane of a number is leased to one node at a time; claim and record repeat its epoch, by database time.
create table lanes (
  number_id    bigint primary key,
  tenant_id    bigint not null references tenants,
  node_id      bigint,
  epoch        bigint not null default 0,
  leased_until timestamptz not null default '-infinity',
  paused_until timestamptz, -- a config error stops the channel; it is probed again then
  pause_reason text
);
create index lanes_node on lanes (node_id);

-- +goose Down
drop table lanes;
drop table numbers;
drop table queue_agents;
drop table queues;
drop table carrier_accounts;
