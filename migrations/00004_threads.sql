-- +goose Up
create table end_users (
  tenant_id  bigint not null references tenants,
  id         bigint generated always as identity,
  address    text not null check (address ~ '^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$'),
  name       text not null default '' check (length(name) <= 200),
  lang       text not null default '',
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, address)
);
select protect('end_users');

-- The pair (our number, consumer): the lock when no chat exists, the order key of lanes, the throttle of automatic replies.
create table threads (
  tenant_id   bigint not null,
  id          bigint generated always as identity,
  number_id   bigint not null,
  end_user_id bigint not null,
  chat_id     bigint, -- the active chat; no foreign key: chats point here
  replies     jsonb not null default '{}', -- kind of automatic reply -> times sent, Unix ms, the last 5
  created_at  timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, number_id, end_user_id),
  foreign key (tenant_id, number_id) references numbers,
  foreign key (tenant_id, end_user_id) references end_users
) with (fillfactor = 80);
select protect('threads');
create index threads_end_user on threads (tenant_id, end_user_id);

create table blocklist (
  tenant_id  bigint not null references tenants,
  address    text not null,
  reason     text not null default '',
  created_by bigint,
  created_at timestamptz not null default now(),
  primary key (tenant_id, address)
);
select protect('blocklist');

-- +goose Down
drop table blocklist;
drop table threads;
drop table end_users;
