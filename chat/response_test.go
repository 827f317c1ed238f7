package chat_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

func TestAnAnswerThatIsOwedIsSeenAndCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	metrics := prometheus.NewPedanticRegistry()
	var said strings.Builder
	s := chat.NewService(chat.Config{
		DB: h.db, Gate: carrier.NewGate(h.clock.Now), Now: h.clock.Now, Log: slog.New(slog.NewTextHandler(&said, nil)), Metrics: chat.NewMetrics(metrics),
		Publish: func(event.Hint) {}, Wake: func(id.Tenant, id.Number) {}, Route: func(id.Tenant) {},
	})
	t.Cleanup(s.Stop)
	c := h.assigned(t)
	due := func() (time.Duration, time.Time) {
		desk, err := s.Desk(t.Context(), h.tenant, h.ann)
		require.NoError(t, err)
		v, err := s.View(t.Context(), h.tenant, c)
		require.NoError(t, err)
		require.Equal(t, []chat.View{v}, desk)
		return v.ResponseTarget, v.ResponseDueAt.UTC()
	}
	target, by := due()
	require.Zero(t, target, "off by default")
	require.Zero(t, by)

	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tenant.Set(ctx, tx, h.tenant, 0, string(tenant.ResponseTarget), 60, tenant.Actor{}, h.clock.Now())
	})
	s.Forget(h.tenant)
	assigned := h.clock.Now().UTC()
	target, by = due()
	require.Equal(t, time.Minute, target)
	require.Equal(t, assigned.Add(time.Minute), by, "owed since the agent has the chat")

	h.clock.advance(61 * time.Second)
	_, err := s.Send(t.Context(), h.tenant, c, h.ann, "1", "Hello")
	require.NoError(t, err)
	_, by = due()
	require.Zero(t, by, "nobody waits")
	require.Contains(t, said.String(), "answered late")
	counted, err := metrics.Gather()
	require.NoError(t, err)
	require.Equal(t, "sidetone_agent_response_seconds", counted[0].GetName())
	require.Equal(t, "true", counted[0].GetMetric()[0].GetLabel()[0].GetValue())
	require.Equal(t, uint64(1), counted[0].GetMetric()[0].GetHistogram().GetSampleCount())

	h.clock.advance(time.Second)
	h.text(t, marisol, sales, "my lamp")
	waits := h.clock.Now().UTC()
	h.clock.advance(time.Second)
	h.text(t, marisol, sales, "is broken")
	_, by = due()
	require.Equal(t, waits.Add(time.Minute), by, "since the first text that waits")
	require.Equal(t, "assigned", one[string](t, h, "select status from chats where id = $1", c))
}
