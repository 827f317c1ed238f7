package smsapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
	"sidetone/smsapi"
)

// house is a tenant with a number for texts without a session.
type house struct {
	db      *pg.DB
	tenant  id.Tenant
	account id.Account
	chats   *chat.Service
	sms     *smsapi.Service
	gate    *carrier.Gate
	desk    *desk
	calls   int
}

const notices = "+14155550104"

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{db: pgtest.New(t), gate: carrier.NewGate(time.Now), desk: &desk{}}
	require.NoError(t, h.db.InTx(t.Context(), func(tx pgx.Tx) error {
		err := tx.QueryRow(t.Context(), "insert into tenants (subdomain, name) values ('fernhill', 'Fernhill') returning id").Scan(&h.tenant)
		if err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), `insert into carrier_accounts (tenant_id, key, carrier, sid, secret, base_url)
			values ($1, md5(random()::text), 'twilio', 'AC00000000000000000000000000000001', '\x00', 'http://127.0.0.1:1') returning id`,
			h.tenant).Scan(&h.account)
	}))
	h.addNumber(t, notices, 1000)
	h.chats = chat.NewService(chat.Config{
		DB: h.db, Gate: h.gate, Now: time.Now, Log: slog.New(slog.DiscardHandler), Publish: func(event.Hint) {},
		Wake: func(id.Tenant, id.Number) {}, Route: func(id.Tenant) {},
	})
	t.Cleanup(h.chats.Stop)
	h.sms = smsapi.New(smsapi.Config{DB: h.db, Chats: h.chats})
	return h
}

func (h *house) tx(t testing.TB, fn func(tx pgx.Tx) error) {
	t.Helper()
	require.NoError(t, h.db.InTenantTx(context.Background(), h.tenant, fn))
}

func (h *house) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	h.tx(t, func(tx pgx.Tx) error {
		_, err := tx.Exec(context.Background(), sql, args...)
		return err
	})
}

func one[T any](t testing.TB, h *house, sql string, args ...any) (out T) {
	t.Helper()
	h.tx(t, func(tx pgx.Tx) error { return tx.QueryRow(context.Background(), sql, args...).Scan(&out) })
	return out
}

func (h *house) addNumber(t testing.TB, address string, perSecond float32) {
	t.Helper()
	h.exec(t, `insert into numbers (tenant_id, address, account_id, capabilities, status, segments_per_second)
		values ($1, $2, $3, '{sessionless}', 'verified_sms_only', $4)`, h.tenant, address, h.account, perSecond)
}

func (h *house) set(t testing.TB, key, value any) {
	t.Helper()
	raw, err := json.Marshal(value)
	require.NoError(t, err)
	h.tx(t, func(tx pgx.Tx) error {
		if _, err := tx.Exec(context.Background(), `insert into settings (tenant_id, key, value) values ($1, $2, $3)
			on conflict (tenant_id, queue_id, key) do update set value = excluded.value`, h.tenant, fmt.Sprint(key), raw); err != nil {
			return err
		}
		_, err := tenant.Bump(context.Background(), tx, h.tenant)
		return err
	})
	h.chats.Forget(h.tenant)
}

// notify accepts a call: every message to every recipient.
func (h *house) notify(t testing.TB, from string, to []string, messages ...string) smsapi.Accepted {
	t.Helper()
	h.calls++
	a, err := h.sms.Notify(context.Background(), h.tenant, smsapi.Notice{RequestID: fmt.Sprint("call-", h.calls), From: from, To: to, Messages: messages}, nil)
	require.NoError(t, err)
	return a
}

func people(from, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("+1415555%04d", from+i)
	}
	return out
}

// node is a process: lanes and a releaser. In a test a minute may be short.
type node struct {
	lanes    *carrier.Lanes
	releaser *smsapi.Releaser
}

func (h *house) node(t testing.TB, n id.Node, span time.Duration) *node {
	t.Helper()
	x := &node{lanes: carrier.NewLanes(carrier.Config{
		DB: h.db, Node: n, Gate: h.gate, Poll: 50 * time.Millisecond, Lease: 500 * time.Millisecond, Log: slog.New(slog.DiscardHandler),
		Senders:  func(context.Context, id.Account) (carrier.Sender, error) { return h.desk, nil },
		AskAfter: 100 * time.Millisecond,
	})}
	x.releaser = h.releaser(span, x.lanes.Wake, time.Now)
	x.lanes.Start()
	x.releaser.Start()
	t.Cleanup(x.stop)
	return x
}

func (x *node) stop() {
	x.releaser.Stop()
	x.lanes.Stop()
}

func (h *house) releaser(span time.Duration, wake func(id.Tenant, id.Number), now func() time.Time) *smsapi.Releaser {
	return smsapi.NewReleaser(smsapi.ReleaserConfig{
		DB: h.db, Rules: h.chats.Rules, Wake: wake, Now: now, Log: slog.New(slog.DiscardHandler), Span: span,
	})
}

// desk is a carrier that takes every text.
type desk struct {
	mu    sync.Mutex
	calls []wire.Outbound
	at    []time.Time
}

func (d *desk) Send(_ context.Context, m wire.Outbound) (wire.Accepted, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls, d.at = append(d.calls, m), append(d.at, time.Now())
	return wire.Accepted{ProviderID: fmt.Sprint("SM", len(d.calls)), Status: wire.Sent}, nil
}

func (d *desk) Lookup(context.Context, string, string, time.Time) ([]wire.Found, error) {
	return nil, errors.ErrUnsupported
}

func (d *desk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.calls)
}

// texts are those a consumer was sent, or all, in order; from, if given, is the sending number.
func (d *desk) texts(to, from string) (out []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.calls {
		if (to == "" || c.To == to) && (from == "" || c.From == from) {
			out = append(out, c.Text)
		}
	}
	return out
}

// busiest is the most calls that began within a span.
func (d *desk) busiest(span time.Duration) (most int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.at {
		n := 0
		for _, at := range d.at[i:] {
			if at.Sub(d.at[i]) < span {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func (h *house) eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, 30*time.Second, 5*time.Millisecond, what)
}

// state counts the texts by status; held ones are apart.
func (h *house) state(t testing.TB) map[string]int {
	t.Helper()
	out := map[string]int{}
	h.tx(t, func(tx pgx.Tx) error {
		rows, err := tx.Query(context.Background(), `select case when held and status = 'queued' then 'held' else status end, count(*)
			from messages where kind = 'sessionless' group by 1`)
		if err != nil {
			return err
		}
		var status string
		var n int
		_, err = pgx.ForEachRow(rows, []any{&status, &n}, func() error { out[status] = n; return nil })
		return err
	})
	return out
}
