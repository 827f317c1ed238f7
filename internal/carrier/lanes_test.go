package carrier_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
)

func TestAQueuedTextIsSentAndRecorded(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	l := h.lanes(t, d)
	ms := h.enqueue(t, h.number, h.ours, ann, "hello")
	l.Wake(h.tenant, h.number)
	eventually(t, func() bool { return h.row(t, ms[0].ID).Status == "sent" }, "sent")
	require.Equal(t, row{Status: "sent", Provider: "SM1", Attempts: 1}, h.row(t, ms[0].ID))
	require.Len(t, d.books, 1)
	got := d.books[0].Outbound
	require.Equal(t, wire.Outbound{Ref: int64(ms[0].ID), From: h.ours, To: ann, Text: "hello", ValidFor: got.ValidFor}, got)
	require.InDelta(t, 10*time.Minute, got.ValidFor, float64(time.Minute), "what is left of its life")
}

func TestThePollFindsTextsThatNobodyAnnounced(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	h.enqueue(t, h.number, h.ours, ann, "left over")
	h.lanes(t, d)
	eventually(t, func() bool { return h.tally(t)["sent"] == 1 }, "sent at the start")
	h.enqueue(t, h.number, h.ours, ann, "unannounced")
	eventually(t, func() bool { return h.tally(t)["sent"] == 2 }, "found by the lane's own look")
}

func TestTextsOfOneConsumerLeaveInOrderAndNeverTwoAtATime(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	addresses := h.bulk(t, 40, 25)
	d.setAnswer(func(n int, m wire.Outbound) (bool, error) {
		if n%50 == 7 {
			return false, refuse(wire.Network, "") // it comes back later, and so must everything behind it
		}
		return true, nil
	})
	h.lanes(t, d)
	eventually(t, func() bool { return h.tally(t)["sent"] == 1000 }, "all sent")
	for _, a := range addresses {
		var want []string
		for n := range 25 {
			want = append(want, fmt.Sprintf("%s %04d", a, n))
		}
		require.Equal(t, want, d.bodies(a))
	}
	require.Empty(t, d.clash)
}

func TestANumberKeepsItsPace(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	h.exec(t, "update numbers set segments_per_second = 200")
	h.bulk(t, 100, 2)
	start := time.Now()
	h.lanes(t, d)
	eventually(t, func() bool { return h.tally(t)["sent"] == 200 }, "all sent")
	for i, c := range d.calls { // until the n-th call no more than the bucket and what flowed in since may have gone
		require.LessOrEqual(t, float64(i), 20+200*c.began.Sub(start).Seconds(), "calls before number %d", i)
	}
}

func TestLongTextsPayForAllTheirSegments(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	h.exec(t, "update numbers set segments_per_second = 50")
	long := string(slices.Repeat([]byte("x"), 153*9))
	for i := range 5 {
		h.enqueue(t, h.number, h.ours, fmt.Sprintf("+1415555%04d", i), long, "short")
	}
	start := time.Now()
	h.lanes(t, d)
	eventually(t, func() bool { return h.tally(t)["sent"] == 10 }, "all sent")
	before := 0
	for i, c := range d.calls {
		require.LessOrEqual(t, float64(before), 5+50*c.began.Sub(start).Seconds(), "segments before call %d", i)
		before += 1
		if c.Text == long {
			before += 8
		}
	}
}

func TestAnExpiredTextIsNotSentAndSaysSo(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	ms := h.enqueue(t, h.number, h.ours, ann, "too late", "in time")
	h.exec(t, "update messages set expires_at = now() - interval '1 second' where id = $1", ms[0].ID)
	h.lanes(t, d)
	eventually(t, func() bool { return h.tally(t)["sent"] == 1 }, "the other is sent")
	r := h.row(t, ms[0].ID)
	require.Equal(t, "expired", r.Status)
	require.Equal(t, "The text could not be sent in time.", r.Text)
	require.True(t, *r.Retryable)
	require.Equal(t, []string{"in time"}, d.bodies(""))
}

func TestTheClaimItselfKeepsTextsFromThoseWhoOptedOut(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	h.exec(t, "insert into do_not_contact (tenant_id, address) values ($1, $2)", h.tenant, ann)
	ms := h.queued(t, ann, "chat", carrier.KindStopConfirmation, carrier.KindHelp)
	h.lanes(t, d)
	eventually(t, func() bool { return h.open(t) == 0 }, "answers to command words only")
	require.Equal(t, []string{"cancelled opted_out", "sent", "sent"}, h.statuses(t, ms))
	require.Equal(t, []string{"text stop_confirmation", "text help"}, d.bodies(ann))
}

