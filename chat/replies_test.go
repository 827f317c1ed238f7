package chat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The limit is the consumer's, whichever of our numbers a robot talks to (spec 1.3).
func TestAutomaticRepliesAreLimitedPerConsumer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	helped := func() int { return one[int](t, h, "select count(*)::int from messages where kind = 'help'") }
	for range 3 {
		h.text(t, marisol, sales, "HELP")
		h.clock.advance(time.Second)
		h.text(t, marisol, support, "HELP")
		h.clock.advance(time.Second)
	}
	require.Equal(t, 5, helped(), "5 an hour")
	h.text(t, theo, support, "HELP")
	require.Equal(t, 6, helped(), "of each consumer")
	h.clock.advance(time.Hour - 6*time.Second)
	h.text(t, marisol, support, "HELP")
	require.Equal(t, 7, helped())

	h.clock.advance(2 * time.Hour)
	require.NoError(t, h.ReceiveTogether(t.Context(), h.tenant, h.account,
		h.inbound(marisol, support, "HELP"), h.inbound(marisol, sales, "HELP"), h.inbound(marisol, support, "HELP"),
		h.inbound(marisol, sales, "HELP"), h.inbound(marisol, sales, "HELP"), h.inbound(marisol, support, "HELP")))
	require.Equal(t, 12, helped(), "in one group too")
}

func TestTheAfterHourTextOfTwoNumbersComesOnceInTenMinutes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openFromNine(t)
	told := func() int { return one[int](t, h, "select count(*)::int from messages where kind = 'after_hours'") }
	h.text(t, marisol, sales, "hello")
	h.text(t, marisol, support, "hello")
	h.text(t, marisol, support, "1")
	require.Equal(t, 1, told())
	h.clock.advance(10*time.Minute - time.Microsecond)
	h.text(t, marisol, support, "anybody?")
	require.Equal(t, 1, told())
	h.clock.advance(time.Microsecond)
	h.text(t, marisol, support, "anybody?")
	require.Equal(t, 2, told(), "then each chat has had its own")
	h.clock.advance(time.Hour)
	h.text(t, marisol, support, "anybody?")
	require.Equal(t, 2, told())
}
