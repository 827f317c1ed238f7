package queues

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
)

// RouterConfig is what a Router works with.
type RouterConfig struct {
	DB       *pg.DB
	Publish  func(event.Hint) // to the agents concerned, on whichever node
	Settings func(ctx context.Context, t id.Tenant, q id.Queue) (tenant.Settings, error)
	// InHours says whether a queue is open; chats of a closed one are offered to nobody. Nil: every queue is always open.
	InHours func(ctx context.Context, t id.Tenant, q id.Queue, at time.Time) (bool, error)
	// Gone is told with AgentGone, for what colleagues hold out to that agent. It may be nil.
	Gone func(ctx context.Context, t id.Tenant, agent id.User) error
	// Answer accepts an offer for an agent whose queue answers by itself. Nil: no queue does.
	Answer func(ctx context.Context, t id.Tenant, chat id.Chat, agent id.User) error
	Now    func() time.Time
	Log    *slog.Logger
}

// Router offers waiting chats to agents (spec 1.7). Every node runs one; nodes share nothing but the database, where a
// tenant is routed by one of them at a time. What is wanted is told by Wake; a wake that is lost (a node died after a
// commit) is made up for by a look every few seconds at all tenants with waiting chats.
type Router struct {
	RouterConfig
	turns chan struct{} // bounds the connections that routing may hold
	told  chan struct{} // and those of what is done about a routing

	mu      sync.Mutex
	stop    context.CancelFunc // nil unless running
	ctx     context.Context
	working map[id.Tenant]bool // tenants at work; true: once more afterwards
	running sync.WaitGroup
}

// Paces of a router.
const (
	sweepEvery = 250 * time.Millisecond // offers end on time
	lookEvery  = 5 * time.Second        // lost wakes are noticed
	breath     = 5 * time.Millisecond   // between two runs for a tenant: what comes meanwhile is one run
	afterMiss  = 20 * time.Millisecond  // a chat was being changed, so it was passed over
	afterError = time.Second
	atOnce     = 4 // tenants
)

// NewRouter prepares a router; Start runs it.
func NewRouter(cfg RouterConfig) *Router {
	return &Router{RouterConfig: cfg, turns: make(chan struct{}, atOnce), told: make(chan struct{}, atOnce), working: map[id.Tenant]bool{}}
}

// Start routes until Stop. To start what runs does nothing.
func (r *Router) Start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		return
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	ctx := r.ctx
	r.running.Go(func() { r.loop(ctx) })
}

// Stop ends what is under way and waits for it; the transactions that it interrupts save nothing. It may be called twice.
func (r *Router) Stop() {
	r.mu.Lock()
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
	r.mu.Unlock()
	r.running.Wait()
}

// Wake says that somebody of a tenant may be offered something now: a chat waits, an agent came or has a slot free. It
// returns at once, and many wakes make one run. A router that is not running looks for itself when it starts.
func (r *Router) Wake(t id.Tenant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop == nil {
		return
	}
	if _, busy := r.working[t]; busy {
		r.working[t] = true
		return
	}
	r.working[t] = false
	ctx := r.ctx
	r.running.Go(func() { r.work(ctx, t) })
}

// work routes a tenant until nobody has asked for more.
func (r *Router) work(ctx context.Context, t id.Tenant) {
	for {
		pause, more := r.turn(ctx, t)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		r.mu.Lock()
		if ctx.Err() != nil || (!more && !r.working[t]) {
			delete(r.working, t)
			r.mu.Unlock()
			return
		}
		r.working[t] = false
		r.mu.Unlock()
	}
}

// turn routes a tenant once, says how long to pause, and whether it must be done again in any case.
func (r *Router) turn(ctx context.Context, t id.Tenant) (pause time.Duration, more bool) {
	select {
	case <-ctx.Done():
		return 0, false
	case r.turns <- struct{}{}:
	}
	defer func() { <-r.turns }()
	missed, err := r.route(ctx, t)
	switch {
	case ctx.Err() != nil:
		return 0, false
	case err != nil:
		r.Log.Error("route", "tenant", t, "error", err)
		return afterError, true
	case missed:
		return afterMiss, true
	}
	return breath, false
}

// loop is the clock of a router: it ends leases and looks for lost wakes.
func (r *Router) loop(ctx context.Context) {
	sweep, look := time.NewTicker(sweepEvery), time.NewTicker(lookEvery)
	defer sweep.Stop()
	defer look.Stop()
	r.look(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			r.look(ctx)
		case <-sweep.C:
			r.sweep(ctx)
		}
	}
}

// look wakes every tenant that has a chat waiting.
func (r *Router) look(ctx context.Context) {
	tenants, err := r.waiting(ctx)
	if err != nil {
		r.complain(ctx, "look for waiting chats", err)
	}
	for _, t := range tenants {
		r.Wake(t)
	}
}

// sweep ends the leases that are due and wakes the tenants they belong to.
func (r *Router) sweep(ctx context.Context) {
	tenants, err := r.expire(ctx)
	if err != nil {
		r.complain(ctx, "sweep of offers", err)
	}
	for _, t := range tenants {
		r.Wake(t)
	}
}

func (r *Router) complain(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		r.Log.Error(what, "error", err)
	}
}

// runOnce does at once what a running router does by and by: it ends leases, then routes all that waits.
func (r *Router) runOnce(ctx context.Context) error {
	if _, err := r.expire(ctx); err != nil {
		return err
	}
	tenants, err := r.waiting(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		if _, err := r.route(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// now is the time of one transaction, as exact as Postgres keeps it.
func (r *Router) now() time.Time { return r.Now().Truncate(time.Microsecond) }

// tell lets agents look at their offers again.
func (r *Router) tell(t id.Tenant, agents []id.User) {
	for _, a := range agents {
		r.Publish(event.Hint{Kind: event.OffersChanged, Tenant: t, User: a})
	}
}
