// Package webtest furnishes a house for tests of the edge: one tenant on a real Postgres, with the real bus, chats and
// routing. Marisol texts Sales, which Ann and Bob serve; Mia manages.
package webtest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/blob"
	"sidetone/internal/bus"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/media"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/idp"
	"sidetone/internal/job"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/seal"
	"sidetone/internal/tenant"
	"sidetone/queues"
	"sidetone/web/edge"
)

// Whom the tests know.
const (
	Sales    = "+14155550102" // belongs to a leaf
	Support  = "+14155550101" // belongs to a menu
	Marisol  = "+14155550142"
	Theo     = "+14155550143"
	Password = "correct horse battery staple"

	PublicURL = "http://desk.example:8080"
	Origin    = PublicURL

	AccountKey   = "0123456789abcdef0123456789abcdef"
	AccountSID   = "AC00000000000000000000000000000001"
	AccountToken = "12345"
)

// House is a furnished installation without its edge.
type House struct {
	DB       *pg.DB
	Bus      *bus.Bus
	Chats    *chat.Service
	Router   *queues.Router
	Accounts *carrier.Accounts
	Receipts *carrier.Receipts
	Media    *media.Service
	Jobs     *job.Client // its jobs wait until it is started
	Sessions *tenant.Sessions
	Logins   *tenant.Logins
	SignIns  *tenant.SignIns
	Callers  edge.Callers
	Refusals edge.Refusals
	Log      *slog.Logger

	Tenant        id.Tenant
	Account       id.Account
	Queue         id.Queue // Sales
	Ann, Bob, Mia tenant.User
	texts         atomic.Int64
}

// New furnishes a house.
func New(t testing.TB) *House {
	t.Helper()
	return NewLogging(t, slog.New(slog.DiscardHandler))
}

// NewLogging furnishes a house whose floors write to a log.
func NewLogging(t testing.TB, log *slog.Logger) *House {
	t.Helper()
	h := &House{DB: pgtest.New(t), Log: slog.New(edge.LogHandler{Handler: log.Handler()})}
	var err error
	h.Bus, err = bus.Open(t.Context(), bus.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Bus.Close(context.Background())) })
	h.furnish(t)
	h.Serve(t)
	h.Sessions = tenant.NewSessions(h.DB)
	h.Logins, err = tenant.NewLogins(h.DB, prometheus.NewRegistry())
	require.NoError(t, err)
	h.SignIns = tenant.NewSignIns(h.DB, sealBox(t), idp.New(idp.Config{Loopback: true, Now: time.Now}))
	origins, err := edge.NewOrigins(PublicURL)
	require.NoError(t, err)
	h.Callers = edge.Callers{Sessions: h.Sessions, Origins: origins, Now: time.Now}
	h.Refusals = edge.Refusals{Log: h.Log}
	return h
}

// Serve starts chats and routing.
func (h *House) Serve(t testing.TB) {
	h.serveMedia(t)
	h.Chats = chat.NewService(chat.Config{
		DB: h.DB, Seal: sealBox(t), Media: h.Media, Gate: carrier.NewGate(time.Now), Now: time.Now, Log: h.Log, Publish: h.Bus.Publish,
		Wake:  func(id.Tenant, id.Number) {},
		Route: func(of id.Tenant) { h.Router.Wake(of) },
	})
	h.Router = queues.NewRouter(queues.RouterConfig{
		DB: h.DB, Publish: h.Bus.Publish, Now: time.Now, Log: h.Log,
		Settings: func(ctx context.Context, of id.Tenant, q id.Queue) (tenant.Settings, error) {
			rules, err := h.Chats.Rules(ctx, of)
			if err != nil {
				return tenant.Settings{}, err
			}
			return rules.Settings(q), nil
		},
		Answer: func(ctx context.Context, of id.Tenant, c id.Chat, agent id.User) error {
			return h.Chats.Answer(ctx, of, c, agent)
		},
		Gone: func(ctx context.Context, of id.Tenant, agent id.User) error { return h.Chats.AgentGone(ctx, of, agent) },
	})
	h.Router.Start()
	h.Receipts = carrier.NewReceipts(h.DB, h.Bus.Publish, h.Log, nil)
	t.Cleanup(func() {
		h.Receipts.Stop()
		h.Chats.Stop()
		h.Router.Stop()
	})
}

