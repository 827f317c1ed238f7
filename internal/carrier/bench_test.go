package carrier_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/twilio"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
)

// BenchmarkTexts compares the lanes with the barest loop that could be called an outbox, in the same run: claim 200, hand
// over with 32 senders, mark the batch (reference 1.4). Both use the same adapter, carrier and database.
func BenchmarkTexts(b *testing.B) {
	h := newHouse(b)
	client, sim, _ := twilioAt(b, h.ours, "")
	const consumers, each = 2000, 10
	var lanes, bare float64
	for b.Loop() {
		h.bulk(b, consumers, each)
		began := time.Now()
		bareLoop(b, h, client)
		bare = max(bare, consumers*each/time.Since(began).Seconds())
		require.Equal(b, 0, h.tally(b)["queued"])
		h.exec(b, "delete from messages")

		h.bulk(b, consumers, each)
		taken := sim.Stats().Accepted
		began = time.Now()
		l := carrier.NewLanes(carrier.Config{
			DB: h.db, Node: 1, Gate: carrier.NewGate(time.Now), Log: slog.New(slog.DiscardHandler),
			Senders: func(context.Context, id.Account) (carrier.Sender, error) { return client, nil },
		})
		l.Start()
		eventually(b, func() bool { return sim.Stats().Accepted-taken == consumers*each }, "all handed over")
		eventually(b, func() bool { return h.tally(b)["sent"] == consumers*each }, "all recorded")
		lanes = max(lanes, consumers*each/time.Since(began).Seconds())
		l.Stop()
		h.exec(b, "delete from messages")
	}
	b.ReportMetric(lanes, "texts/s")
	b.ReportMetric(bare, "bare/s")
	b.ReportMetric(lanes/bare, "of-bare")
}

func bareLoop(b *testing.B, h *house, client *twilio.Client) {
	ctx := context.Background()
	type job struct {
		id       int64
		to, body string
	}
	var claim sync.Mutex
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				var jobs []job
				claim.Lock()
				err := h.db.InTenantTx(ctx, h.tenant, func(tx pgx.Tx) error {
					rows, err := tx.Query(ctx, `update messages set status = 'sending', claimed_at = now(), epoch = 1 where tenant_id = $1 and id in (
						select id from messages where tenant_id = $1 and number_id = $2 and status = 'queued' order by id limit 200 for update skip locked)
						returning id, address, body`, h.tenant, h.number)
					if err != nil {
						return err
					}
					jobs, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (j job, err error) {
						return j, row.Scan(&j.id, &j.to, &j.body)
					})
					return err
				})
				claim.Unlock()
				if err != nil {
					b.Error(err)
					return
				}
				if len(jobs) == 0 {
					return
				}
				ids, sids := make([]int64, len(jobs)), make([]string, len(jobs))
				var next atomic.Int64
				var senders sync.WaitGroup
				for range 32 {
					senders.Go(func() {
						for i := int(next.Add(1)) - 1; i < len(jobs); i = int(next.Add(1)) - 1 {
							acc, err := client.Send(ctx, wire.Outbound{Ref: jobs[i].id, From: h.ours, To: jobs[i].to, Text: jobs[i].body})
							if err != nil {
								b.Error(err)
							}
							ids[i], sids[i] = jobs[i].id, acc.ProviderID
						}
					})
				}
				senders.Wait()
				err = h.db.InTenantTx(ctx, h.tenant, func(tx pgx.Tx) error {
					_, err := tx.Exec(ctx, `update messages m set status = 'sent', provider_id = r.sid from unnest($2::bigint[], $3::text[]) r(id, sid)
						where tenant_id = $1 and m.id = r.id`, h.tenant, ids, sids)
					return err
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkReceipts says how many receipts a second are on file when 256 callbacks wait at a time; two for each text.
func BenchmarkReceipts(b *testing.B) {
	h := newHouse(b)
	r := h.receipts(b, nil)
	const texts = 10_000
	best := 0.0
	for b.Loop() {
		ms := h.sent(b, texts)
		var next atomic.Int64
		var callbacks sync.WaitGroup
		began := time.Now()
		for range 256 {
			callbacks.Go(func() {
				for i := int(next.Add(1)) - 1; i < 2*texts; i = int(next.Add(1)) - 1 {
					got := wire.Receipt{ProviderID: fmt.Sprint("SM", i/2+1), MessageRef: int64(ms[i/2].ID), Status: wire.Sent, At: began}
					if i%2 == 1 {
						got.Status = wire.Delivered
					}
					if err := r.Apply(context.Background(), h.tenant, h.account, got); err != nil {
						b.Error(err)
					}
				}
			})
		}
		callbacks.Wait()
		best = max(best, 2*texts/time.Since(began).Seconds())
		require.Equal(b, map[string]int{"delivered": texts}, h.tally(b))
		h.exec(b, "update messages set provider_id = null, direction = 'in', status = 'received'") // out of the next round's way
	}
	b.ReportMetric(best, "receipts/s")
}
