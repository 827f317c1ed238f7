// Package bench measures the whole house beside the limits of the machine it stands on (`sidetone bench`).
package bench

import (
	"context"
	"crypto/md5" //nolint:gosec // a made-up key, not a secret
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
)

// house is a tenant of the bench: three numbers, agents, and chats under way.
type house struct {
	Tenant    id.Tenant
	Account   id.Account
	Key       string // of the webhooks
	Leaf      string // feeds one queue; the chats under way are on it
	Menu      string // asks the consumer first
	Out       string // only sends
	Leaves    id.Queue
	Agents    []id.User
	Consumers []string // with a chat under way
}

const (
	chatsPerAgent = 20
	authToken     = "bench-token-of-every-account"
)

// consumer is the i-th consumer of the whole bench: a number that can exist in the US (phone.FromCarrier is content).
func consumer(i int) string {
	area, rest := 205+i/7_900_000, i%7_900_000
	return fmt.Sprintf("+1%03d%07d", area, 2_100_000+rest)
}

// seed makes tenants with chats that agents have, by bulk statements: it takes a second for 20,000. sealed turns an auth
// token into what a row of the carrier's accounts keeps.
func seed(ctx context.Context, db *pg.DB, tenants, chatsEach int, first *int, sealed func(tenant id.Tenant, key string) []byte, base string) ([]house, error) {
	out := make([]house, tenants)
	for i := range out {
		n := *first
		h := &out[i]
		t, err := tenant.Create(ctx, db, fmt.Sprintf("bench-%d", n), fmt.Sprintf("Bench %d", n))
		if err != nil {
			return nil, fmt.Errorf("seed tenant %d: %w", n, err)
		}
		sum := md5.Sum(fmt.Append(nil, "bench", n)) //nolint:gosec // as above
		h.Tenant, h.Key = t.ID, hex.EncodeToString(sum[:])
		h.Leaf, h.Menu, h.Out = fmt.Sprintf("+1650210%04d", n), fmt.Sprintf("+1650310%04d", n), fmt.Sprintf("+1650410%04d", n)
		h.Consumers = make([]string, chatsEach)
		for c := range h.Consumers {
			h.Consumers[c] = consumer(n*50_000%7_000_000 + c)
		}
		err = db.InTx(ctx, func(tx pgx.Tx) (err error) {
			h.Account, err = carrier.NewQueries().InsertAccount(ctx, tx, carrier.InsertAccountParams{
				TenantID: t.ID, Key: h.Key, Carrier: "twilio", Sid: sid(n), Secret: sealed(t.ID, h.Key), BaseUrl: base,
			})
			return err
		})
		if err == nil {
			err = db.InTenantTx(ctx, t.ID, func(tx pgx.Tx) error { return h.furnish(ctx, tx) })
		}
		if err != nil {
			return nil, fmt.Errorf("seed tenant %d: %w", n, err)
		}
		*first++
	}
	return out, nil
}

func sid(n int) string { return fmt.Sprintf("AC%032d", n) }

// furnish fills an empty tenant.
func (h *house) furnish(ctx context.Context, tx pgx.Tx) error {
	var top id.Queue
	err := tx.QueryRow(ctx, `insert into queues (tenant_id, name) values ($1, 'Support') returning id`, h.Tenant).Scan(&top)
	if err == nil {
		_, err = tx.Exec(ctx, `insert into queues (tenant_id, parent_id, name, position) values ($1, $2, 'Returns', 1), ($1, $2, 'Orders', 2)`, h.Tenant, top)
	}
	if err == nil {
		err = tx.QueryRow(ctx, `insert into queues (tenant_id, name) values ($1, 'Sales') returning id`, h.Tenant).Scan(&h.Leaves)
	}
	if err != nil {
		return fmt.Errorf("queues: %w", err)
	}
	_, err = tx.Exec(ctx, `insert into numbers (tenant_id, address, account_id, capabilities, status, queue_id, segments_per_second)
		select $1::bigint, a, $2::bigint, '{inbound,outbound}', 'verified_sms_only', nullif(q, 0), 100000
		from rows from (unnest($3::text[]), unnest($4::bigint[])) as n(a, q)`,
		h.Tenant, h.Account, []string{h.Leaf, h.Menu, h.Out}, []int64{int64(h.Leaves), int64(top), 0})
	if err != nil {
		return fmt.Errorf("numbers: %w", err)
	}
	agents := max(len(h.Consumers)/chatsPerAgent, 1)
	rows, _ := tx.Query(ctx, `insert into users (tenant_id, email, name, roles, status, chat_limit)
		select $1::bigint, 'agent' || i || '@bench.example', 'Agent ' || i, '{agent}', 'available', 30 from generate_series(1, $2::int) i returning id`,
		h.Tenant, agents) // its error is in the rows
	if h.Agents, err = pgx.CollectRows(rows, pgx.RowTo[id.User]); err != nil {
		return fmt.Errorf("agents: %w", err)
	}
	if _, err = tx.Exec(ctx, `insert into queue_agents (tenant_id, queue_id, user_id) select $1::bigint, $2::bigint, unnest($3::bigint[])`,
		h.Tenant, h.Leaves, id.Int64s(h.Agents)); err != nil {
		return fmt.Errorf("agents: %w", err)
	}
	if err := h.begin(ctx, tx); err != nil {
		return fmt.Errorf("chats: %w", err)
	}
	return nil
}

// begin gives each consumer a chat on the leaf number that an agent has.
func (h *house) begin(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `
		with people as (
		  insert into end_users (tenant_id, address) select $1::bigint, unnest($2::text[]) returning id
		), pairs as (
		  insert into threads (tenant_id, number_id, end_user_id)
		  select $1::bigint, (select n.id from numbers n where n.tenant_id = $1::bigint and n.address = $3::text), p.id from people p returning id, number_id, end_user_id
		), talks as (
		  insert into chats (tenant_id, thread_id, number_id, end_user_id, status, started_by, queue_id, agent_id, greeted, created_at, queued_at,
		    assigned_at, last_consumer_at, due_at)
		  select $1::bigint, id, number_id, end_user_id, 'assigned', 'end_user', $4::bigint,
		    ($5::bigint[])[1 + (row_number() over (order by id) - 1) % cardinality($5::bigint[])], true, now(), now(), now(), now(), now() + interval '25 minutes'
		  from pairs returning id, due_at
		)
		insert into due (tenant_id, kind, ref, due_at) select $1::bigint, 'chat', id, due_at from talks`,
		h.Tenant, h.Consumers, h.Leaf, h.Leaves, id.Int64s(h.Agents))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update threads t set chat_id = c.id from chats c
		where c.tenant_id = $1::bigint and t.tenant_id = $1::bigint and c.thread_id = t.id`, h.Tenant)
	return err
}
