package chat_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/seal"
	"sidetone/internal/seedtest"
)

func TestMain(m *testing.M) {
	if err := seedtest.Name("chat"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("sidetone/internal/pg/pgtest.(*server).start.func1"))
}

const (
	support = "+14155550100" // the number of the menu
	sales   = "+14155550101" // the number of a leaf
	nobody  = "+14155550102" // a number without a queue
	marisol = "+14155550142"
	theo    = "+14155550143"
)

// house is a tenant with two numbers, a menu, and two agents, over a real database.
type house struct {
	*chat.Service
	db      *pg.DB
	tenant  id.Tenant
	account id.Account
	ann     id.User
	bob     id.User
	clock   *clock
	log     *published
	texts   atomic.Int64
}

// published is what left the house after commits.
type published struct {
	mu    sync.Mutex
	hints []event.Hint
	lanes int
	route int
}

func (p *published) take() []event.Hint {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.hints
	p.hints = nil
	return out
}

type clock struct{ now atomic.Int64 }

func (c *clock) Now() time.Time          { return time.UnixMicro(c.now.Load()) }
func (c *clock) advance(d time.Duration) { c.now.Add(d.Microseconds()) }

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{db: pgtest.New(t), clock: &clock{}, log: &published{}}
	h.clock.now.Store(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixMicro())
	h.furnish(t)
	h.Service = h.serve(t)
	return h
}

// serve is a node's service on the house's database.
func (h *house) serve(t testing.TB) *chat.Service {
	box, err := seal.NewBox(make([]byte, seal.KeySize))
	require.NoError(t, err)
	s := chat.NewService(chat.Config{
		DB: h.db, Seal: box, Gate: carrier.NewGate(h.clock.Now), Now: h.clock.Now, Log: slog.New(slog.DiscardHandler),
		Publish: func(e event.Hint) { h.log.mu.Lock(); h.log.hints = append(h.log.hints, e); h.log.mu.Unlock() },
		Wake:    func(id.Tenant, id.Number) { h.log.mu.Lock(); h.log.lanes++; h.log.mu.Unlock() },
		Route:   func(id.Tenant) { h.log.mu.Lock(); h.log.route++; h.log.mu.Unlock() },
	})
	t.Cleanup(s.Stop)
	return s
}

func (h *house) furnish(t testing.TB) {
	ctx := t.Context()
	require.NoError(t, h.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, "insert into tenants (subdomain, name) values ('fernhill', 'Fernhill') returning id").Scan(&h.tenant); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `insert into carrier_accounts (tenant_id, key, carrier, sid, secret, base_url)
			values ($1, md5('a'), 'twilio', 'AC1', '\x00', 'http://127.0.0.1:1') returning id`, h.tenant).Scan(&h.account)
	}))
	require.NoError(t, h.db.InTenantTx(ctx, h.tenant, func(tx pgx.Tx) error {
		queue := func(name string, parent any, keywords ...string) (q id.Queue, err error) {
			if keywords == nil {
				keywords = []string{}
			}
			err = tx.QueryRow(ctx, `insert into queues (tenant_id, parent_id, name, keywords, position)
				values ($1, $2, $3, $4, (select count(*) from queues)) returning id`, h.tenant, parent, name, keywords).Scan(&q)
			return q, err
		}
		top, err := queue("Support", nil)
		if err != nil {
			return err
		}
		returns, err := queue("Returns", top, "refund")
		if err != nil {
			return err
		}
		if _, err = queue("Orders", top); err != nil {
			return err
		}
		leaf, err := queue("Sales", nil)
		if err != nil {
			return err
		}
		for address, q := range map[string]any{support: top, sales: leaf, nobody: nil} {
			if _, err := tx.Exec(ctx, `insert into numbers (tenant_id, address, account_id, capabilities, status, queue_id)
				values ($1, $2, $3, '{inbound,outbound}', 'verified_sms_only', $4)`, h.tenant, address, h.account, q); err != nil {
				return err
			}
		}
		for name, user := range map[string]*id.User{"Ann": &h.ann, "Bob": &h.bob} {
			if err := tx.QueryRow(ctx, `insert into users (tenant_id, email, name, roles, status) values ($1, lower($2) || '@fernhill.example', $2, '{agent}', 'available')
				returning id`, h.tenant, name).Scan(user); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "insert into queue_agents (tenant_id, queue_id, user_id) values ($1, $2, $4), ($1, $3, $4)", h.tenant, returns, leaf, *user); err != nil {
				return err
			}
		}
		return nil
	}))
}

// text is a consumer's text with a provider id of its own.
func (h *house) text(t testing.TB, from, to, body string) {
	t.Helper()
	require.NoError(t, h.Receive(t.Context(), h.tenant, h.account, h.inbound(from, to, body)))
}

func (h *house) inbound(from, to, body string) wire.Inbound {
	return wire.Inbound{ProviderID: fmt.Sprintf("SM%d", h.texts.Add(1)), From: from, To: to, Text: body, At: h.clock.Now()}
}

// offer holds a waiting chat out to agents, as routing does.
func (h *house) offer(t testing.TB, c id.Chat, agents ...id.User) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		for _, a := range agents {
			if _, err := tx.Exec(ctx, "insert into offers (tenant_id, chat_id, user_id, created_at, expires_at) values ($1, $2, $3, now(), now() + interval '10 s')",
				h.tenant, c, a); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *house) tx(t testing.TB, fn func(ctx context.Context, tx pgx.Tx) error) {
	t.Helper()
	require.NoError(t, h.db.InTenantTx(t.Context(), h.tenant, func(tx pgx.Tx) error { return fn(t.Context(), tx) }))
}

// one reads a single value.
func one[T any](t testing.TB, h *house, query string, args ...any) (v T) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error { return tx.QueryRow(ctx, query, args...).Scan(&v) })
	return v
}

// newest is the chat that was begun last.
func (h *house) newest(t testing.TB) id.Chat {
	t.Helper()
	return id.Chat(one[int64](t, h, "select coalesce(max(id), 0) from chats"))
}

// assigned is a chat of Marisol's that Ann has answered.
func (h *house) assigned(t testing.TB) id.Chat {
	t.Helper()
	h.text(t, marisol, sales, "hello")
	c := h.newest(t)
	h.offer(t, c, h.ann)
	_, err := h.Accept(t.Context(), h.tenant, c, h.ann)
	require.NoError(t, err)
	h.log.take()
	return c
}

// transcript is the rows of a chat, a line each; it fails on a gap.
func (h *house) transcript(t testing.TB, c id.Chat) []string {
	t.Helper()
	rows, err := h.Rows(t.Context(), h.tenant, c, 0, 500)
	require.NoError(t, err)
	var out []string
	for i, r := range rows {
		require.Equal(t, i+1, r.Seq, "the transcript has no gap")
		if r.Message != nil {
			out = append(out, fmt.Sprintf("%s/%s: %s", r.Message.Sender, r.Message.Kind, r.Message.Text))
		} else {
			out = append(out, fmt.Sprintf("*%s %s%s", r.Event.Kind, r.Event.User.Name, r.Event.Queue.Path))
		}
	}
	require.Equal(t, one[int](t, h, "select last_seq from chats where id = $1", c), len(rows), "last_seq is the last row")
	return out
}
