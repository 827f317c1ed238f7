package chat_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/carrier/wire"
)

// fill lets consumers begin chats that choose.
func (h *house) fill(t *testing.T, n int) {
	t.Helper()
	var ins []wire.Inbound
	for i := range n {
		ins = append(ins, h.inbound(fmt.Sprintf("+1415555%04d", i), support, "hello"))
	}
	require.NoError(t, h.ReceiveTogether(t.Context(), h.tenant, h.account, ins...))
}

func (h *house) ended(t *testing.T) int {
	t.Helper()
	return one[int](t, h, "select count(*)::int from chats where ended_at is not null")
}

// runFast sweeps on all nodes for a while and returns the most ends in any second.
func (h *house) runFast(t *testing.T, span time.Duration, sweepers ...*chat.Sweeper) (most int) {
	t.Helper()
	const tick = 200 * time.Millisecond
	var ended []int
	for range span / tick {
		h.clock.advance(tick)
		for _, s := range sweepers {
			require.NoError(t, s.RunOnce(t.Context()))
		}
		ended = append(ended, h.ended(t))
		if n := len(ended); n > 5 {
			most = max(most, ended[n-1]-ended[n-6])
		}
	}
	return most
}

func TestAfterAJumpOfTheClockNothingEndsInAMass(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fill(t, 110)
	c := h.assigned(t)
	h.clock.advance(time.Second)
	_, err := h.Send(t.Context(), h.tenant, c, h.ann, "1", "How may I help?")
	require.NoError(t, err)
	sweepers := []*chat.Sweeper{chat.NewSweeper(h.Service), chat.NewSweeper(h.serve(t))}
	jumped := false
	for _, s := range sweepers {
		s.ByClock(func(last, now time.Time) time.Duration {
			if jumped {
				return time.Second
			}
			return now.Sub(last)
		})
		require.NoError(t, s.RunOnce(t.Context()))
	}
	h.clock.advance(25 * time.Hour)
	jumped = true
	for range 2 {
		for _, s := range sweepers {
			require.NoError(t, s.RunOnce(t.Context()))
		}
		jumped = false
	}
	require.Zero(t, h.ended(t), "an hour that was none ends no chat")
	require.Equal(t, "dismissed", one[string](t, h, "select status from chats where id = $1", c), "what comes back by itself is not held")

	h.clock.advance(5*time.Minute - time.Microsecond)
	for _, s := range sweepers {
		require.NoError(t, s.RunOnce(t.Context()))
	}
	require.Zero(t, h.ended(t), "for five minutes")
	most := h.runFast(t, 4*time.Second, sweepers...)
	require.Equal(t, 110, h.ended(t), "then they do end")
	require.LessOrEqual(t, most, 50)
	require.Greater(t, most, 30)
	require.Zero(t, one[int](t, h, "select count(*)::int from due d where kind = 'chat' and not exists (select from chats c where c.id = d.ref and ended_at is null)"))
}

func TestAfterALongTimeDownNothingEndsInAMass(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.NoError(t, chat.NewSweeper(h.Service).RunOnce(t.Context()))
	h.fill(t, 5)
	h.clock.advance(25 * time.Hour)
	first := chat.NewSweeper(h.Service)
	require.NoError(t, first.RunOnce(t.Context()))
	second := chat.NewSweeper(h.serve(t)) // starts behind the first, and holds too
	require.NoError(t, second.RunOnce(t.Context()))
	require.Zero(t, h.ended(t))
	h.clock.advance(5*time.Minute - time.Second)
	require.NoError(t, second.RunOnce(t.Context()))
	require.Zero(t, h.ended(t))
	h.runFast(t, 2*time.Second, first, second)
	require.Equal(t, 5, h.ended(t))
}

// A consumer who writes during the hold has their chat back.
func TestWhoWritesDuringAHoldKeepsTheChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.NoError(t, chat.NewSweeper(h.Service).RunOnce(t.Context()))
	h.text(t, marisol, support, "hello")
	h.text(t, theo, support, "hello")
	h.clock.advance(25 * time.Hour)
	sweeper := chat.NewSweeper(h.Service)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	h.text(t, marisol, support, "1")
	h.clock.advance(6 * time.Minute)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, "queued failed", one[string](t, h, "select string_agg(status, ' ' order by id) from chats"))
}

// A turn that a wrong clock took in the future does not stop the ends of today.
func TestATurnOfAWrongClockIsForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.NoError(t, chat.NewSweeper(h.Service).RunOnce(t.Context()))
	h.fill(t, 1)
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "insert into expiry_pace (tenant_id, next_at) values ($1, $2)", h.tenant, h.clock.Now().Add(72*time.Hour))
		return err
	})
	h.clock.advance(25 * time.Hour)
	sweeper := chat.NewSweeper(h.Service)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	h.clock.advance(5 * time.Minute)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, 1, h.ended(t))
}
