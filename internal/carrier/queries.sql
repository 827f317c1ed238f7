-- name: InsertMessages :many
-- One statement for all texts of a transaction, both directions: a statement per text costs a round trip each. The order
-- of the arrays is the order of the ids. Zero and '' mean "none" in optional columns.
insert into messages (tenant_id, thread_id, chat_id, seq, number_id, account_id, direction, sender, user_id, kind,
  our_address, address, body, media, segments, status, disposition, provider_id, client_id,
  not_before, expires_at, created_at, done_at)
select @tenant_id::bigint, nullif(m.thread_id, 0), nullif(m.chat_id, 0), case when m.chat_id <> 0 then m.seq end,
  nullif(m.number_id, 0), m.account_id, case when m.status = 'received' then 'in' else 'out' end,
  m.sender, nullif(m.user_id, 0), m.kind, m.our_address, m.address, m.body, nullif(m.media, '')::jsonb, m.segments,
  m.status, m.disposition, nullif(m.provider_id, ''), nullif(m.client_id, ''),
  case when m.status <> 'received' then m.not_before end, case when m.status <> 'received' then m.expires_at end,
  m.created_at, m.created_at
from rows from (unnest(@thread_ids::bigint[]), unnest(@chat_ids::bigint[]), unnest(@seqs::int[]),
  unnest(@number_ids::bigint[]), unnest(@account_ids::bigint[]), unnest(@senders::text[]),
  unnest(@user_ids::bigint[]), unnest(@kinds::text[]), unnest(@our_addresses::text[]), unnest(@addresses::text[]),
  unnest(@bodies::text[]), unnest(@medias::text[]), unnest(@segments::smallint[]), unnest(@statuses::text[]),
  unnest(@dispositions::text[]), unnest(@provider_ids::text[]), unnest(@client_ids::text[]),
  unnest(@not_befores::timestamptz[]), unnest(@expires_ats::timestamptz[]), unnest(@created_ats::timestamptz[]))
  with ordinality as m(thread_id, chat_id, seq, number_id, account_id, sender, user_id, kind, our_address, address, body,
    media, segments, status, disposition, provider_id, client_id, not_before, expires_at, created_at, ord)
order by m.ord
returning id;
