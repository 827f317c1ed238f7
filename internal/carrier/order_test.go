package carrier_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/pg/pgtest"
)

// kinds queues one text of each kind to a consumer, in order; its body names the kind and its place.
func (h *house) kinds(t testing.TB, address string, kinds ...string) {
	t.Helper()
	thread := h.thread(t, h.number, address)
	ms := make([]carrier.NewMessage, len(kinds))
	for i, k := range kinds {
		ms[i] = carrier.NewMessage{
			Thread: thread, Number: h.number, Account: h.account, Direction: carrier.Out, Sender: carrier.FromSystem, Kind: k,
			OurAddress: h.ours, Address: address, Body: fmt.Sprintf("%s %02d", k, i), CreatedAt: time.Now(),
		}
	}
	require.NoError(t, h.batch(t, func(b *pgx.Batch) { carrier.QueueMessages(b, h.tenant, ms) }))
}

// asBulk makes everything that waits a session-less text.
func (h *house) asBulk(t testing.TB) {
	h.exec(t, "update messages set kind = 'sessionless', expires_at = now() + interval '1 hour' where status = 'queued'")
}

func TestAnswersAndConversationsDoNotWaitBehindABulk(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	h.exec(t, "update numbers set segments_per_second = 40") // a claim takes ten texts
	mass := h.bulk(t, 100, 1)
	h.asBulk(t)
	h.kinds(t, ann, carrier.KindStopConfirmation)
	h.kinds(t, bob, carrier.KindChat, carrier.KindHelp)
	h.kinds(t, mass[60], carrier.KindHelp) // it has a text of the bulk before it
	h.lanes(t, d)
	eventually(t, func() bool { return d.count() >= 30 }, "the first ones")
	require.Subset(t, d.order()[:30], []string{"stop_confirmation 00", "chat 00", "help 01", mass[60] + " 0000", "help 00"},
		"the answers, and what the consumer of one of them was sent before, are claimed first; one may end behind a part of the next claim")
	require.Equal(t, []string{mass[60] + " 0000", "help 00"}, d.bodies(mass[60]), "in this consumer's order")
	require.Equal(t, []string{"chat 00", "help 01"}, d.bodies(bob))
}

func TestOrderHoldsWithinAConsumerWhateverTheKinds(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	d.setAnswer(func(n int, _ wire.Outbound) (bool, error) {
		if n%40 == 7 {
			return false, refuse(wire.Network, "")
		}
		return true, nil
	})
	some := []string{carrier.KindChat, carrier.KindHelp, carrier.KindSessionless, carrier.KindSessionless, carrier.KindAPI, carrier.KindAfterCall}
	want := map[string][]string{}
	total := 0
	for i := range 30 {
		address := fmt.Sprintf("+1415%07d", 6_100_000+i)
		kinds := make([]string, 1+rand.IntN(30))
		for n := range kinds {
			kinds[n] = some[rand.IntN(len(some))]
			want[address] = append(want[address], fmt.Sprintf("%s %02d", kinds[n], n))
		}
		total += len(kinds)
		h.kinds(t, address, kinds...)
	}
	h.lanes(t, d, func(c *carrier.Config) { c.ClaimMost = 25 })
	eventually(t, func() bool { return h.tally(t)["sent"] == total }, "all sent")
	for address, texts := range want {
		require.Equal(t, texts, d.bodies(address))
	}
	require.Empty(t, d.clash)
}

// The texts that come first fill whole claims, and each waits for one that comes late: nothing must stand still for it.
func TestConversationsBehindTheirOwnBulkTextsDoNotBlockTheLane(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	addresses := h.bulk(t, 30, 25) // more than come along at a time
	h.asBulk(t)
	for _, a := range addresses {
		h.kinds(t, a, carrier.KindChat, carrier.KindChat)
	}
	h.lanes(t, d, func(c *carrier.Config) { c.ClaimMost = 5 })
	eventually(t, func() bool { return h.tally(t)["sent"] == 30*27 }, "all sent")
	for _, a := range addresses {
		texts := d.bodies(a)
		require.Len(t, texts, 27)
		require.Equal(t, []string{"chat 00", "chat 01"}, texts[25:])
		require.True(t, slices.IsSorted(texts[:25]))
	}
}

