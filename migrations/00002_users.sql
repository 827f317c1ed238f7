-- +goose Up
create table users (
  tenant_id     bigint not null references tenants,
  id            bigint generated always as identity,
  email         text not null check (email = lower(email) and email like '%_@_%' and length(email) <= 254),
  name          text not null check (length(name) between 1 and 200),
  roles         text[] not null check (roles <@ array['agent','manager','admin','developer'] and cardinality(roles) > 0),
  password_hash text,
  status        text not null default 'offline' check (length(status) between 1 and 40),
  status_since  timestamptz not null default now(),
  chat_limit    int check (chat_limit between 1 and 30),
  free_since    timestamptz not null default now(), -- when the agent last had a slot freed: longest idle goes first
  disabled_at   timestamptz,
  created_at    timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, email)
);
select protect('users');

-- One row a console session; the cookie's token is stored hashed. session_index finds its tenant.
create table sessions (
  tenant_id  bigint not null,
  id         bigint generated always as identity,
  user_id    bigint not null,
  token_hash bytea not null,
  user_agent text not null default '',
  created_at timestamptz not null default now(),
  seen_at    timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, token_hash),
  foreign key (tenant_id, user_id) references users on delete cascade
);
select protect('sessions');
create index sessions_user on sessions (tenant_id, user_id);

-- Control table.
create table session_index (
  token_hash bytea primary key,
  tenant_id  bigint not null references tenants,
  expires_at timestamptz not null
);
create index session_index_expires on session_index (expires_at);

-- API tokens: a prefix, an id and 256 random bits, stored as SHA-256 (spec 2.1). token_index finds the tenant.
create table api_tokens (
  tenant_id    bigint not null references tenants,
  id           bigint generated always as identity,
  name         text not null check (length(name) between 1 and 200),
  token_hash   bytea not null,
  last4        text not null check (length(last4) = 4),
  scopes       text[] not null check (scopes <@ array['sms','sessionless','chats:read','calls','reports','admin']),
  created_by   bigint,
  disabled_at  timestamptz,
  last_used_at timestamptz,
  created_at   timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, token_hash)
);
select protect('api_tokens');

-- Control table.
create table token_index (
  token_hash bytea primary key,
  tenant_id  bigint not null references tenants
);

-- A socket of an agent on a node. An agent with no row here is not connected; a dead node's rows are swept.
create table presence (
  tenant_id    bigint not null,
  user_id      bigint not null,
  socket_id    uuid not null,
  node_id      bigint not null,
  connected_at timestamptz not null default now(),
  primary key (tenant_id, user_id, socket_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);
select protect('presence');
create index presence_node on presence (tenant_id, node_id);

-- +goose Down
drop table presence;
drop table token_index;
drop table api_tokens;
drop table session_index;
drop table sessions;
drop table users;
