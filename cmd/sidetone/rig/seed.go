package rig

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/simulator"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// House is a tenant of the rig: three numbers, agents, and chats under way.
type House struct {
	Tenant    id.Tenant
	Account   id.Account
	Key       string // of the webhooks
	Leaf      string // feeds one queue; the chats under way are on it
	Menu      string // asks the consumer first
	Out       string // only sends
	Agents    []id.User
	Consumers []string // with a chat under way

	sales id.Queue
}

// Plan says what to make.
type Plan struct {
	Houses    int
	Chats     int     // under way, in each
	PerAgent  int     // of them
	PerSecond float32 // segments that each number may send
}

const authToken = "the-token-of-every-account-of-a-rig" //nolint:gosec // made up, on loopback

// Consumer is the i-th consumer of a rig: a number that can exist in the US.
func Consumer(i int) string { return fmt.Sprintf("+1%03d%07d", 205+i/7_900_000, 2_100_000+i%7_900_000) }

// Stranger is a consumer whom no house knows yet.
func Stranger(i int) string { return Consumer(79_000_000 + i) }

// Furnish makes tenants with chats that agents have, by bulk statements: it takes a second for 20,000.
func (r *Rig) Furnish(ctx context.Context, p Plan) ([]House, error) {
	out := make([]House, p.Houses)
	for i := range out {
		n := r.houses
		r.houses++
		h := &out[i]
		t, err := tenant.Create(ctx, r.DB, fmt.Sprintf("rig-%d", n), fmt.Sprintf("Rig %d", n))
		if err != nil {
			return nil, fmt.Errorf("furnish tenant %d: %w", n, err)
		}
		h.Tenant = t.ID
		h.Leaf, h.Menu, h.Out = fmt.Sprintf("+1650210%04d", n), fmt.Sprintf("+1650310%04d", n), fmt.Sprintf("+1650410%04d", n)
		h.Consumers = make([]string, p.Chats)
		for c := range h.Consumers {
			h.Consumers[c] = Consumer(n*25_000 + c)
		}
		sid := fmt.Sprintf("AC%032d", n)
		err = r.DB.InTenantTx(ctx, t.ID, func(tx pgx.Tx) error {
			acc, err := r.Accounts.Create(ctx, tx, carrier.Account{Tenant: t.ID, SID: sid, AuthToken: authToken, BaseURL: r.carrierURL})
			if err != nil {
				return err
			}
			h.Account, h.Key = acc.ID, acc.Key
			return h.furnish(ctx, tx, p)
		})
		if err == nil {
			err = r.Carrier.Put(simulator.Account{
				SID: sid, AuthToken: authToken, Numbers: simulator.Numbers(h.Leaf, h.Menu, h.Out),
				MessagesURL: r.Accounts.MessagesURL(h.Key), StatusURL: r.Accounts.StatusURL(h.Key),
			})
		}
		if err != nil {
			return nil, fmt.Errorf("furnish tenant %d: %w", n, err)
		}
	}
	return out, nil
}

// SignIn makes a console session for an agent and returns what its cookie holds.
func (r *Rig) SignIn(ctx context.Context, h House, agent id.User) (string, error) {
	token, _, err := r.Sessions.Create(ctx, h.Tenant, agent, "rig", time.Now())
	return token, err
}

// furnish fills an empty tenant.
func (h *House) furnish(ctx context.Context, tx pgx.Tx, p Plan) error {
	var top id.Queue
	err := tx.QueryRow(ctx, `insert into queues (tenant_id, name) values ($1, 'Support') returning id`, h.Tenant).Scan(&top)
	if err == nil {
		_, err = tx.Exec(ctx, `insert into queues (tenant_id, parent_id, name, position) values ($1, $2, 'Returns', 1), ($1, $2, 'Orders', 2)`, h.Tenant, top)
	}
	if err == nil {
		err = tx.QueryRow(ctx, `insert into queues (tenant_id, name) values ($1, 'Sales') returning id`, h.Tenant).Scan(&h.sales)
	}
	if err != nil {
		return fmt.Errorf("queues: %w", err)
	}
	_, err = tx.Exec(ctx, `insert into numbers (tenant_id, address, account_id, capabilities, status, queue_id, segments_per_second)
		select $1::bigint, a, $2::bigint, '{inbound,outbound}', 'verified_sms_only', nullif(q, 0), $5
		from rows from (unnest($3::text[]), unnest($4::bigint[])) as n(a, q)`,
		h.Tenant, h.Account, []string{h.Leaf, h.Menu, h.Out}, []int64{int64(h.sales), int64(top), 0}, p.PerSecond)
	if err != nil {
		return fmt.Errorf("numbers: %w", err)
	}
	agents := max(len(h.Consumers)/max(p.PerAgent, 1), 1)
	rows, _ := tx.Query(ctx, `insert into users (tenant_id, email, name, roles, status, chat_limit)
		select $1::bigint, 'agent' || i || '@rig.example', 'Agent ' || i, '{agent}', 'available', 30 from generate_series(1, $2::int) i returning id`,
		h.Tenant, agents) // its error is in the rows
	if h.Agents, err = pgx.CollectRows(rows, pgx.RowTo[id.User]); err != nil {
		return fmt.Errorf("agents: %w", err)
	}
	if _, err = tx.Exec(ctx, `insert into queue_agents (tenant_id, queue_id, user_id) select $1::bigint, q.id, a
		from queues q, unnest($2::bigint[]) a where q.tenant_id = $1::bigint and q.id <> $3::bigint`,
		h.Tenant, id.Int64s(h.Agents), top); err != nil {
		return fmt.Errorf("agents: %w", err)
	}
	if err := h.begin(ctx, tx); err != nil {
		return fmt.Errorf("chats: %w", err)
	}
	return nil
}

// begin gives each consumer a chat on the leaf number that an agent has.
func (h *House) begin(ctx context.Context, tx pgx.Tx) error {
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
		h.Tenant, h.Consumers, h.Leaf, h.sales, id.Int64s(h.Agents))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update threads t set chat_id = c.id from chats c
		where c.tenant_id = $1::bigint and t.tenant_id = $1::bigint and c.thread_id = t.id`, h.Tenant)
	return err
}
