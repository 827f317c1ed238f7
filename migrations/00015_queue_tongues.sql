-- +goose Up
-- A queue's names and keywords per language, {"es": "Envíos"} and {"es": ["envio"]}; name and keywords stand where a
-- language has none. A deleted queue's chats go to its substitute (spec 1.4), whatever becomes of the program meanwhile.
alter table queues
  add column names jsonb not null default '{}' check (jsonb_typeof(names) = 'object'),
  add column lang_keywords jsonb not null default '{}' check (jsonb_typeof(lang_keywords) = 'object'),
  add column substitute_id bigint,
  add foreign key (tenant_id, substitute_id) references queues,
  add check (substitute_id is null or deleted_at is not null);

-- +goose Down
alter table queues drop column substitute_id, drop column lang_keywords, drop column names;
