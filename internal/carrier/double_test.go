package carrier_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
)

// desk is a carrier that loses answers, throttles and refuses as a test likes, and keeps books.
type desk struct {
	mu    sync.Mutex
	books []entry
	calls []call
	busy  map[string]int // calls under way to a consumer
	clash []string       // consumers who had two at once
	n     int

	// answer decides about the n-th call (from 1): whether the text is taken, and what the caller hears.
	answer func(n int, m wire.Outbound) (taken bool, err error)
	lookup func() error // an error of asking
}

type entry struct {
	wire.Outbound
	id string
	at time.Time
}

type call struct {
	wire.Outbound
	began time.Time
}

func newDesk() *desk { return &desk{busy: map[string]int{}} }

func (d *desk) Send(ctx context.Context, m wire.Outbound) (wire.Accepted, error) {
	began := time.Now()
	d.mu.Lock()
	d.n++
	n := d.n
	d.calls = append(d.calls, call{m, began})
	d.busy[m.To]++
	if d.busy[m.To] > 1 {
		d.clash = append(d.clash, m.To)
	}
	answer := d.answer
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.busy[m.To]--
		d.mu.Unlock()
	}()
	taken, err := true, error(nil)
	if answer != nil {
		taken, err = answer(n, m)
	}
	if !taken {
		return wire.Accepted{}, err
	}
	d.mu.Lock()
	e := entry{m, fmt.Sprintf("SM%d", len(d.books)+1), time.Now()}
	d.books = append(d.books, e)
	d.mu.Unlock()
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return wire.Accepted{}, err
	}
	return wire.Accepted{ProviderID: e.id, Status: wire.Sent}, nil
}

func (d *desk) Lookup(_ context.Context, to, from string, since time.Time) (found []wire.Found, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lookup != nil {
		if err := d.lookup(); err != nil {
			return nil, err
		}
	}
	for _, e := range d.books {
		if e.To == to && e.From == from && !e.at.Before(since.Truncate(time.Second)) {
			found = append(found, wire.Found{ProviderID: e.id, Body: e.Text, Status: wire.Sent, CreatedAt: e.at.Truncate(time.Second)})
		}
	}
	return found, nil
}

// bodies are the texts on the books, to one consumer or to all.
func (d *desk) bodies(to string) (out []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.books {
		if to == "" || e.To == to {
			out = append(out, e.Text)
		}
	}
	return out
}

// order is all texts in the order in which their calls began.
func (d *desk) order() (out []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.calls {
		out = append(out, c.Text)
	}
	return out
}

func (d *desk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.books)
}

func (d *desk) started() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.n
}

func (d *desk) setAnswer(fn func(n int, m wire.Outbound) (bool, error)) {
	d.mu.Lock()
	d.answer = fn
	d.mu.Unlock()
}

// refuse is a carrier's error with a class.
func refuse(class wire.Class, code string) error {
	return &wire.SendError{Class: class, Code: code, Message: wire.Sentence(class), Err: errors.New("as told")}
}

// hints collects what was published.
type hints struct {
	mu  sync.Mutex
	all []event.Hint
}

func (h *hints) publish(x event.Hint) {
	h.mu.Lock()
	h.all = append(h.all, x)
	h.mu.Unlock()
}

func (h *hints) of(kind event.Kind) (out []event.Hint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, x := range h.all {
		if x.Kind == kind {
			out = append(out, x)
		}
	}
	return out
}

// lanes starts a node that sends through the desk, with short times; with changes them.
func (h *house) lanes(t testing.TB, sender carrier.Sender, with ...func(*carrier.Config)) *carrier.Lanes {
	t.Helper()
	cfg := carrier.Config{
		DB: h.db, Node: 1, Gate: carrier.NewGate(time.Now), Poll: 50 * time.Millisecond, Log: slog.New(slog.DiscardHandler),
		Senders:     func(context.Context, id.Account) (carrier.Sender, error) { return sender, nil },
		StartWithin: 2 * time.Second, CallTimeout: 2 * time.Second, AskAfter: 100 * time.Millisecond,
	}
	for _, w := range with {
		w(&cfg)
	}
	l := carrier.NewLanes(cfg)
	l.Start()
	t.Cleanup(l.Stop)
	return l
}

