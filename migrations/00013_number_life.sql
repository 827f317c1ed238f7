-- +goose Up
-- A number is removed by a mark, because old texts, chats and consents keep it; living numbers alone are one of a kind. What
-- the carrier said last is kept with it: one that fails later stays where it is assigned, and shows why.
alter table numbers
  add column deleted_at  timestamptz,
  add column checked_at  timestamptz, -- when the carrier last answered about it
  add column check_error text,        -- why that answer was no
  add column sends       boolean not null generated always as (status <> 'unverified' and deleted_at is null
    and 'outbound' = any (capabilities) and not capabilities && array['in_call','sessionless']) stored,
  drop constraint numbers_tenant_id_address_key,
  drop constraint numbers_check,
  add constraint numbers_queue check (queue_id is null or (status <> 'unverified' and 'inbound' = any (capabilities))),
  add constraint numbers_global check (not global_outbound or sends),
  add constraint numbers_deleted check (deleted_at is null or (queue_id is null and not global_outbound)),
  add constraint numbers_sends unique (tenant_id, id, sends);
create unique index numbers_address on numbers (tenant_id, address) where deleted_at is null;

-- Which numbers a queue sends from, in the order they are offered: many to many (spec 1.1, rule 5). The key carries `sends`,
-- so that a number in this list can't lose the ability.
create table queue_numbers (
  tenant_id bigint not null,
  queue_id  bigint not null,
  number_id bigint not null,
  position  int not null default 0,
  sends     boolean not null default true check (sends),
  primary key (tenant_id, queue_id, number_id),
  foreign key (tenant_id, queue_id) references queues on delete cascade,
  constraint queue_numbers_sends foreign key (tenant_id, number_id, sends) references numbers (tenant_id, id, sends)
);
select protect('queue_numbers');
create index queue_numbers_number on queue_numbers (tenant_id, number_id);

-- Rule 2: verified before it is assigned. A check can't say "before".
-- +goose StatementBegin
create function verified_first() returns trigger language plpgsql as $$
declare
  given text;
begin
  if tg_table_name = 'numbers' then
    given := new.status;
  else
    select n.status into given from numbers n where n.tenant_id = new.tenant_id and n.id = new.number_id;
  end if;
  if given not in ('verified_sms_only', 'verified_sms_voice') then
    raise exception 'a number is verified before it is assigned' using errcode = 'check_violation', constraint = 'numbers_verified_first';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger numbers_verified_first_added before insert on numbers for each row
  when (new.queue_id is not null or new.global_outbound) execute function verified_first();
create trigger numbers_verified_first before update of queue_id, global_outbound on numbers for each row
  when (new.queue_id is not null and new.queue_id is distinct from old.queue_id or new.global_outbound and not old.global_outbound)
  execute function verified_first();
create trigger queue_numbers_verified_first before insert on queue_numbers for each row execute function verified_first();

-- An id for addresses of the REST kind: a consumer's number has no place in a URL, since URLs are logged.
alter table blocklist add column id bigint generated always as identity, add unique (tenant_id, id);

-- +goose Down
alter table blocklist drop column id;
drop table queue_numbers;
drop trigger numbers_verified_first on numbers;
drop trigger numbers_verified_first_added on numbers;
drop function verified_first();
delete from numbers where deleted_at is not null;
update numbers set queue_id = null, global_outbound = false where status = 'failed';
drop index numbers_address;
alter table numbers
  drop column deleted_at, drop column checked_at, drop column check_error, drop column sends,
  drop constraint if exists numbers_queue,
  add constraint numbers_tenant_id_address_key unique (tenant_id, address),
  add constraint numbers_check check (queue_id is null or (status in ('verified_sms_only','verified_sms_voice') and 'inbound' = any (capabilities)));
