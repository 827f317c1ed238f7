package queues

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// lease is how long an offer stands where nothing was set.
const lease = 10 * time.Second

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// office is a tenant with a queue, a number, and a router that tests turn by hand.
type office struct {
	db     *pg.DB
	tenant id.Tenant
	number id.Number
	queue  id.Queue
	clock  *clock
	router *Router

	mu     sync.Mutex
	hints  []event.Hint
	stored []tenant.Stored
}

func newOffice(t testing.TB) *office {
	t.Helper()
	return openOffice(t, pgtest.New(t), "acme")
}

// openOffice adds a tenant to a database.
func openOffice(t testing.TB, db *pg.DB, subdomain string) *office {
	t.Helper()
	o := &office{db: db, clock: &clock{at: noon}}
	require.NoError(t, db.InTx(t.Context(), func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), "insert into tenants (subdomain, name) values ($1, $1) returning id", subdomain).Scan(&o.tenant)
	}))
	o.queue = o.insertQueue(t)
	o.number = scan[id.Number](t, o, `with a as (insert into carrier_accounts (tenant_id, key, carrier, sid, secret, base_url)
			values ($1, md5($2), 'twilio', 'AC1', '\x00', '') returning id)
		insert into numbers (tenant_id, address, account_id, capabilities, status)
		select $1, '+14155550100', a.id, '{inbound}', 'verified_sms_only' from a returning id`, subdomain)
	o.router = o.newRouter(db)
	return o
}

// newRouter is the router of a node.
func (o *office) newRouter(db *pg.DB) *Router {
	return NewRouter(RouterConfig{
		DB: db, Now: o.clock.now, Log: slog.New(slog.DiscardHandler),
		Settings: func(_ context.Context, _ id.Tenant, q id.Queue) (tenant.Settings, error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			return tenant.NewBook("Acme", o.stored).Resolve(q), nil
		},
		Publish: func(h event.Hint) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.hints = append(o.hints, h)
		},
	})
}

// set gives a queue a setting; queue 0 is the tenant.
func (o *office) set(q id.Queue, key, value string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stored = append(o.stored, tenant.Stored{Queue: q, Key: key, Value: []byte(value)})
}

// told returns who was told since the last call to look at their offers.
func (o *office) told(t testing.TB) (users []id.User) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, h := range o.hints {
		require.Equal(t, event.Hint{Kind: event.OffersChanged, Tenant: o.tenant, User: h.User}, h)
		users = append(users, h.User)
	}
	o.hints = nil
	slices.Sort(users)
	return slices.Compact(users)
}

// route is what a wake leads to.
func (o *office) route(t testing.TB) {
	t.Helper()
	missed, err := o.router.route(t.Context(), o.tenant)
	require.NoError(t, err)
	require.False(t, missed)
}

// offered lists the chats that stand open to an agent.
func (o *office) offered(t testing.TB, agent id.User) (chats []id.Chat) {
	t.Helper()
	offers, err := o.router.Open(t.Context(), o.tenant, agent)
	require.NoError(t, err)
	for _, offer := range offers {
		chats = append(chats, offer.Chat)
	}
	return chats
}

func (o *office) insertQueue(t testing.TB) id.Queue {
	return scan[id.Queue](t, o, "insert into queues (tenant_id, name) values ($1, 'Returns') returning id")
}

// person is an agent as insertAgent makes them: available, connected, at the tenant's limit, in the office's queue.
type person struct {
	status   string
	limit    *int
	serves   []id.Queue
	sockets  int
	disabled bool
}

func limit(n int) func(*person)            { return func(p *person) { p.limit = &n } }
func status(s tenant.Status) func(*person) { return func(p *person) { p.status = string(s) } }
func serves(qs ...id.Queue) func(*person)  { return func(p *person) { p.serves = qs } }
func disconnected(p *person)               { p.sockets = 0 }
func disabled(p *person)                   { p.disabled = true }

