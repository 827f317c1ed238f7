-- +goose Up
-- What agents may send by one press during a call (spec 1.9, 3.3), in the order in which it is shown. folded is the label as
-- it is compared.
create table presets (
  tenant_id  bigint not null references tenants,
  id         bigint generated always as identity,
  lang       text not null default 'en' check (lang ~ '^[a-z]{2}(-[A-Z]{2})?$'),
  label      text not null check (length(label) between 1 and 40),
  folded     text not null,
  body       text not null check (length(body) between 1 and 918),
  queue_id   bigint, -- for this queue and those below it; null: for all
  position   int not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, queue_id) references queues
);
create unique index presets_label on presets (tenant_id, lang, coalesce(queue_id, 0), folded);
select protect('presets');

-- +goose Down
drop table presets;