func TestEachClassOfRefusalFollowsTheRetryTable(t *testing.T) {
	t.Parallel()
	no := false
	for _, c := range []struct {
		name string
		err  error
		want row
		once bool // it is tried once and no more
	}{
		{"bad recipient", refuse(wire.BadRecipient, "21614"), row{Status: "failed", Code: "21614", Text: wire.Sentence(wire.BadRecipient), Retryable: &no, Attempts: 1}, true},
		{"filtered", refuse(wire.Filtered, "30007"), row{Status: "failed", Code: "30007", Text: wire.Sentence(wire.Filtered), Retryable: &no, Attempts: 1}, true},
		{"content", refuse(wire.Content, "21617"), row{Status: "failed", Code: "21617", Text: wire.Sentence(wire.Content), Retryable: &no, Attempts: 1}, true},
		{"security", refuse(wire.Security, "30450"), row{Status: "failed", Code: "30450", Text: wire.Sentence(wire.Security), Retryable: &no, Attempts: 1}, true},
		{"no route to this recipient", refuse(wire.Config, "21408"), row{Status: "failed", Code: "21408", Text: wire.Sentence(wire.Config), Retryable: &no, Attempts: 1}, true},
		{"throttled", refuse(wire.Throttled, "20429"), row{Status: "sent", Provider: "SM1", Attempts: 2}, false},
		{"not connected", refuse(wire.Network, ""), row{Status: "sent", Provider: "SM1", Attempts: 2}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, d := newHouse(t), newDesk()
			d.setAnswer(func(n int, _ wire.Outbound) (bool, error) { return n > 1, map[bool]error{true: c.err}[n == 1] })
			h.lanes(t, d)
			ms := h.enqueue(t, h.number, h.ours, ann, "hello")
			eventually(t, func() bool { return h.row(t, ms[0].ID).Status == c.want.Status }, "decided")
			require.Equal(t, c.want, h.row(t, ms[0].ID))
			require.Equal(t, map[bool]int{true: 1, false: 2}[c.once], d.started())
		})
	}
}

func TestAHandsetOutOfReachIsTriedAgainMuchLater(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	d.setAnswer(func(int, wire.Outbound) (bool, error) { return false, refuse(wire.Unreachable, "30003") })
	h.lanes(t, d)
	ms := h.enqueue(t, h.number, h.ours, ann, "hello", "behind it")
	eventually(t, func() bool { return h.row(t, ms[0].ID).Code == "30003" }, "recorded")
	require.Equal(t, "queued", h.row(t, ms[0].ID).Status)
	require.Equal(t, row{Status: "queued"}, h.row(t, ms[1].ID), "the text behind it waits")
	require.Equal(t, 1, d.started())
}

func TestACarriersOwnOptOutWritesTheList(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	d.setAnswer(func(n int, _ wire.Outbound) (bool, error) { return false, refuse(wire.OptedOut, "21610") })
	h.lanes(t, d)
	ms := h.enqueue(t, h.number, h.ours, ann, "hello", "again")
	eventually(t, func() bool { return h.optedOut(t, ann)[ann] }, "listed")
	eventually(t, func() bool { return h.open(t) == 0 }, "all decided")
	require.Equal(t, "failed 21610", h.statuses(t, ms)[0])
	require.Contains(t, h.ledger(t, ann), "opt_out tenant carrier 21610 ")
}

func TestAConfigErrorPausesTheLaneAndLosesNoText(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	d.setAnswer(func(int, wire.Outbound) (bool, error) { return false, refuse(wire.Config, "20003") })
	h.lanes(t, d)
	h.bulk(t, 30, 2)
	paused := func() (reason string) {
		h.tx(t, readString(t, &reason, "select coalesce(max(pause_reason), '') from lanes where paused_until > now()"))
		return reason
	}
	eventually(t, func() bool { return paused() != "" && h.tally(t)["queued"] == 60 }, "paused, all texts back in the outbox")
	require.Equal(t, wire.Sentence(wire.Config), paused())
	calls := d.started()
	require.LessOrEqual(t, calls, 30, "texts not yet started stay")

	d.setAnswer(func(int, wire.Outbound) (bool, error) { return true, nil })
	require.NotEmpty(t, paused(), "five minutes have not passed")
	require.Equal(t, calls, d.started())
	h.exec(t, "update lanes set paused_until = now()")
	eventually(t, func() bool { return h.tally(t)["sent"] == 60 }, "probed and resumed")
	require.Empty(t, paused())
}

func TestAnExpiredTextIsFoundOutThoughItsLaneIsPaused(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	d.setAnswer(func(int, wire.Outbound) (bool, error) { return false, refuse(wire.Config, "20003") })
	h.lanes(t, d)
	h.enqueue(t, h.number, h.ours, ann, "hello")
	eventually(t, func() bool { return d.started() == 1 && h.tally(t)["queued"] == 1 }, "paused")
	h.exec(t, "update messages set expires_at = now()")
	eventually(t, func() bool { return h.tally(t)["expired"] == 1 }, "expired")
	require.Equal(t, 1, d.started())
}

