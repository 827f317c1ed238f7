// Package chat is the life of a chat: the state machine, the commands, the timers, the transcript (spec 1.2, 1.3, 1.5).
//
// Step decides and is pure; this service is the shell around it: lock the pair, step, save all in one transaction,
// commit, and only then tell anybody (DESIGN, the two ways through).
package chat

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/media"
	"sidetone/internal/event"
	"sidetone/internal/group"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/seal"
	"sidetone/internal/tenant"
)

// Config is what a Service works with.
type Config struct {
	DB      *pg.DB
	Gate    *carrier.Gate
	Publish func(event.Hint)                    // hints to agents and other nodes
	Wake    func(tenant id.Tenant, n id.Number) // this node's lanes
	Route   func(tenant id.Tenant)              // somebody may be offered something now
	// Estimate is the estimated wait of a leaf from memory, when it is known (spec 1.7). Nil: never known.
	Estimate func(tenant id.Tenant, q id.Queue) (wait time.Duration, known bool)
	Seal     *seal.Box      // keeps the opt-outs of who was erased; nil: nobody can be
	Media    *media.Service // nil: what consumers send is not fetched, and agents can send none
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  *Metrics // may be nil
}

// Service runs chats. Its methods are safe for concurrent use.
type Service struct {
	Config
	rules   *tenant.Versioned[*Rules]
	inbound *group.Committer[*arrival]
	known   known
	fresh   fresh
}

// Sizes of the groups in which inbound texts are committed. 2 committers are enough when groups are large
// (reference/performance-anchors 1.3); many tenants at a time have small ones.
const (
	committers = 4
	groupLimit = 200
)

// NewService starts the committers. Stop ends them.
func NewService(cfg Config) *Service {
	s := &Service{Config: cfg}
	s.rules = tenant.NewVersioned(cfg.DB, s.loadRules)
	s.inbound = group.New(committers, groupLimit, (*arrival).consumer, s.receive).Alone((*arrival).opens)
	return s
}

// loadRules reads a tenant's rules and lets them ask for estimated waits.
func (s *Service) loadRules(ctx context.Context, tx pgx.Tx, t id.Tenant) (*Rules, error) {
	r, err := LoadRules(ctx, tx, t)
	if err == nil && s.Estimate != nil {
		r.Wait = func(q id.Queue) (time.Duration, bool) { return s.Estimate(t, q) }
	}
	return r, err
}

// Stop finishes the texts that wait for their commit.
func (s *Service) Stop() { s.inbound.Stop() }

// Forget drops what is cached of a tenant; its settings have changed.
func (s *Service) Forget(t id.Tenant) { s.rules.Forget(t) }

// now is the time of one transaction, as exact as Postgres keeps it.
func (s *Service) now() time.Time { return s.Now().Truncate(time.Microsecond) }

// commit writes a transaction's work and ends it. For consumers who opt out the gate is closed first: no call to the
// carrier starts for them once the commit is there (invariant 3). The gate is told so even if the commit failed, because
// a lost answer does not say whether it did; the texts it holds back are claimed again and the list decides.
func (s *Service) commit(ctx context.Context, tx pgx.Tx, w *work) error {
	b := &pgx.Batch{}
	if err := w.queue(b); err != nil {
		return err
	}
	if stopped := w.stopped(); len(stopped) > 0 {
		s.Gate.Block(w.tenant, stopped...)
		defer s.Gate.Unblock(w.tenant, stopped...)
		defer s.Gate.Stopped(w.tenant, stopped...)
	}
	return pg.CommitBatch(ctx, tx, b)
}

// after tells everybody concerned what has been committed.
func (s *Service) after(w *work) {
	s.fresh.add(w)
	s.note(w)
	for n := range w.lanes {
		s.Wake(w.tenant, n)
	}
	for _, h := range w.hints() {
		s.Publish(h)
	}
	if w.route {
		s.Route(w.tenant)
	}
}
