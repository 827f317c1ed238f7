package queues

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
)

// Times of the rows in due, which are what keeps a waiting chat from being forgotten.
const (
	grace     = 2 * time.Second  // a new wait is routed by a wake long before
	pushed    = 10 * time.Second // a sweep that died is repeated then
	idle      = 5 * time.Minute  // nobody to offer it to: agents who come wake the router
	sweepMost = 200
)

// QueueWaiting adds to a transaction's last batch, as its last write, that these chats begin to wait for an agent. Wake
// the router after the commit; if the node dies before that, the row sees to it that another one looks.
func QueueWaiting(b *pgx.Batch, t id.Tenant, chats []id.Chat, now time.Time) {
	if len(chats) > 0 {
		b.Queue(expectRouting, t, now.Add(grace), id.Int64s(chats))
	}
}

// waiting lists the tenants that have chats to offer.
func (r *Router) waiting(ctx context.Context) (tenants []id.Tenant, err error) {
	err = r.DB.InTx(ctx, func(tx pgx.Tx) error {
		rows, err := sql.TenantsWaiting(ctx, tx)
		for _, t := range rows {
			tenants = append(tenants, id.Tenant(t))
		}
		return err
	})
	return tenants, err
}

// expire ends the leases that are due, of all tenants, and returns whose they were. What fails is tried again when its
// claim runs out, and stops nothing else.
func (r *Router) expire(ctx context.Context) (tenants []id.Tenant, err error) {
	for {
		now := r.now()
		chats, n, cerr := r.claimDue(ctx, now)
		if cerr != nil {
			return tenants, errors.Join(err, fmt.Errorf("claim due offers: %w", cerr))
		}
		for _, t := range slices.Sorted(maps.Keys(chats)) {
			if serr := r.settle(ctx, t, chats[t], now); serr != nil {
				err = errors.Join(err, fmt.Errorf("end offers of tenant %d: %w", t, serr))
				continue
			}
			tenants = append(tenants, t)
		}
		if n < sweepMost {
			return tenants, err
		}
	}
}

func (r *Router) claimDue(ctx context.Context, now time.Time) (chats map[id.Tenant][]int64, n int, err error) {
	chats = map[id.Tenant][]int64{}
	err = r.DB.InTx(ctx, func(tx pgx.Tx) error {
		rows, err := sql.ClaimOffers(ctx, tx, now.Add(pushed), now, sweepMost)
		for _, row := range rows {
			chats[row.TenantID] = append(chats[row.TenantID], row.Ref)
		}
		n = len(rows)
		return err
	})
	return chats, n, err
}

// settle closes the offers that ran out, gives each chat that still waits its next step, and forgets the others. Who missed
// an offer that was theirs alone may not be there: see tenant.QueueMissed. Who missed one to all keeps their status (spec 1.7).
func (r *Router) settle(ctx context.Context, t id.Tenant, chats []int64, now time.Time) error {
	var ended []ExpireOffersRow
	var missing []id.User // who are not available from now on
	err := r.DB.TenantBatch(ctx, t, func(b *pgx.Batch) {
		b.Queue(lockRouting, t)
		b.Queue(expireOffers, now, t, chats).Query(collect(&ended))
	}, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		slices.SortFunc(ended, func(a, b ExpireOffersRow) int { return cmp.Compare(a.UserID, b.UserID) }) // one order of locks for all
		for _, e := range ended {
			if !e.Missed {
				continue
			}
			settings, err := r.Settings(ctx, t, id.Queue(e.QueueID))
			if err != nil {
				return err
			}
			tenant.QueueMissed(b, t, e.UserID, settings.Count(tenant.MissedThreshold), now, &missing)
		}
		b.Queue(moveDue, now.Add(idle), t, chats, now.Add(pushed))
		b.Queue(dropDue, t, now.Add(pushed), chats)
		return pg.CommitBatch(ctx, tx, b)
	})
	if err != nil {
		return err
	}
	agents := map[id.User]bool{}
	for _, e := range ended {
		agents[e.UserID] = true
	}
	r.tell(t, slices.Sorted(maps.Keys(agents)))
	for _, a := range missing {
		r.Publish(event.Hint{Kind: event.AgentChanged, Tenant: t, User: a})
		err = errors.Join(err, r.AgentGone(ctx, t, a))
	}
	return err
}