func (o *office) insertAgent(t testing.TB, name string, with ...func(*person)) (agent id.User) {
	t.Helper()
	p := person{status: "available", serves: []id.Queue{o.queue}, sockets: 1}
	for _, w := range with {
		w(&p)
	}
	agent = scan[id.User](t, o, `insert into users (tenant_id, email, name, roles, status, chat_limit, disabled_at)
		values ($1, lower($2) || '@example.com', $2, '{agent}', $3, $4, case when $5 then now() end) returning id`,
		name, p.status, p.limit, p.disabled)
	for _, q := range p.serves {
		o.exec(t, "insert into queue_agents (tenant_id, queue_id, user_id) values ($1, $2, $3)", q, agent)
	}
	for range p.sockets {
		o.exec(t, "insert into presence (tenant_id, user_id, socket_id, node_id) values ($1, $2, $3, 1)", agent, uuid.New())
	}
	return agent
}

// insertWaiting lets a consumer wait in a queue since so long ago, as an inbound text would.
func (o *office) insertWaiting(t testing.TB, wait time.Duration, in ...id.Queue) id.Chat {
	t.Helper()
	queue := append(in, o.queue)[0]
	return o.insertWaitingMany(t, 1, queue, wait)
}

// insertWaitingMany lets n consumers wait, the first the longest, one second after another; it returns the first.
func (o *office) insertWaitingMany(t testing.TB, n int, queue id.Queue, wait time.Duration) id.Chat {
	t.Helper()
	since := o.clock.now().Add(-wait)
	chats := scans[id.Chat](t, o, `with e as (
			insert into end_users (tenant_id, address) select $1, '+1415' || lpad((1000000 + b.n + i)::text, 7, '0')
			from generate_series(1, $2::int) i, (select count(*) as n from end_users where tenant_id = $1) b order by i returning id
		), t as (
			insert into threads (tenant_id, number_id, end_user_id) select $1, $3, id from e order by id returning id, end_user_id
		)
		insert into chats (tenant_id, thread_id, number_id, end_user_id, status, started_by, queue_id, created_at, queued_at)
		select $1, id, $3, end_user_id, 'queued', 'end_user', $4, $5, $5::timestamptz + (row_number() over (order by id) - 1) * interval '1 s'
		from t order by id returning id`, n, o.number, queue, since)
	require.Len(t, chats, n)
	require.NoError(t, o.db.InTenantTx(t.Context(), o.tenant, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		QueueWaiting(b, o.tenant, chats, o.clock.now())
		return pg.CommitBatch(t.Context(), tx, b)
	}))
	return slices.Min(chats)
}

func (o *office) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	require.NoError(t, o.db.InTenantTx(t.Context(), o.tenant, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), query, append([]any{o.tenant}, args...)...)
		return err
	}))
}

// scans reads one column; $1 is the tenant.
func scans[T any](t testing.TB, o *office, query string, args ...any) (out []T) {
	t.Helper()
	require.NoError(t, o.db.InTenantTx(t.Context(), o.tenant, func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), query, append([]any{o.tenant}, args...)...)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[T])
		return err
	}))
	return out
}

func scan[T any](t testing.TB, o *office, query string, args ...any) T {
	t.Helper()
	out := scans[T](t, o, query, args...)
	require.Len(t, out, 1)
	return out[0]
}

// due says when a chat's next step is, from noon; ok is false without a row.
func (o *office) due(t testing.TB, chat id.Chat) (in time.Duration, ok bool) {
	t.Helper()
	at := scans[time.Time](t, o, "select due_at from due where tenant_id = $1 and kind = 'offer' and ref = $2", chat)
	if len(at) == 0 {
		return 0, false
	}
	return at[0].Sub(noon), true
}

// states counts the offers of a chat by state.
func (o *office) states(t testing.TB, chat id.Chat) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, s := range scans[string](t, o, "select state from offers where tenant_id = $1 and chat_id = $2", chat) {
		out[s]++
	}
	return out
}