func TestAnAccountThatCannotBeOpenedPausesTheLane(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lanes(t, nil, func(c *carrier.Config) { c.Senders = noSender })
	h.enqueue(t, h.number, h.ours, ann, "hello")
	var reason string
	eventually(t, func() bool {
		h.tx(t, readString(t, &reason, "select coalesce(max(pause_reason), '') from lanes"))
		return reason != ""
	}, "paused")
	require.Equal(t, "The carrier account cannot be used; an administrator must check it.", reason)
	require.Equal(t, map[string]int{"queued": 1}, h.tally(t))
}

func TestALookForTheAccountThatFailsForAMomentPausesNothing(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	var looks atomic.Int64
	h.lanes(t, d, func(c *carrier.Config) {
		c.Senders = func(context.Context, id.Account) (carrier.Sender, error) {
			if looks.Add(1) == 1 {
				return nil, errors.New("the database is away")
			}
			return d, nil
		}
	})
	h.enqueue(t, h.number, h.ours, ann, "hello")
	eventually(t, func() bool { return h.tally(t)["sent"] == 1 }, "sent a little later")
}

func TestAnAmbiguousAnswerIsAskedAboutAndNeverResentBlindly(t *testing.T) {
	t.Parallel()
	for _, taken := range []bool{true, false} {
		t.Run(fmt.Sprintf("taken %v", taken), func(t *testing.T) {
			t.Parallel()
			h, d := newHouse(t), newDesk()
			d.setAnswer(func(n int, _ wire.Outbound) (bool, error) {
				if n == 1 {
					return taken, errors.New("connection reset")
				}
				return true, nil
			})
			h.lanes(t, d)
			ms := h.enqueue(t, h.number, h.ours, ann, "one", "one", "two")
			eventually(t, func() bool { return h.tally(t)["sent"] == 3 }, "all sent")
			require.Equal(t, []string{"one", "one", "two"}, d.bodies(ann))
			require.Equal(t, "SM1", h.row(t, ms[0].ID).Provider)
			require.False(t, h.row(t, ms[0].ID).Uncertain)
		})
	}
}

func TestATextIsParkedWhenTheCarrierCannotBeAsked(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	d.setAnswer(func(n int, _ wire.Outbound) (bool, error) {
		return true, map[bool]error{true: refuse(wire.Ambiguous, "503")}[n == 1]
	})
	d.lookup = func() error { return errors.ErrUnsupported }
	h.lanes(t, d)
	ms := h.enqueue(t, h.number, h.ours, ann, "one", "two")
	eventually(t, func() bool { return h.row(t, ms[1].ID).Status == "sent" }, "the text behind it goes on")
	r := h.row(t, ms[0].ID)
	require.Equal(t, row{Status: "sending", Code: "uncertain", Text: "It is not certain whether the carrier took this text.", Uncertain: true, Attempts: 1}, r)
	require.Equal(t, []string{"one", "two"}, d.bodies(ann))
}

func TestATenantMayPreferATextTwiceToNotAtAll(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	d.setAnswer(func(n int, _ wire.Outbound) (bool, error) {
		return true, map[bool]error{true: refuse(wire.Ambiguous, "503")}[n == 1]
	})
	d.lookup = func() error { return errors.ErrUnsupported }
	h.lanes(t, d, func(c *carrier.Config) { c.Resend = always })
	h.enqueue(t, h.number, h.ours, ann, "one")
	eventually(t, func() bool { return h.tally(t)["sent"] == 1 }, "sent again")
	require.Equal(t, []string{"one", "one"}, d.bodies(ann))
}

func TestAPanickingAdapterCostsNoOtherText(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	d.setAnswer(func(n int, m wire.Outbound) (bool, error) {
		if m.To == ann && n < 3 {
			panic("poison")
		}
		return true, nil
	})
	h.lanes(t, d)
	h.enqueue(t, h.number, h.ours, bob, "fine")
	h.enqueue(t, h.number, h.ours, ann, "poison")
	eventually(t, func() bool { return h.tally(t)["sent"] == 2 }, "both end")
}

func TestStopFinishesWhatIsUnderWayAndGivesTheLaneBack(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDesk()
	entered, release := make(chan struct{}, 1000), make(chan struct{})
	d.setAnswer(func(int, wire.Outbound) (bool, error) {
		entered <- struct{}{}
		<-release
		return true, nil
	})
	l := h.lanes(t, d, func(c *carrier.Config) { c.Concurrency = 4 })
	h.bulk(t, 50, 1)
	for range 4 {
		<-entered
	}
	stopped := make(chan struct{})
	go func() {
		l.Stop()
		l.Stop()
		close(stopped)
	}()
	eventually(t, func() bool { return h.tally(t)["queued"] == 46 }, "what has not started waits for the next node")
	close(release)
	<-stopped
	require.Equal(t, map[string]int{"sent": 4, "queued": 46}, h.tally(t))
	var free string
	h.tx(t, readString(t, &free, "select count(*)::text from lanes where node_id is null and leased_until < now()"))
	require.Equal(t, "1", free)
	l.Start()
	require.Equal(t, 4, d.count())
}