func TestAPausedLaneSendsNothingForAnExpiredAnswersSake(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	h.kinds(t, ann, carrier.KindSessionless, carrier.KindChat)
	h.kinds(t, bob, carrier.KindChat)
	h.exec(t, "update messages set expires_at = now() - interval '1 second' where kind = 'chat'")
	h.exec(t, "insert into lanes (number_id, tenant_id, paused_until, pause_reason) values ($1, $2, now() + interval '1 hour', 'x')", h.number, h.tenant)
	h.lanes(t, d).Wake(h.tenant, h.number)
	eventually(t, func() bool { return h.tally(t)["expired"] == 1 }, "the one with nothing before it")
	require.Zero(t, d.started())
	h.exec(t, "update lanes set paused_until = now()")
	eventually(t, func() bool { return h.tally(t)["expired"] == 2 && h.tally(t)["sent"] == 1 }, "the rest in its order")
}

func TestALaneTellsWhenItLastSent(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	last := func() (at string) {
		h.tx(t, readString(t, &at, "select coalesce(max(last_sent_at)::text, '') from lanes"))
		return at
	}
	d.setAnswer(func(int, wire.Outbound) (bool, error) { return false, refuse(wire.BadRecipient, "21614") })
	l := h.lanes(t, d)
	h.enqueue(t, h.number, h.ours, ann, "refused")
	eventually(t, func() bool { return h.tally(t)["failed"] == 1 }, "refused")
	l.Renew()
	require.Empty(t, last(), "nothing was taken")
	d.setAnswer(func(int, wire.Outbound) (bool, error) { return true, nil })
	h.enqueue(t, h.number, h.ours, ann, "taken")
	eventually(t, func() bool { return h.tally(t)["sent"] == 1 }, "sent")
	l.Renew()
	first := last()
	require.NotEmpty(t, first)
	h.enqueue(t, h.number, h.ours, ann, "taken too")
	eventually(t, func() bool { return h.tally(t)["sent"] == 2 }, "sent")
	l.Stop()
	require.Greater(t, last(), first, "with the lease it gave this back")
}

// plan is what we need of EXPLAIN's JSON.
type plan struct {
	Type     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Plans    []plan  `json:"Plans"`
}

func (p plan) walk(visit func(plan)) {
	visit(p)
	for _, below := range p.Plans {
		below.walk(visit)
	}
}

// explain runs a statement by its generic plan, as the pool does, and undoes it.
func (h *house) explain(t testing.TB, query string, args ...any) plan {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.AdminURL(t, h.db))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), "analyze messages")
	require.NoError(t, err)
	var plans []struct{ Plan plan }
	undo := errors.New("looked")
	require.ErrorIs(t, h.db.InTenantTx(t.Context(), h.tenant, func(tx pgx.Tx) error {
		for _, sql := range []string{"set local plan_cache_mode = force_generic_plan", "prepare asked as " + query} {
			if _, err := tx.Exec(t.Context(), sql); err != nil {
				return err
			}
		}
		defer func() { _, _ = tx.Exec(t.Context(), "deallocate asked") }()
		ask := "explain (analyze, timing off, format json) execute asked("
		for i := range args {
			ask += fmt.Sprintf("$%d, ", i+1)
		}
		var text []byte
		if err := tx.QueryRow(t.Context(), ask[:len(ask)-2]+")", append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...).Scan(&text); err != nil {
			return err
		}
		return errors.Join(undo, json.Unmarshal(text, &plans))
	}), undo)
	return plans[0].Plan
}

func TestAClaimReadsAsManyTextsAsItTakes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mass := h.bulk(t, 2000, 5)
	h.asBulk(t)
	h.kinds(t, ann, carrier.KindChat)
	h.kinds(t, mass[1500], carrier.KindHelp)
	h.exec(t, "insert into lanes (number_id, tenant_id, node_id, epoch, leased_until) values ($1, $2, 1, 1, now() + interval '1 hour')", h.number, h.tenant)
	read := 0
	used := map[string]bool{}
	h.explain(t, carrier.ClaimTexts, int64(h.tenant), int64(h.number), time.Now(), int64(1), int64(1), 50, int64(50)).walk(func(p plan) {
		if p.Relation == "messages" && p.Type != "ModifyTable" {
			read += int((p.Rows + p.Filtered) * p.Loops)
			used[p.Type+" "+p.Index] = true
		}
	})
	for how := range used {
		require.True(t, strings.HasPrefix(how, "Index"), "%v", used)
	}
	require.True(t, used["Index Scan messages_outbox"], "%v", used)
	require.True(t, used["Index Scan messages_under_way"], "%v", used)
	require.Less(t, read, 50*8, "of 10,002 texts")
}