func sealBox(t testing.TB) *seal.Box {
	box, err := seal.NewBox(make([]byte, seal.KeySize))
	require.NoError(t, err)
	return box
}

// serveMedia keeps files in a folder of the test's.
func (h *House) serveMedia(t testing.TB) {
	blobs, err := blob.OpenDisk(t.TempDir())
	require.NoError(t, err)
	box := sealBox(t)
	h.Media = media.New(media.Config{
		DB: h.DB, Blobs: blobs, Accounts: h.Accounts, Links: media.Links{Box: box, Base: PublicURL}, Outside: true, Now: time.Now,
		Settings: func(ctx context.Context, of id.Tenant) (tenant.Settings, error) {
			rules, err := h.Chats.Rules(ctx, of)
			if err != nil {
				return tenant.Settings{}, err
			}
			return rules.Settings(0), nil
		},
		Enqueue: func(ctx context.Context, tx pgx.Tx, jobs ...job.Args) error { return h.Jobs.Enqueue(ctx, tx, jobs...) },
		Settle: func(ctx context.Context, of id.Tenant, s media.Settlement) error {
			return h.Chats.SettleMedia(ctx, of, s)
		},
	})
	h.Jobs, err = job.New(job.Config{DB: h.DB, Log: h.Log, Kinds: h.Media.Kinds()})
	require.NoError(t, err)
}

// Dot is the smallest picture: one black pixel.
const Dot = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// Upload is a picture that an agent may send.
func (h *House) Upload(t testing.TB, by tenant.User) id.Media {
	t.Helper()
	m, err := h.Media.Upload(context.Background(), h.Tenant, by.ID, strings.NewReader(Dot))
	require.NoError(t, err)
	return m.ID
}

func (h *House) furnish(t testing.TB) {
	ctx := t.Context()
	require.NoError(t, h.DB.InTx(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "insert into tenants (subdomain, name) values ('fernhill', 'Fernhill') returning id").Scan(&h.Tenant)
	}))
	box, err := seal.NewBox(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	h.Accounts = carrier.NewAccounts(h.DB, box, PublicURL)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		account, err := h.Accounts.Create(ctx, tx, carrier.Account{
			Tenant: h.Tenant, Key: AccountKey, SID: AccountSID, AuthToken: AccountToken, BaseURL: "http://127.0.0.1:1",
		})
		h.Account = account.ID
		return err
	})
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		queue := func(name string, parent *id.Queue) (q id.Queue, err error) {
			err = tx.QueryRow(ctx, `insert into queues (tenant_id, parent_id, name, position)
				values ($1, $2, $3, (select count(*) from queues)) returning id`, h.Tenant, parent, name).Scan(&q)
			return q, err
		}
		top, err := queue("Support", nil)
		if err != nil {
			return err
		}
		returns, err := queue("Returns", &top)
		if err != nil {
			return err
		}
		if _, err = queue("Orders", &top); err != nil {
			return err
		}
		if h.Queue, err = queue("Sales", nil); err != nil {
			return err
		}
		for _, n := range []struct {
			address string
			queue   id.Queue
		}{{Support, top}, {Sales, h.Queue}} {
			if _, err := tx.Exec(ctx, `insert into numbers (tenant_id, address, label, account_id, capabilities, status, queue_id)
				values ($1, $2, 'A line', $3, '{inbound,outbound}', 'verified_sms_only', $4)`, h.Tenant, n.address, h.Account, n.queue); err != nil {
				return err
			}
		}
		for _, u := range []struct {
			name string
			role tenant.Role
			to   *tenant.User
		}{{"Ann", tenant.RoleAgent, &h.Ann}, {"Bob", tenant.RoleAgent, &h.Bob}, {"Mia", tenant.RoleManager, &h.Mia}} {
			var of id.User
			if err := tx.QueryRow(ctx, `insert into users (tenant_id, email, name, roles, status)
				values ($1, lower($2) || '@fernhill.example', $2, array[$3], 'available') returning id`,
				h.Tenant, u.name, string(u.role)).Scan(&of); err != nil {
				return err
			}
			if *u.to, err = tenant.UserByID(ctx, tx, h.Tenant, of); err != nil {
				return err
			}
			if u.role != tenant.RoleAgent {
				continue
			}
			if _, err := tx.Exec(ctx, "insert into queue_agents (tenant_id, queue_id, user_id) values ($1, $2, $4), ($1, $3, $4)",
				h.Tenant, returns, h.Queue, of); err != nil {
				return err
			}
		}
		return nil
	})
}

