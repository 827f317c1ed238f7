package smsapi_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
	"sidetone/smsapi"
)

func nobody(id.Tenant, id.Number) {}

// A minute takes a second here, so that five of them may pass.
func TestTwoNodesShareOneLimitAndAnotherTakesOver(t *testing.T) {
	t.Parallel()
	const span, most = time.Second, 40
	h := newHouse(t)
	h.addNumber(t, "+14155550105", 1000)
	h.set(t, tenant.SessionlessPerMinute, most)
	h.notify(t, notices, people(1000, 60), "One")
	h.notify(t, "+14155550105", people(1000, 40), "One", "Two")
	one, _ := h.node(t, 1, span), h.node(t, 2, span)
	h.eventually(t, "a third is sent", func() bool { return h.desk.count() > 60 })
	one.stop()
	h.node(t, 3, span)
	h.eventually(t, "all are sent", func() bool { return h.state(t)["sent"] == 140 })
	require.Equal(t, 140, h.desk.count())
	require.LessOrEqual(t, h.desk.busiest(span), most)
	for _, to := range people(1000, 40) {
		require.Equal(t, []string{"One", "Two"}, h.desk.texts(to, "+14155550105"))
	}
	require.True(t, rests(t, h), "nobody has to look any more")
}

// rests tells that the tenant's pace rests.
func rests(t testing.TB, h *house) bool {
	t.Helper()
	var rests bool
	require.NoError(t, h.db.InTx(context.Background(), func(tx pgx.Tx) error {
		return tx.QueryRow(context.Background(), "select due_at is null from sessionless_pace").Scan(&rests)
	}))
	return rests
}

func TestASmallCallDoesNotWaitBehindALargeOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set(t, tenant.SessionlessPerMinute, 60)
	h.notify(t, notices, people(1000, 100), "1", "2", "3", "4", "5")
	h.notify(t, notices, people(2000, 2), "small")
	h.node(t, 1, time.Second)
	h.eventually(t, "the small call is through", func() bool {
		return slices.Index(h.desk.texts("", ""), "small") >= 0 && len(h.desk.texts(people(2001, 1)[0], "")) == 1
	})
	require.Less(t, h.desk.count(), 20)
}

func TestTwoCallsToOneConsumerKeepTheirOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set(t, tenant.SessionlessPerMinute, 6000)
	ann := people(1000, 1)
	h.notify(t, notices, append(people(2000, 20), ann...), "1", "2", "3")
	h.notify(t, notices, ann, "4", "5")
	h.notify(t, notices, ann, "6")
	h.node(t, 1, time.Second)
	h.eventually(t, "all are sent", func() bool { return h.state(t)["sent"] == 66 })
	require.Equal(t, []string{"1", "2", "3", "4", "5", "6"}, h.desk.texts(ann[0], ""))
}

func TestASlowNumberTakesNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.addNumber(t, "+14155550105", 1)
	h.set(t, tenant.SessionlessPerMinute, 60)
	h.notify(t, "+14155550105", people(1000, 100), "slow")
	h.notify(t, notices, people(2000, 100), "fast")
	h.node(t, 1, time.Second)
	h.eventually(t, "all of the fast number", func() bool { return len(h.desk.texts("", notices)) == 100 })
	require.Less(t, len(h.desk.texts("", "+14155550105")), 30)
	require.Less(t, one[int](t, h, "select count(*) from messages where not held and status = 'queued'"), 3, "few wait in the slow lane")
}

func TestWhatIsUnprocessedAfterTwoHoursExpires(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.notify(t, notices, people(1000, 10), "One", "Two")
	now := time.Now()
	r := h.releaser(time.Minute, nobody, func() time.Time { return now })
	release := func() {
		_, err := r.RunOnce(context.Background())
		require.NoError(t, err)
	}
	release()
	held := h.state(t)["held"]
	require.Less(t, held, 20)
	require.GreaterOrEqual(t, held, 18)
	due := func() {
		require.NoError(t, h.db.InTx(context.Background(), func(tx pgx.Tx) error {
			_, err := tx.Exec(context.Background(), "update sessionless_pace set due_at = now()")
			return err
		}))
	}
	now = now.Add(2*time.Hour - time.Second)
	due()
	release()
	require.Zero(t, h.state(t)["expired"])
	held = h.state(t)["held"]
	now = now.Add(2 * time.Second)
	due()
	release()
	require.Equal(t, held, h.state(t)["expired"])
	require.Zero(t, h.state(t)["held"])
	report, err := h.sms.Report(context.Background(), h.tenant, a.RequestID)
	require.NoError(t, err)
	require.Equal(t, held, report.Counts[smsapi.TextExpired])
	require.Equal(t, "The text could not be sent in time.", report.Texts[19].Error)
}

func TestAKilledReleaseIsGoneOnWith(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set(t, tenant.SessionlessPerMinute, 6000)
	h.notify(t, notices, people(1000, 50), "One", "Two")
	for i := range 20 { // each dies in the middle of a step
		ctx, kill := context.WithCancel(context.Background())
		r := h.releaser(time.Second, func(id.Tenant, id.Number) { kill() }, time.Now)
		stop := time.AfterFunc(time.Duration(i)*300*time.Microsecond, kill)
		_, _ = r.RunOnce(ctx) // broken off
		stop.Stop()
		kill()
	}
	released := one[int](t, h, "select count(*) from messages where not held")
	flying := 0
	require.NoError(t, h.db.InTx(context.Background(), func(tx pgx.Tx) error {
		return tx.QueryRow(context.Background(), "select cardinality(flying) from sessionless_pace").Scan(&flying)
	}))
	require.Equal(t, released, flying, "what is released is known, all of it")
	h.node(t, 1, time.Second)
	h.eventually(t, "all are sent", func() bool { return h.state(t)["sent"] == 100 })
	require.Equal(t, 100, h.desk.count())
}

