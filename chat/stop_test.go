package chat_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier/wire"
)

// The list is the tenant's (spec 1.3), so a STOP to one number holds for the texts to the others in the same commit.
func TestAStopHoldsForTheOtherNumbersInItsGroup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.NoError(t, h.ReceiveTogether(t.Context(), h.tenant, h.account,
		h.inbound(marisol, sales, "STOP"), h.inbound(marisol, support, "hello?"), h.inbound(marisol, support, "STOP")))
	require.Equal(t, "command opted_out command", one[string](t, h, "select string_agg(disposition, ' ' order by id) from messages where direction = 'in'"))
	require.Zero(t, one[int](t, h, "select count(*)::int from chats"), "no chat opens")
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from messages where direction = 'out'"), "one confirmation")
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from consent_ledger"))

	require.NoError(t, h.ReceiveTogether(t.Context(), h.tenant, h.account,
		h.inbound(marisol, sales, "START"), h.inbound(marisol, support, "hello"), h.inbound(marisol, sales, "STOP"), h.inbound(marisol, support, "START")))
	require.Zero(t, one[int](t, h, "select count(*)::int from do_not_contact"), "the last word was START")
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from chats"))
}

func TestAStopEndsTheChatOfSomeoneWhoIsOnTheListAlready(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	h.text(t, marisol, support, "STOP")
	h.text(t, marisol, sales, "STOP")
	require.Equal(t, "finished end_user_opt_out", one[string](t, h, "select status || ' ' || coalesce(fail_reason, '') from chats where id = $1", c))
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from messages where kind = 'stop_confirmation'"))
}

// A number that the carrier routes to us and nobody has added yet has no voice to confirm with, but STOP is law.
func TestAStopToAnUnknownNumberCounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.text(t, marisol, "+14155550199", "please stop texting me")
	require.Equal(t, "command", one[string](t, h, "select string_agg(disposition, ' ' order by id) from messages"))
	require.Equal(t, "opt_out phrase", one[string](t, h, "select action || ' ' || source from consent_ledger"))
	h.text(t, marisol, sales, "hello")
	require.Zero(t, one[int](t, h, "select count(*)::int from chats"))
}

// Reference A3: the carrier that answers a word says so; the consumer gets no second answer, and its list is ours.
func TestWhatTheCarrierHasAnsweredIsNotAnsweredAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	for _, x := range []struct{ body, kind string }{{"HELP", "HELP"}, {"geen berichten meer", "STOP"}} {
		in := h.inbound(marisol, sales, x.body)
		in.OptOutType = x.kind
		require.NoError(t, h.Receive(t.Context(), h.tenant, h.account, in))
	}
	require.Equal(t, "opt_out carrier STOP", one[string](t, h, "select action || ' ' || source || ' ' || word from consent_ledger"))
	require.Equal(t, "finished", one[string](t, h, "select status from chats where id = $1", c))
	in := h.inbound(marisol, sales, "START")
	in.OptOutType = "START"
	require.NoError(t, h.Receive(t.Context(), h.tenant, h.account, in))
	require.Zero(t, one[int](t, h, "select count(*)::int from do_not_contact"))
	require.Zero(t, one[int](t, h, "select count(*)::int from messages where kind in ('help', 'stop_confirmation', 'start_confirmation')"))
	h.text(t, marisol, sales, "HELP")
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from messages where kind = 'help'"), "what it did not answer, we do")
}

// A number may still name a queue that is gone: its texts are kept, as on a number without a queue.
func TestANumberOfAQueueThatIsGoneHasNoQueue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update queues set deleted_at = now() where name = 'Sales'")
		return err
	})
	h.text(t, marisol, sales, "hello")
	require.Equal(t, "no_queue", one[string](t, h, "select string_agg(disposition, ' ' order by id) from messages"))
}

// What they cancel is the same, and each node comes to it from its own end.
func TestTheSameConsumersStopOnTwoNodesAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.serve(t)
	all := func(to, body string) (ins []wire.Inbound) {
		for i := range 30 {
			ins = append(ins, h.inbound(fmt.Sprintf("+1415555%04d", i), to, body))
		}
		return ins
	}
	for range 12 {
		for _, ins := range [][]wire.Inbound{all(sales, "START"), all(sales, "hello"), all(support, "hello")} {
			require.NoError(t, h.ReceiveTogether(t.Context(), h.tenant, h.account, ins...))
		}
		h.tx(t, func(ctx context.Context, tx pgx.Tx) error { // a long queue makes them meet
			_, err := tx.Exec(ctx, "update messages set status = 'queued' where status = 'cancelled'")
			return err
		})
		backwards := all(support, "STOP")
		slices.Reverse(backwards)
		there := make(chan error)
		go func() { there <- other.ReceiveTogether(context.Background(), h.tenant, h.account, backwards...) }()
		require.NoError(t, h.ReceiveTogether(t.Context(), h.tenant, h.account, all(sales, "STOP")...))
		require.NoError(t, <-there)
	}
	require.Equal(t, 30, one[int](t, h, "select count(*)::int from do_not_contact"))
}