// Tx runs fn in a transaction of the tenant.
func (h *House) Tx(t testing.TB, fn func(ctx context.Context, tx pgx.Tx) error) {
	t.Helper()
	ctx := context.Background()
	require.NoError(t, h.DB.InTenantTx(ctx, h.Tenant, func(tx pgx.Tx) error { return fn(ctx, tx) }))
}

// One reads one value of the tenant's rows.
func One[T any](t testing.TB, h *House, query string, args ...any) (out T) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error { return tx.QueryRow(ctx, query, args...).Scan(&out) })
	return out
}

// Inbound is a consumer's text with a provider id of its own.
func (h *House) Inbound(from, to, body string) wire.Inbound {
	return wire.Inbound{ProviderID: fmt.Sprintf("SM%d", h.texts.Add(1)), From: from, To: to, Text: body, At: time.Now()}
}

// Text is a consumer texting us.
func (h *House) Text(t testing.TB, from, to, body string) {
	t.Helper()
	require.NoError(t, h.Chats.Receive(context.Background(), h.Tenant, h.Account, h.Inbound(from, to, body)))
}

// Newest is the chat that began last.
func (h *House) Newest(t testing.TB) id.Chat {
	t.Helper()
	return One[id.Chat](t, h, "select max(id) from chats")
}

// Assigned is a chat of Marisol's that an agent has, without any routing. It has five rows.
func (h *House) Assigned(t testing.TB, from string, agent tenant.User) id.Chat {
	t.Helper()
	h.Text(t, from, Sales, "Hi, a mug from my order arrived chipped")
	of := h.Newest(t)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into offers (tenant_id, chat_id, user_id, created_at, expires_at)
			values ($1, $2, $3, now(), now() + interval '10 s') on conflict do nothing`, h.Tenant, of, agent.ID)
		return err
	})
	_, err := h.Chats.Accept(context.Background(), h.Tenant, of, agent.ID)
	require.NoError(t, err)
	return of
}

// SignIn makes a session.
func (h *House) SignIn(t testing.TB, user tenant.User) (token string, session id.Session) {
	t.Helper()
	token, session, err := h.Sessions.Create(context.Background(), h.Tenant, user.ID, "test", time.Now())
	require.NoError(t, err)
	return token, session
}

// Stored returns a function that tells all that is stored of the tenant, whatever table it is in: a digest of each.
func (h *House) Stored(t testing.TB) func() map[string]string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, pgtest.AdminURL(t, h.DB))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(ctx) })
	rows, err := conn.Query(ctx, `select format('select %L, coalesce(md5(string_agg(r::text, E''\n'' order by r::text)), '''')
		from %I r where tenant_id = $1', table_name, table_name)
		from information_schema.columns where table_schema = 'public' and column_name = 'tenant_id'`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	return func() map[string]string {
		t.Helper()
		rows, err := conn.Query(ctx, strings.Join(tables, " union all "), h.Tenant)
		require.NoError(t, err)
		out := map[string]string{}
		var table, sum string
		_, err = pgx.ForEachRow(rows, []any{&table, &sum}, func() error { out[table] = sum; return nil })
		require.NoError(t, err)
		return out
	}
}

// Hints collects what an agent is told.
func (h *House) Hints(t testing.TB, user tenant.User) <-chan event.Hint {
	hints := make(chan event.Hint, 1000)
	t.Cleanup(h.Bus.Subscribe(event.AgentSubject(h.Tenant, user.ID), func(hint event.Hint) { hints <- hint }))
	return hints
}
