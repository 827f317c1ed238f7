package rig

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/tenant"
)

// Fill makes agents' chats their limit, so that none is offered anything until one of them ends.
func (r *Rig) Fill(ctx context.Context, h House, limit int) error {
	return r.change(ctx, h, "update users set chat_limit = $2 where tenant_id = $1", limit)
}

// Wait lets n more consumers wait: two in the house's first queue, then one in another, one second after the other from an hour ago.
func (r *Rig) Wait(ctx context.Context, h House, n int) error {
	return r.change(ctx, h, `
		with people as (
		  insert into end_users (tenant_id, address)
		  select $1::bigint, '+1909' || lpad((2000000 + b.n + i)::text, 7, '0')
		  from generate_series(1, $2::int) i, (select count(*) as n from end_users where tenant_id = $1::bigint) b returning id
		), pairs as (
		  insert into threads (tenant_id, number_id, end_user_id)
		  select $1::bigint, (select min(id) from numbers where tenant_id = $1::bigint), id from people returning id, number_id, end_user_id
		), qs as (
		  select array_agg(id order by id = $3::bigint desc, id) as ids from queues where tenant_id = $1::bigint and name in ('Sales', 'Orders')
		), talks as (
		  insert into chats (tenant_id, thread_id, number_id, end_user_id, status, started_by, queue_id, greeted, created_at, queued_at, last_consumer_at, due_at)
		  select $1::bigint, id, number_id, end_user_id, 'queued', 'end_user', qs.ids[case when nr % 3 = 0 then 2 else 1 end], true,
		    at, at, at, now() + interval '1 day'
		  from (select *, row_number() over () as nr, now() - interval '1 hour' + row_number() over () * interval '100 ms' as at from pairs) p, qs
		  returning id, due_at
		)
		insert into due (tenant_id, kind, ref, due_at) select $1::bigint, k, id, due_at from talks, unnest(array['chat', 'offer']) k`,
		n, h.sales)
}

// Rules sets how the house's first queue is routed; nil values are inherited again.
func (r *Rig) Rules(ctx context.Context, h House, set map[string]any) error {
	return r.DB.InTenantTx(ctx, h.Tenant, func(tx pgx.Tx) error {
		for key, value := range set {
			if err := tenant.Set(ctx, tx, h.Tenant, h.sales, key, value, tenant.Actor{}, time.Now()); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "update queue_agents set cascade_group = 1 + user_id % 2 where tenant_id = $1", h.Tenant)
		return err
	})
}

func (r *Rig) change(ctx context.Context, h House, query string, args ...any) error {
	err := r.DB.InTenantTx(ctx, h.Tenant, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, query, append([]any{h.Tenant}, args...)...)
		return err
	})
	if err != nil {
		return fmt.Errorf("prepare the queue of tenant %d: %w", h.Tenant, err)
	}
	_, err = r.Admin.Exec(ctx, "analyze chats, offers, due, users")
	return err
}
