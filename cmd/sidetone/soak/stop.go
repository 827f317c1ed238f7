package soak

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/cmd/sidetone/rig"
	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

const (
	queuedEach  = 20   // texts of each consumer that a STOP races (reference G, test 2)
	stoppers    = 16   // STOPs at a time
	linesPerSec = 2500 // so that the queue lasts while the STOPs come
)

// Stops lets consumers say STOP while texts to them wait and leave, and finds the texts that left too late.
func Stops(ctx context.Context, o Options) ([]Violation, error) {
	o.Texts = cmp.Or(o.Texts, 1000)
	o.defaults()
	fmt.Fprintf(o.Out, "seed %d: %d consumers say STOP, %d texts queued for each\n", o.Seed, o.Texts, queuedEach)
	r, err := rig.Start(ctx, o.Rig)
	if err != nil {
		return nil, err
	}
	found, err := stops(ctx, o, r)
	return found, errors.Join(err, r.Close())
}

func stops(ctx context.Context, o Options, r *rig.Rig) (violations []Violation, err error) {
	houses, err := r.Furnish(ctx, rig.Plan{Houses: 1, Chats: o.Texts, PerAgent: 20, PerSecond: linesPerSec})
	if err != nil {
		return nil, err
	}
	h := houses[0]
	if err := queueTexts(ctx, r, h); err != nil {
		return nil, err
	}
	server, err := r.Serve(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if err := until(ctx, r, "the lane is at work", time.Minute,
		"select case when exists (select from messages where status = 'sent') then 0 else 1 end"); err != nil {
		return nil, err
	}
	said, err := sayStop(ctx, o, r, h)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, server.Log())
	}
	if err := until(ctx, r, "every text is settled", settleWithin, unsettled); err != nil {
		return nil, err
	}
	return judgeStops(ctx, o, r, said)
}

// queueTexts fills the outbox, a text to each consumer in turn.
func queueTexts(ctx context.Context, r *rig.Rig, h rig.House) error {
	type pair struct {
		Thread  id.Thread
		Number  id.Number
		Address string
	}
	return r.DB.InTenantTx(ctx, h.Tenant, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, `select t.id, t.number_id, e.address from threads t join end_users e on e.id = t.end_user_id and e.tenant_id = t.tenant_id
			where t.tenant_id = $1`, h.Tenant) // its error is in the rows
		pairs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[pair])
		if err != nil {
			return fmt.Errorf("read the pairs: %w", err)
		}
		now := time.Now()
		b := &pgx.Batch{}
		for i := range queuedEach {
			ms := make([]carrier.NewMessage, len(pairs))
			for j, p := range pairs {
				ms[j] = carrier.NewMessage{
					Thread: p.Thread, Number: p.Number, Account: h.Account, Direction: carrier.Out, Sender: carrier.FromAPI,
					OurAddress: h.Leaf, Address: p.Address, Body: fmt.Sprintf("News number %d", i), CreatedAt: now,
				}
			}
			carrier.QueueMessages(b, h.Tenant, ms)
		}
		return pg.CommitBatch(ctx, tx, b)
	})
}

// sayStop lets every consumer text STOP, spread over the time the queue lasts, in a random order.
func sayStop(ctx context.Context, o Options, r *rig.Rig, h rig.House) ([]Stop, error) {
	random := rand.New(rand.NewPCG(o.Seed, 2)) //nolint:gosec // to be repeated, not to be secret
	order := random.Perm(len(h.Consumers))
	lasts := time.Duration(len(h.Consumers)) * queuedEach * time.Second / linesPerSec * 8 / 10
	out := make([]Stop, len(order))
	errs := make([]error, stoppers)
	var team sync.WaitGroup
	began := time.Now()
	for s := range stoppers {
		team.Go(func() {
			l := &line{address: r.Address}
			defer l.hangUp()
			for i := s; i < len(order); i += stoppers {
				time.Sleep(time.Until(began.Add(lasts * time.Duration(i) / time.Duration(len(order)))))
				from := h.Consumers[order[i]]
				err := l.post(ctx, r.Webhook(h, rig.Text{ID: rig.TextID('s', i), From: from, To: h.Leaf, Body: "STOP"}))
				out[i] = Stop{from, time.Now()}
				if err != nil {
					errs[s] = fmt.Errorf("say STOP: %w", err)
					return
				}
			}
		})
	}
	team.Wait()
	return out, errors.Join(errs...)
}

func judgeStops(ctx context.Context, o Options, r *rig.Rig, said []Stop) ([]Violation, error) {
	type kind struct {
		ID           int64
		Kind, Status string
	}
	texts, err := all[kind](ctx, r, "select id, kind, status from messages where direction = 'out'")
	if err != nil {
		return nil, err
	}
	kinds, cancelled := map[int64]string{}, 0
	for _, t := range texts {
		kinds[t.ID] = t.Kind
		if t.Status == "cancelled" {
			cancelled++
		}
	}
	took, err := given(ctx, r)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(o.Out, "%d STOPs; of %d texts queued %d were cancelled; the carrier was given %d, confirmations included\n",
		len(said), queuedEach*len(said), cancelled, len(took))
	return CheckStops(said, took, kinds), nil
}
