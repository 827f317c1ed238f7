package queues

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// Offer is a chat held out to one agent. It is a lease: accepted, declined, withdrawn or expired, it always has a next
// step (spec 1.7). A chat that is offered again is another Offer. The order of the fields is that of OpenOffers.
type Offer struct {
	ID           id.Offer
	Chat         id.Chat
	Agent        id.User
	Queue        id.Queue
	Lang         string
	EndUser      id.EndUser
	EndUserName  string
	Address      string // the consumer's number
	Preview      string // how the consumer began, the first 300 characters
	WaitingSince time.Time
	ExpiresAt    time.Time
	Transfer     int // the row that began it, when a colleague holds the chat out; ID is 0 then
	By           id.User
	ByName       string
	Note         string // of the colleague
}

// Open lists what an agent is offered, the longest wait first, in one round trip.
func (r *Router) Open(ctx context.Context, t id.Tenant, agent id.User) (offers []Offer, err error) {
	err = r.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(openOffers, t, agent).Query(collect(&offers))
	})
	if err != nil {
		return nil, fmt.Errorf("read the offers to agent %d: %w", agent, err)
	}
	return offers, nil
}

// Decline gives an offer back. The others keep theirs; the agent is asked again when nobody else is left, and not before
// the lease would have ended.
func (r *Router) Decline(ctx context.Context, t id.Tenant, chat id.Chat, agent id.User) error {
	closed, err := r.close(ctx, t, func(b *pgx.Batch) *pgx.QueuedQuery {
		b.Queue(holdAgents, t, []int64{int64(agent)})
		return b.Queue(declineOffer, r.now(), t, chat, agent)
	})
	switch {
	case err != nil:
		return fmt.Errorf("decline chat %d: %w", chat, err)
	case closed == 0:
		return errs.New(errs.OfferGone, "This chat is no longer offered to you")
	}
	r.tell(t, []id.User{agent})
	r.Wake(t)
	return nil
}

// AgentGone withdraws all that an agent is offered: they became unavailable, or their last socket closed. It is called
// after the commit that says so, and no offer is made to them afterwards.
func (r *Router) AgentGone(ctx context.Context, t id.Tenant, agent id.User) error {
	closed, err := r.close(ctx, t, func(b *pgx.Batch) *pgx.QueuedQuery {
		b.Queue(lockRouting, t) // a router that still saw them there has committed its offers
		b.Queue(holdAgents, t, []int64{int64(agent)})
		return b.Queue(withdrawOffers, r.now(), t, agent)
	})
	if err != nil {
		return fmt.Errorf("withdraw the offers to agent %d: %w", agent, err)
	}
	if closed > 0 {
		r.tell(t, []id.User{agent})
		r.Wake(t)
	}
	if r.Gone != nil {
		return r.Gone(ctx, t, agent)
	}
	return nil
}

// close runs statements of which the last one closes offers, and counts these.
func (r *Router) close(ctx context.Context, t id.Tenant, queue func(b *pgx.Batch) *pgx.QueuedQuery) (closed int64, err error) {
	err = r.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		queue(b).Exec(func(tag pgconn.CommandTag) error { closed = tag.RowsAffected(); return nil })
		return pg.CommitBatch(ctx, tx, b)
	})
	return closed, err
}
