-- +goose Up
-- What agents send by a keyword (spec 1.9). folded is the keyword as it is compared.
create table shortcuts (
  tenant_id  bigint not null references tenants,
  id         bigint generated always as identity,
  lang       text not null default 'en' check (lang ~ '^[a-z]{2}(-[A-Z]{2})?$'),
  keyword    text not null check (length(keyword) between 1 and 40),
  folded     text not null,
  category   text not null default '' check (length(category) <= 40),
  body       text not null check (length(body) between 1 and 1600),
  opt_in     boolean not null default false, -- proposed as the first text of an outbound chat
  queue_id   bigint, -- for this queue and those below it; null: for all
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, queue_id) references queues
);
create unique index shortcuts_keyword on shortcuts (tenant_id, lang, folded);
-- At least one opt-in shortcut exists; new tenants get theirs when they are made.
insert into shortcuts (tenant_id, keyword, folded, category, body, opt_in)
select id, 'opt-in', 'opt-in', 'Opt-in',
  'This is @{AGENT_NAME} from @{COMPANY_NAME}. May we text you about your request? Msg & data rates may apply. Reply HELP for help, STOP to opt out.', true
from tenants;
select protect('shortcuts');

-- +goose Down
drop table shortcuts;