func TestAStopReachesHeldTextsWhileTheyAreReleased(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set(t, tenant.SessionlessPerMinute, 1200)
	all := people(1000, 60)
	h.notify(t, notices, all, "1", "2", "3")
	h.node(t, 1, time.Second)
	var stops sync.WaitGroup
	h.eventually(t, "sending has begun", func() bool { return h.desk.count() > 5 })
	stopped := make([]int, len(all))
	for i, address := range all[30:] {
		stops.Go(func() {
			h.gate.Block(h.tenant, address)
			defer h.gate.Unblock(h.tenant, address)
			defer h.gate.Stopped(h.tenant, address)
			err := h.db.InTenantTx(context.Background(), h.tenant, func(tx pgx.Tx) error {
				b := &pgx.Batch{}
				carrier.QueueOptOut(b, h.tenant, []carrier.Consent{{Address: address, Source: carrier.ByKeyword, Word: "stop", At: time.Now()}})
				return pg.CommitBatch(context.Background(), tx, b)
			})
			require.NoError(t, err)
			stopped[30+i] = len(h.desk.texts(address, ""))
		})
	}
	stops.Wait()
	h.eventually(t, "all decided", func() bool { s := h.state(t); return s["sent"]+s["cancelled"] == 180 })
	for i, address := range all {
		if i < 30 {
			require.Equal(t, []string{"1", "2", "3"}, h.desk.texts(address, ""))
		} else {
			require.Len(t, h.desk.texts(address, ""), stopped[i], "a text left after the STOP")
		}
	}
	h.eventually(t, "the pace rests", func() bool { return rests(t, h) })
}

func TestHeldTextsAreInNoClaimsWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 4 {
		h.notify(t, notices, people(1000+100*i, 100), "1", "2", "3", "4", "5")
	}
	plan := ""
	h.tx(t, func(tx pgx.Tx) error {
		for _, sql := range []string{"set local enable_seqscan = off", "set local enable_bitmapscan = off"} {
			if _, err := tx.Exec(context.Background(), sql); err != nil {
				return err
			}
		}
		rows, err := tx.Query(context.Background(), `explain (analyze, costs off, timing off, summary off) select m.id from messages m
			where m.tenant_id = $1 and m.number_id = (select min(id) from numbers) and m.status = 'queued' and not m.held
			order by m.bulk, m.id limit 200`, h.tenant)
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		plan = fmt.Sprint(lines)
		return err
	})
	require.Contains(t, plan, "messages_outbox")
	require.NotContains(t, plan, "Rows Removed")
}

func TestAHelpIsAnsweredThoughTextsAreHeld(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.notify(t, notices, people(1000, 1), "1", "2", "3", "4", "5")
	ann := people(1000, 1)[0]
	lanes := h.node(t, 1, time.Hour) // releases one text a while
	h.eventually(t, "the first is sent", func() bool { return h.desk.count() >= 1 })
	now := time.Now()
	h.tx(t, func(tx pgx.Tx) error {
		var thread id.Thread
		var number id.Number
		if err := tx.QueryRow(context.Background(), "select id, number_id from threads").Scan(&thread, &number); err != nil {
			return err
		}
		b := &pgx.Batch{}
		carrier.QueueMessages(b, h.tenant, []carrier.NewMessage{{
			Thread: thread, Number: number, Account: h.account, Direction: carrier.Out, Sender: carrier.FromSystem, Kind: carrier.KindHelp,
			OurAddress: notices, Address: ann, Body: "Help is near.", CreatedAt: now,
		}})
		return pg.CommitBatch(context.Background(), tx, b)
	})
	h.eventually(t, "answered", func() bool { return slices.Contains(h.desk.texts(ann, ""), "Help is near.") })
	require.NotZero(t, h.state(t)["held"])
	lanes.stop()
}

// On a young table too: no statistics are there yet.
func TestACallLooksUpItsOwnPairsAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	to := people(1000, 2000)
	h.exec(t, `with e as (insert into end_users (tenant_id, address) select $1, a from unnest($2::text[]) a returning id)
		insert into threads (tenant_id, number_id, end_user_id) select $1, (select id from numbers), id from e`, h.tenant, to)
	var plan string
	h.tx(t, func(tx pgx.Tx) error {
		now := time.Now()
		rows, err := tx.Query(context.Background(), "explain (analyze, costs off, timing off, summary off) "+smsapi.AddCallSQL, int64(h.tenant),
			one[int64](t, h, "select id from numbers"), int64(h.account), notices, now, now.Add(time.Hour), "one", []byte("[]"), []int{1, 1}, 200, to[:100],
			[]string{"One", "Two"})
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		plan = strings.Join(lines, "\n")
		return err
	})
	require.NotContains(t, plan, "Rows Removed", plan)
	require.NotContains(t, plan, "Seq Scan", plan)
}