// enqueue queues one text for each body to a consumer.
func (h *house) enqueue(t testing.TB, number id.Number, ours, address string, bodies ...string) []carrier.NewMessage {
	t.Helper()
	thread := h.thread(t, number, address)
	ms := make([]carrier.NewMessage, len(bodies))
	for i, body := range bodies {
		ms[i] = carrier.NewMessage{
			Thread: thread, Number: number, Account: h.account, Direction: carrier.Out, Sender: carrier.FromAPI,
			OurAddress: ours, Address: address, Body: body, CreatedAt: time.Now(),
		}
	}
	require.NoError(t, h.batch(t, func(b *pgx.Batch) { carrier.QueueMessages(b, h.tenant, ms) }))
	return ms
}

// bulk queues each-many texts to each of so many consumers, in turns, and returns the consumers.
func (h *house) bulk(t testing.TB, consumers, each int) (addresses []string) {
	t.Helper()
	threads := make([]id.Thread, consumers)
	for i := range consumers {
		addresses = append(addresses, fmt.Sprintf("+1415%07d", 6_000_000+i))
	}
	h.tx(t, func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), `with e as (insert into end_users (tenant_id, address) select $1, a from unnest($3::text[]) a
			on conflict (tenant_id, address) do update set address = excluded.address returning id)
			insert into threads (tenant_id, number_id, end_user_id) select $1, $2, id from e order by id
			on conflict (tenant_id, number_id, end_user_id) do update set number_id = excluded.number_id returning id`,
			h.tenant, h.number, addresses)
		if err != nil {
			return err
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[id.Thread])
		copy(threads, got)
		return err
	})
	now := time.Now()
	for n := range each {
		ms := make([]carrier.NewMessage, consumers)
		for i := range consumers {
			ms[i] = carrier.NewMessage{
				Thread: threads[i], Number: h.number, Account: h.account, Direction: carrier.Out, Sender: carrier.FromAPI,
				OurAddress: h.ours, Address: addresses[i], Body: fmt.Sprintf("%s %04d", addresses[i], n), CreatedAt: now, ExpiresAt: now.Add(time.Hour),
			}
		}
		require.NoError(t, h.batch(t, func(b *pgx.Batch) { carrier.QueueMessages(b, h.tenant, ms) }))
	}
	return addresses
}

// row is what a test looks at in a message.
type row struct {
	Status, Code, Text, Provider string
	Retryable                    *bool
	Uncertain                    bool
	Attempts                     int
}

func (h *house) row(t testing.TB, m id.Message) (r row) {
	t.Helper()
	h.tx(t, func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), `select status, coalesce(error_code, ''), coalesce(error_text, ''), coalesce(provider_id, ''),
			retryable, uncertain, attempts from messages where tenant_id = $1 and id = $2`, h.tenant, m)
		if err != nil {
			return err
		}
		r, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[row])
		return err
	})
	return r
}

// tally counts the tenant's outbound texts by status.
func (h *house) tally(t testing.TB) map[string]int {
	t.Helper()
	out := map[string]int{}
	h.tx(t, func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), "select status, count(*)::int from messages where direction = 'out' group by 1")
		if err != nil {
			return err
		}
		var status string
		var n int
		_, err = pgx.ForEachRow(rows, []any{&status, &n}, func() error {
			out[status] = n
			return nil
		})
		return err
	})
	return out
}

// open counts the texts whose way is not over, in one look.
func (h *house) open(t testing.TB) int {
	n := h.tally(t)
	return n["queued"] + n["sending"]
}

func (h *house) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	h.tx(t, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), sql, args...)
		return err
	})
}

func eventually(t testing.TB, condition func() bool, what string) {
	t.Helper()
	require.Eventually(t, condition, 30*time.Second, 5*time.Millisecond, what)
}

func readString(t testing.TB, into *string, sql string, args ...any) func(tx pgx.Tx) error {
	return func(tx pgx.Tx) error { return tx.QueryRow(t.Context(), sql, args...).Scan(into) }
}

func noSender(context.Context, id.Account) (carrier.Sender, error) {
	return nil, errs.New(errs.Unavailable, "The carrier account cannot be used; an administrator must check it.")
}

func always(id.Tenant) bool { return true }
