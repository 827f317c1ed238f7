package carrier_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/event"
	"sidetone/internal/id"
)

func (h *house) receipts(t testing.TB, publish func(event.Hint)) *carrier.Receipts {
	t.Helper()
	if publish == nil {
		publish = func(event.Hint) {}
	}
	r := carrier.NewReceipts(h.db, publish, slog.New(slog.DiscardHandler), nil)
	t.Cleanup(r.Stop)
	return r
}

// sent saves texts that the carrier has taken as SM1, SM2 and so on.
func (h *house) sent(t testing.TB, n int) []carrier.NewMessage {
	t.Helper()
	ms := make([]carrier.NewMessage, n)
	thread := h.thread(t, h.number, ann)
	for i := range ms {
		ms[i] = carrier.NewMessage{
			Thread: thread, Number: h.number, Account: h.account, Direction: carrier.Out, Sender: carrier.FromAPI,
			OurAddress: h.ours, Address: ann, Body: "hello", CreatedAt: noon,
		}
	}
	require.NoError(t, h.batch(t, func(b *pgx.Batch) { carrier.QueueMessages(b, h.tenant, ms) }))
	h.exec(t, "update messages set status = 'sent', provider_id = 'SM' || (id - $1 + 1) where id >= $1", ms[0].ID)
	return ms
}

// assigned gives a thread a chat that an agent answers.
func (h *house) assigned(t testing.TB, thread id.Thread) (chat id.Chat, agent id.User) {
	t.Helper()
	h.tx(t, func(tx pgx.Tx) error {
		err := tx.QueryRow(t.Context(), `insert into users (tenant_id, email, name, roles) values ($1, 'sue@acme.example', 'Sue', '{agent}') returning id`,
			h.tenant).Scan(&agent)
		if err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), `insert into chats (tenant_id, thread_id, number_id, end_user_id, status, started_by, agent_id, created_at, assigned_at)
			select tenant_id, id, number_id, end_user_id, 'assigned', 'end_user', $2, now(), now() from threads where id = $1 returning id`,
			thread, agent).Scan(&chat)
	})
	return chat, agent
}

func permutations[T any](s []T) (out [][]T) {
	if len(s) <= 1 {
		return [][]T{slices.Clone(s)}
	}
	for i := range s {
		rest := slices.Concat(s[:i], s[i+1:])
		for _, p := range permutations(rest) {
			out = append(out, append([]T{s[i]}, p...))
		}
	}
	return out
}

func TestFiveReceiptsInAllOrdersWithRepeatsEndTheSame(t *testing.T) {
	t.Parallel()
	five := []wire.Receipt{
		{Status: wire.Sent},
		{Status: wire.Failed, ErrorCode: "30008"},
		{Status: wire.Undelivered, ErrorCode: "30005"},
		{Status: wire.Undelivered, ErrorCode: "30003"},
		{Status: wire.Delivered},
	}
	for _, c := range []struct {
		receipts []wire.Receipt
		want     row
	}{
		{five, row{Status: "delivered"}},
		{five[:4], row{Status: "undelivered", Code: "30005", Text: "This number is unknown or no longer in service.", Retryable: new(bool)}},
	} {
		t.Run(c.want.Status, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			r := h.receipts(t, nil)
			orders := permutations(c.receipts)
			ms := h.sent(t, len(orders))
			var wg sync.WaitGroup
			errs := make(chan error, 3000)
			for i, order := range orders {
				wg.Go(func() {
					for k, got := range slices.Concat(order, order[:2]) { // and some of them again
						got.ProviderID, got.At = fmt.Sprintf("SM%d", i+1), noon
						errs <- r.Apply(context.Background(), h.tenant, h.account, got)
						if k%2 == 0 {
							errs <- r.Apply(context.Background(), h.tenant, h.account, got)
						}
					}
				})
			}
			wg.Wait()
			close(errs)
			n := 0
			for err := range errs {
				require.NoError(t, err)
				n++
			}
			for i, m := range ms {
				want := c.want
				want.Provider = fmt.Sprintf("SM%d", i+1)
				require.Equal(t, want, h.row(t, m.ID), "order %v", orders[i])
			}
			var kept string
			h.tx(t, readString(t, &kept, "select count(*)::text from receipts"))
			require.Equal(t, fmt.Sprint(n), kept, "every receipt is on file")
		})
	}
}

func TestAReceiptThatOvertakesTheRecordIsNotLost(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	r := h.receipts(t, nil)
	d.setAnswer(func(n int, m wire.Outbound) (bool, error) {
		got := wire.Receipt{ProviderID: fmt.Sprintf("SM%d", n), MessageRef: m.Ref, Status: wire.Delivered, At: noon}
		return true, r.Apply(context.Background(), h.tenant, h.account, got)
	})
	h.lanes(t, d)
	ms := h.enqueue(t, h.number, h.ours, ann, "one", "two")
	eventually(t, func() bool { return h.tally(t)["delivered"] == 2 }, "both delivered")
	require.Equal(t, row{Status: "delivered", Provider: "SM1", Attempts: 1}, h.row(t, ms[0].ID))
	require.Equal(t, row{Status: "delivered", Provider: "SM2", Attempts: 1}, h.row(t, ms[1].ID))
}

