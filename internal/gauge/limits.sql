-- The tables of the limit programs: as few columns and indexes as an honest text needs, no row-level security.
drop schema if exists bench cascade;
create schema bench;
create table bench.single (id bigint generated always as identity primary key, key bigint not null unique, body text not null);
create index on bench.single (body);
create table bench.contacts (id bigint generated always as identity primary key, address text not null unique, seen_at timestamptz not null default now())
  with (fillfactor = 70);
create table bench.chats (id bigint generated always as identity primary key, contact_id bigint not null unique,
  last_seq int not null default 0, last_at timestamptz not null default now()) with (fillfactor = 70);
create table bench.messages (id bigint generated always as identity primary key, chat_id bigint not null, seq int not null,
  provider_id text not null unique, body text not null, created_at timestamptz not null default now());
create index on bench.messages (chat_id, seq);
create table bench.outbox (id bigint generated always as identity primary key, message_id bigint not null, address text not null,
  body text not null, status text not null default 'queued', at timestamptz not null default now()) with (fillfactor = 70);
create index on bench.outbox (id) where status = 'queued';
