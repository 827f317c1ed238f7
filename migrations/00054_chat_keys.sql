-- +goose Up
-- As 00050, for a chat's queue and people and for a text's session-less call: Postgres queues a trigger a row for each key, with
-- null in it too, 2 µs each. Queues, users and calls are never deleted, and the statement that writes a call's texts writes the call.
alter table chats drop constraint chats_tenant_id_queue_id_fkey, drop constraint chats_tenant_id_agent_id_fkey, drop constraint chats_transfer_to;
alter table messages drop constraint messages_request;

-- +goose Down
alter table messages add constraint messages_request foreign key (tenant_id, request_id) references sessionless_requests;
alter table chats add foreign key (tenant_id, queue_id) references queues, add foreign key (tenant_id, agent_id) references users,
  add constraint chats_transfer_to foreign key (tenant_id, transfer_to) references users;
