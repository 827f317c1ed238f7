package chat_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/id"
)

// ends are the chats with how they ended, oldest first.
func (h *house) ends(t *testing.T) string {
	t.Helper()
	return one[string](t, h, "select string_agg(status || ' ' || coalesce(fail_reason, '-'), ', ' order by id) from chats")
}

// The list is the tenant's, so a STOP to one number ends the chats with all (spec 1.3).
func TestAStopEndsTheChatsWithOurOtherNumbers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sweeper := chat.NewSweeper(h.Service)
	c := h.assigned(t) // on the number of sales
	h.text(t, theo, sales, "hello")
	h.text(t, marisol, support, "hello")
	h.log.take()
	h.text(t, marisol, support, "STOP")
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, "finished end_user_opt_out, queued -, canceled end_user_opt_out", h.ends(t))
	rows := h.transcript(t, c)
	require.Equal(t, []string{"*opted_out ", "*ended "}, rows[len(rows)-2:])
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from messages where kind = 'stop_confirmation'"), "no further text")
	require.Equal(t, "disconnected_by_end_user", one[string](t, h, "select disconnected_by from chats where id = $1", c))
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from due where kind = 'chat'"), "the other consumer's")
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from users where name = 'Ann' and free_since is not null"), "the agent has a slot free")
}

func TestAStopEndsTheChatsOfItsGroupAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.text(t, marisol, support, "hello")
	require.NoError(t, h.ReceiveTogether(t.Context(), h.tenant, h.account,
		h.inbound(marisol, support, "1"), h.inbound(marisol, sales, "hello"), h.inbound(marisol, sales, "STOP"), h.inbound(marisol, support, "2")))
	require.Equal(t, "canceled end_user_opt_out, canceled end_user_opt_out", h.ends(t))
	require.NoError(t, chat.NewSweeper(h.Service).RunOnce(t.Context()))
	require.Zero(t, one[int](t, h, "select count(*)::int from due where kind = 'chat'"))
}

func TestEveryWayOntoTheListEndsTheChats(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(t *testing.T, h *house){
		"a text to a number that is not ours yet": func(t *testing.T, h *house) { h.text(t, marisol, "+14155550199", "stop texting me") },
		"an agent who confirms a flag": func(t *testing.T, h *house) {
			h.text(t, marisol, support, "can you cancel my order")
			require.NoError(t, h.DecideOptOut(t.Context(), h.tenant, h.newest(t), h.ann, true))
		},
		"the carrier": func(t *testing.T, h *house) {
			h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
				b := &pgx.Batch{}
				carrier.QueueOptOut(b, h.tenant, []carrier.Consent{{Address: marisol, Source: carrier.ByCarrier, At: h.clock.Now()}})
				return tx.SendBatch(ctx, b).Close()
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			c := h.assigned(t)
			stop(t, h)
			require.NoError(t, chat.NewSweeper(h.Service).RunOnce(t.Context()))
			require.Equal(t, "finished end_user_opt_out", one[string](t, h, "select status || ' ' || fail_reason from chats where id = $1", c))
		})
	}
}

// Of a number's own list only that number's chats end; and who came back before the timers were looked at stays.
func TestAStopEndsNoMoreThanItMeans(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sweeper := chat.NewSweeper(h.Service)
	h.text(t, marisol, support, "hello")
	h.text(t, marisol, sales, "hello")
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		b := &pgx.Batch{}
		n := one[int64](t, h, "select id from numbers where address = $1", sales)
		carrier.QueueOptOut(b, h.tenant, []carrier.Consent{{Address: marisol, Source: carrier.ByKeyword, Scope: id.Number(n), At: h.clock.Now()}})
		return tx.SendBatch(ctx, b).Close()
	})
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, "selecting -, canceled end_user_opt_out", h.ends(t))

	h.text(t, theo, support, "hello")
	h.text(t, theo, sales, "STOP")
	h.text(t, theo, sales, "START")
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, "selecting -, canceled end_user_opt_out, selecting -", h.ends(t))
}

// After a jump of the clock ends are held, but not those that a consumer asked for.
func TestAStopIsNotHeld(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.NoError(t, chat.NewSweeper(h.Service).RunOnce(t.Context()))
	h.clock.advance(time.Hour)
	h.text(t, marisol, support, "hello")
	sweeper := chat.NewSweeper(h.Service)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	h.text(t, marisol, sales, "STOP")
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, "canceled end_user_opt_out", h.ends(t))
}
