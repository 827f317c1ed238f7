-- +goose Up
-- How a person has the console; it follows them to every browser. Without a row all is as it comes. An empty language or
-- zone is the browser's own. What is muted is named, so that whatever comes later is heard at first.
create table preferences (
  tenant_id           bigint not null,
  user_id             bigint not null,
  lang                text not null check (lang in ('', 'en', 'es')),
  time_zone           text not null check (length(time_zone) <= 64),
  theme               text not null check (theme in ('system', 'light', 'dark')),
  density             text not null check (density in ('compact', 'comfortable')),
  muted_sounds        text[] not null,
  muted_notifications text[] not null,
  muted_announcements text[] not null,
  single_keys         boolean not null, -- single characters are keys (WCAG 2.1.4)
  keys                jsonb not null,   -- the key that an action has instead of its own
  offer_time          int not null check (offer_time between 1 and 4), -- their offers stand so many times as long (WCAG 2.2.1)
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users on delete cascade
);
select protect('preferences');

-- +goose Down
drop table preferences;
