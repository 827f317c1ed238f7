-- +goose Up
-- How often a shortcut was sent, by day in UTC: what managers see of its usage (spec 6, 4.6).
create table shortcut_uses (
  tenant_id   bigint not null,
  shortcut_id bigint not null,
  day         date not null,
  uses        int not null check (uses > 0),
  primary key (tenant_id, shortcut_id, day),
  foreign key (tenant_id, shortcut_id) references shortcuts on delete cascade
);
select protect('shortcut_uses');

-- +goose Down
drop table shortcut_uses;
