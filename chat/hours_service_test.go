package chat_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// keep sets something of the tenant's.
func (h *house) keep(t *testing.T, key, value string) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tenant.Set(ctx, tx, h.tenant, 0, key, json.RawMessage(value), tenant.Actor{}, h.clock.Now())
	})
}

// The house's clock begins on a Monday at 9 in UTC, which is 4 in the morning in New York.
func (h *house) openFromNine(t *testing.T) {
	t.Helper()
	h.keep(t, "hours", `{"weekly":{"mon":[{"from":"09:00","to":"17:00"}],"tue":[{"from":"09:00","to":"17:00"}]}}`)
	h.keep(t, "time_zone", `"America/New_York"`)
}

func (h *house) routed() int {
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	n := h.log.route
	h.log.route = 0
	return n
}

func TestAChatOfTheNightIsRoutedAtTheOpening(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openFromNine(t)
	sweeper := chat.NewSweeper(h.Service)
	h.text(t, marisol, sales, "hello")
	h.text(t, marisol, sales, "hello?")
	c := h.newest(t)
	rows := h.transcript(t, c)
	require.Equal(t, "system/after_hours: Fernhill is closed now. We open again today at 9:00 AM and will answer you then.", rows[4])
	require.Len(t, rows, 6, "told once")
	require.True(t, one[bool](t, h, "select after_hours_told from chats where id = $1", c))

	opens := h.clock.Now().Add(5 * time.Hour)
	require.Equal(t, opens.UTC(), one[time.Time](t, h, "select due_at from due where kind = 'chat' and ref = $1", c).UTC())
	h.routed()
	h.clock.advance(5*time.Hour - time.Microsecond)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Zero(t, h.routed())
	h.clock.advance(time.Microsecond)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, 1, h.routed(), "now the agents are asked")
	require.Equal(t, opens.Add(8*time.Hour).UTC(), one[time.Time](t, h, "select due_at from due where kind = 'chat' and ref = $1", c).UTC())

	h.clock.advance(8 * time.Hour)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Zero(t, h.routed())
	require.Len(t, h.transcript(t, c), 6, "the closing says nothing new")
	h.clock.advance(11 * time.Hour)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, "failed after_hours", h.ends(t))
}

func TestADismissedChatComesBackAtTheOpening(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sweeper := chat.NewSweeper(h.Service)
	c := h.assigned(t)
	h.clock.advance(time.Second)
	_, err := h.Send(t.Context(), h.tenant, c, h.ann, "1", "How may I help?")
	require.NoError(t, err)
	h.clock.advance(30 * time.Minute)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, "dismissed -", h.ends(t))
	h.openFromNine(t)
	h.text(t, marisol, sales, "I am back")
	require.Equal(t, "dismissed -", h.ends(t))
	h.routed()
	h.clock.advance(4*time.Hour + 30*time.Minute) // 9:00:01 in New York
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, "queued -", h.ends(t))
	require.Equal(t, 1, h.routed())
	require.Equal(t, int64(h.ann), one[int64](t, h, "select last_agent_id from chats"), "who had it is known to routing")
}

// estimating is a node's service that knows how long every leaf's wait will be.
func (h *house) estimating(t *testing.T, wait time.Duration) *chat.Service {
	s := chat.NewService(chat.Config{
		DB: h.db, Gate: carrier.NewGate(h.clock.Now), Now: h.clock.Now, Log: slog.New(slog.DiscardHandler),
		Publish: func(event.Hint) {}, Wake: func(id.Tenant, id.Number) {}, Route: func(id.Tenant) {},
		Estimate: func(of id.Tenant, _ id.Queue) (time.Duration, bool) { return wait, of == h.tenant },
	})
	t.Cleanup(s.Stop)
	return s
}

func TestTheWaitThatIsEstimatedIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.estimating(t, 150*time.Second)
	require.NoError(t, s.Receive(t.Context(), h.tenant, h.account, h.inbound(marisol, support, "hello")))
	require.NoError(t, s.Receive(t.Context(), h.tenant, h.account, h.inbound(marisol, support, "1")))
	require.Contains(t, h.transcript(t, h.newest(t)), "system/queued: You chose Returns. Thank you. An agent will be with you in about 3 min.")
}

func TestAConsumersYesIsInTheLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.keep(t, "opt_in", `"confirm"`)
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "insert into end_users (tenant_id, address, name) values ($1, $2, 'Marisol')", h.tenant, marisol)
		return err
	})
	h.keep(t, "text.opt_in.en", `"@{END_USER}, reply YES to agree."`)
	h.text(t, marisol, support, "refund")
	h.text(t, marisol, support, "Yes")
	require.Equal(t, "opt_in keyword YES Marisol, reply YES to agree.",
		one[string](t, h, "select action || ' ' || source || ' ' || word || ' ' || text_shown from consent_ledger"))
	require.Zero(t, one[int](t, h, "select count(*)::int from do_not_contact"))
	rows := h.transcript(t, h.newest(t))
	require.Equal(t, []string{"*opted_in ", "*queued Support › Returns"}, rows[len(rows)-2:], "where the first text led")
}

func TestAChatSaysWhenItsQueueIsClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	closed := func() chat.Closed {
		desk, err := h.Desk(t.Context(), h.tenant, h.ann)
		require.NoError(t, err)
		v, err := h.View(t.Context(), h.tenant, c)
		require.NoError(t, err)
		require.Equal(t, []chat.View{v}, desk)
		v.Closed.From, v.Closed.Until = v.Closed.From.UTC(), v.Closed.Until.UTC()
		return v.Closed
	}
	require.Zero(t, closed(), "a queue without hours never closes")

	h.openFromNine(t)
	h.Forget(h.tenant)
	opens := h.clock.Now().UTC().Truncate(time.Hour).Add(5 * time.Hour)
	require.Equal(t, chat.Closed{Ever: true, Until: opens}, closed(), "it is 4 in the morning")
	h.clock.advance(opens.Sub(h.clock.Now()) - time.Microsecond)
	require.Equal(t, chat.Closed{Ever: true, Until: opens}, closed())
	h.clock.advance(time.Microsecond)
	require.Equal(t, chat.Closed{Ever: true, From: opens.Add(8 * time.Hour), Until: opens.Add(24 * time.Hour)}, closed(), "open until five")

	h.keep(t, "hours", `{"weekly":{}}`)
	h.Forget(h.tenant)
	require.Equal(t, chat.Closed{Ever: true}, closed(), "it opens no more")
}