func TestAReceiptProvesAnUncertainText(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	r := h.receipts(t, nil)
	d.setAnswer(func(int, wire.Outbound) (bool, error) { return true, refuse(wire.Ambiguous, "503") })
	h.lanes(t, d, func(c *carrier.Config) { c.AskAfter = time.Hour })
	ms := h.enqueue(t, h.number, h.ours, ann, "one")
	eventually(t, func() bool { return h.row(t, ms[0].ID).Uncertain }, "uncertain")
	require.Equal(t, "503", h.row(t, ms[0].ID).Code)
	require.NoError(t, r.Apply(t.Context(), h.tenant, h.account, wire.Receipt{ProviderID: "SM1", MessageRef: int64(ms[0].ID), Status: wire.Sent, At: noon}))
	require.Equal(t, row{Status: "sent", Provider: "SM1", Attempts: 1}, h.row(t, ms[0].ID))
}

func TestAReceiptOfNobodysTextIsAnsweredAndForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.receipts(t, nil)
	ms := h.sent(t, 1)
	for _, got := range []wire.Receipt{
		{ProviderID: "SM99", Status: wire.Delivered, At: noon},
		{ProviderID: "SM99", MessageRef: int64(ms[0].ID), Status: wire.Delivered, At: noon}, // that text is known by another id
		{ProviderID: "SM1", Status: "teleported", At: noon},
	} {
		require.NoError(t, r.Apply(t.Context(), h.tenant, h.account, got))
	}
	require.Equal(t, "sent", h.row(t, ms[0].ID).Status)
	require.NoError(t, r.Apply(t.Context(), h.tenant, h.account+1, wire.Receipt{ProviderID: "SM1", Status: wire.Delivered, At: noon}))
	require.Equal(t, "sent", h.row(t, ms[0].ID).Status, "another account's id")
}

func TestACarriersOptOutInAReceiptWritesTheList(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var said hints
	r := h.receipts(t, said.publish)
	h.sent(t, 1)
	require.NoError(t, r.Apply(t.Context(), h.tenant, h.account, wire.Receipt{ProviderID: "SM1", Status: wire.Failed, ErrorCode: "21610", At: noon}))
	require.Equal(t, map[string]bool{ann: true}, h.optedOut(t, ann))
	require.Equal(t, []string{"opt_out tenant carrier 21610 "}, h.ledger(t, ann))
	require.Equal(t, []event.Hint{{Kind: event.Stopped, Tenant: h.tenant, Address: ann}}, said.of(event.Stopped))
}

func TestTheAgentHearsWhatBecomesOfTheTextsOfTheirChat(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	var said hints
	r := h.receipts(t, said.publish)
	thread := h.thread(t, h.number, ann)
	chat, agent := h.assigned(t, thread)
	ms := []carrier.NewMessage{{
		Thread: thread, Chat: chat, Seq: 7, Number: h.number, Account: h.account, Direction: carrier.Out, Sender: carrier.FromAgent, User: agent,
		OurAddress: h.ours, Address: ann, Body: "hello", CreatedAt: time.Now(),
	}}
	require.NoError(t, h.batch(t, func(b *pgx.Batch) { carrier.QueueMessages(b, h.tenant, ms) }))
	h.lanes(t, d, func(c *carrier.Config) { c.Publish = said.publish })
	eventually(t, func() bool { return len(said.of(event.MessageStatus)) == 1 }, "sent")
	require.NoError(t, r.Apply(t.Context(), h.tenant, h.account, wire.Receipt{ProviderID: "SM1", Status: wire.Delivered, At: noon}))
	require.NoError(t, r.Apply(t.Context(), h.tenant, h.account, wire.Receipt{ProviderID: "SM1", Status: wire.Sent, At: noon}), "late: it changes nothing")
	hint := event.Hint{Kind: event.MessageStatus, Tenant: h.tenant, Chat: chat, From: 7, Seq: 7, User: agent}
	require.Equal(t, []event.Hint{hint, hint}, said.of(event.MessageStatus))

	h.tx(t, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "update chats set status = 'dismissed', agent_id = null, last_agent_id = $2 where id = $1", chat, agent)
		return err
	})
	require.NoError(t, r.Apply(t.Context(), h.tenant, h.account, wire.Receipt{ProviderID: "SM1", Status: wire.Delivered, ErrorCode: "30099", At: noon}))
	require.Equal(t, []event.Hint{hint, hint, hint}, said.of(event.MessageStatus), "the last agent's desk still shows the text")
}
