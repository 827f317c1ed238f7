package carrier_test

import (
	"fmt"
	"math/rand/v2"
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

// once checks that the desk got each text of a bulk exactly once, and each consumer's in order.
func once(t *testing.T, d *desk, addresses []string, each int) {
	t.Helper()
	for _, a := range addresses {
		want := make([]string, each)
		for n := range each {
			want[n] = fmt.Sprintf("%s %04d", a, n)
		}
		require.Equal(t, want, d.bodies(a))
	}
	require.Empty(t, d.clash, "two calls to one consumer at a time")
}

// node makes a config one of several nodes with short leases.
func node(n id.Node) func(*carrier.Config) {
	return func(c *carrier.Config) {
		c.Node, c.Lease, c.Idle = n, 500*time.Millisecond, 200*time.Millisecond
		c.StartWithin, c.CallTimeout, c.AskAfter = 300*time.Millisecond, 300*time.Millisecond, 100*time.Millisecond
	}
}

func TestTwoNodesNeverSendOneTextTwice(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	numbers := []id.Number{h.number}
	for i := range 3 {
		numbers = append(numbers, h.addNumber(t, fmt.Sprintf("+1415555020%d", i), 100_000))
	}
	one, two := h.lanes(t, d, node(1)), h.lanes(t, d, node(2))
	total := 0
	for round := range 10 {
		for i, n := range numbers {
			h.enqueue(t, n, fmt.Sprintf("ours %d", i), fmt.Sprintf("+1415555%04d", i), fmt.Sprint(round, "a"), fmt.Sprint(round, "b"))
			one.Wake(h.tenant, n)
			two.Wake(h.tenant, n)
			total += 2
		}
	}
	eventually(t, func() bool { return h.tally(t)["sent"] == total }, "all sent")
	require.Equal(t, total, d.started())
	for i := range numbers {
		var want []string
		for round := range 10 {
			want = append(want, fmt.Sprint(round, "a"), fmt.Sprint(round, "b"))
		}
		require.Equal(t, want, d.bodies(fmt.Sprintf("+1415555%04d", i)))
	}
}

func TestAKilledNodesTextsEachReachTheCarrierOnce(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	const consumers, each = 60, 5
	addresses := h.bulk(t, consumers, each)
	// Some answers get lost on the way, and the first two nodes die with calls under way and results unrecorded.
	d.setAnswer(func(n int, _ wire.Outbound) (bool, error) {
		if n%23 == 0 {
			return n%2 == 0, refuse(wire.Ambiguous, "502")
		}
		return true, nil
	})
	for n := range 2 {
		l := h.lanes(t, d, node(id.Node(n+1)))
		before := d.count()
		eventually(t, func() bool { return d.count() > before+consumers/2 }, "under way")
		l.Kill()
	}
	h.lanes(t, d, node(3))
	eventually(t, func() bool { return h.tally(t)["sent"] == consumers*each }, "all sent after the takeover")
	once(t, d, addresses, each)
}

func TestAStalledNodeOverwritesNothing(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	entered, release := make(chan struct{}), make(chan struct{})
	d.setAnswer(func(n int, _ wire.Outbound) (bool, error) {
		if n == 1 { // the first node's call hangs far beyond its lease, and then fails for good
			close(entered)
			<-release
			return false, refuse(wire.BadRecipient, "21614")
		}
		return true, nil
	})
	stalled := h.lanes(t, d, node(1))
	ms := h.enqueue(t, h.number, h.ours, ann, "hello")
	stalled.Wake(h.tenant, h.number)
	<-entered
	h.exec(t, "update lanes set leased_until = now() - interval '1 second', node_id = 99, epoch = epoch + 1") // another node took over
	stalled.Renew()
	h.exec(t, "update lanes set leased_until = now() - interval '1 second'") // and died
	fresh := h.lanes(t, d, node(2))
	fresh.Wake(h.tenant, h.number)
	eventually(t, func() bool { return h.row(t, ms[0].ID).Status == "sent" }, "the carrier did not have it, so it was sent")
	want := h.row(t, ms[0].ID)
	require.Equal(t, 2, want.Attempts)
	close(release)
	stalled.Stop()
	require.Equal(t, want, h.row(t, ms[0].ID), "the late refusal belongs to a claim that is over")
	require.Equal(t, []string{"hello"}, d.bodies(ann))
}

func TestANodeWithoutALeaseStartsNoCalls(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	l := h.lanes(t, d)
	h.enqueue(t, h.number, h.ours, ann, "one")
	l.Wake(h.tenant, h.number)
	eventually(t, func() bool { return h.tally(t)["sent"] == 1 }, "leased and sent")
	h.exec(t, "update lanes set node_id = 99, epoch = epoch + 1, leased_until = now() + interval '1 hour'")
	h.enqueue(t, h.number, h.ours, ann, "two")
	l.Renew()
	l.Wake(h.tenant, h.number)
	l.Stop()
	require.Equal(t, 1, d.started())
	require.Equal(t, map[string]int{"sent": 1, "queued": 1}, h.tally(t))
}

func TestAWakeForAnotherNodesLaneBecomesAHint(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	var said hints
	owner := h.lanes(t, d, func(c *carrier.Config) { c.Poll = time.Hour })
	h.enqueue(t, h.number, h.ours, ann, "one")
	owner.Wake(h.tenant, h.number)
	eventually(t, func() bool { return h.tally(t)["sent"] == 1 }, "owned")
	other := h.lanes(t, d, func(c *carrier.Config) { c.Node, c.Poll, c.Publish = 2, time.Hour, said.publish })
	h.enqueue(t, h.number, h.ours, ann, "two")
	other.Wake(h.tenant, h.number)
	eventually(t, func() bool { return len(said.of(event.LaneReady)) == 1 }, "told")
	other.Wake(h.tenant, h.number)
	require.Len(t, said.of(event.LaneReady), 2, "now it knows without asking")
	require.Equal(t, event.Hint{Kind: event.LaneReady, Tenant: h.tenant, Number: h.number}, said.of(event.LaneReady)[0])
	other.Hint(said.all[0]) // not its lane: nothing happens
	owner.Hint(said.all[0])
	eventually(t, func() bool { return h.tally(t)["sent"] == 2 }, "the owner sends")
}

// TestNoCallStartsAfterASTOPIsCommitted is reference G2: 1,000 runs, each a STOP that is committed while 20 texts to that
// consumer are queued, claimed and under way. The calls' start times are compared with the time after the commit.
func TestNoCallStartsAfterASTOPIsCommitted(t *testing.T) {
	t.Parallel()
	const runs, together, each = 1000, 50, 20
	h, d := newHouse(t), newDesk()
	gate := carrier.NewGate(time.Now)
	l := h.lanes(t, d, func(c *carrier.Config) { c.Gate = gate })
	random := rand.New(rand.NewPCG(1, 2))
	for batch := range runs / together {
		addresses := make([]string, together)
		for i := range addresses {
			addresses[i] = fmt.Sprintf("+1415%07d", 7_000_000+batch*together+i)
			bodies := make([]string, each)
			for k := range bodies {
				bodies[k] = fmt.Sprint(k)
			}
			h.enqueue(t, h.number, h.ours, addresses[i], bodies...)
		}
		order := random.Perm(together)
		before := d.started()
		committed := make([]time.Time, together)
		l.Wake(h.tenant, h.number)
		eventually(t, func() bool { return d.started() > before }, "sending has begun")
		var stops sync.WaitGroup
		for _, i := range order {
			stops.Go(func() {
				gate.Block(h.tenant, addresses[i])
				err := h.batch(t, func(b *pgx.Batch) {
					queueStop(b, h.tenant, addresses[i])
				})
				committed[i] = time.Now()
				gate.Stopped(h.tenant, addresses[i])
				gate.Unblock(h.tenant, addresses[i])
				require.NoError(t, err)
			})
		}
		stops.Wait()
		eventually(t, func() bool { return h.open(t) == 0 }, "all decided")
		d.mu.Lock()
		calls := slices.Clone(d.calls)
		d.calls = d.calls[:0]
		d.mu.Unlock()
		for _, c := range calls {
			i := slices.Index(addresses, c.To)
			require.False(t, c.began.After(committed[i]), "a call to %d started %s after the commit", i, c.began.Sub(committed[i]))
		}
	}
	tally := h.tally(t)
	require.Equal(t, runs*each, tally["sent"]+tally["cancelled"], tally)
	require.NotZero(t, tally["cancelled"])
	require.NotZero(t, tally["sent"])
}

// queueStop is a STOP as the inbound transaction writes it, without the confirmation.
func queueStop(b *pgx.Batch, tenant id.Tenant, address string) {
	carrier.QueueOptOut(b, tenant, []carrier.Consent{{Address: address, Source: carrier.ByKeyword, Word: "stop", At: time.Now()}})
}
