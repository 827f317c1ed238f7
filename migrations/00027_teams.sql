-- +goose Up
-- Teams of users; a team serves leaf queues as a user does (spec 1.1).
create table teams (
  tenant_id  bigint not null references tenants,
  id         bigint generated always as identity,
  name       text not null check (length(name) between 1 and 100),
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
select protect('teams');
create unique index teams_name on teams (tenant_id, lower(name));

create table team_members (
  tenant_id bigint not null,
  team_id   bigint not null,
  user_id   bigint not null,
  primary key (tenant_id, team_id, user_id),
  foreign key (tenant_id, team_id) references teams on delete cascade,
  foreign key (tenant_id, user_id) references users on delete cascade
);
select protect('team_members');
create index team_members_user on team_members (tenant_id, user_id);

create table queue_teams (
  tenant_id bigint not null,
  queue_id  bigint not null,
  team_id   bigint not null,
  cascade_group smallint not null default 1 check (cascade_group between 1 and 10),
  primary key (tenant_id, queue_id, team_id),
  foreign key (tenant_id, queue_id) references queues on delete cascade,
  foreign key (tenant_id, team_id) references teams on delete cascade
);
select protect('queue_teams');
create index queue_teams_team on queue_teams (tenant_id, team_id);

-- Who serves a queue, by themselves or through a team: each once, in the earliest cascade group of theirs. Routing reads this.
create view queue_members with (security_invoker = true) as
  select tenant_id, queue_id, user_id, min(cascade_group) as cascade_group
  from (select tenant_id, queue_id, user_id, cascade_group from queue_agents
        union all
        select t.tenant_id, t.queue_id, m.user_id, t.cascade_group from queue_teams t
        join team_members m on m.tenant_id = t.tenant_id and m.team_id = t.team_id) every
  group by tenant_id, queue_id, user_id;

-- +goose Down
drop view queue_members;
drop table queue_teams;
drop table team_members;
drop table teams;
