package queues

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
)

// Estimate is what the wait in a queue depends on.
type Estimate struct {
	Waiting int           // chats in the queue
	Mean    time.Duration // handle time of the last 20 chats that ended; negative: none has
	Agents  int           // logged in
	Slots   int           // chats they may have together: agents × concurrency
}

// Behind is the estimated wait of a chat with so many ahead of it, in whole seconds: (ahead + 1) × mean handle time ÷
// (logged-in agents × concurrency) (spec 1.7). It is unknown without agents, and before the first chat has ended.
func (e Estimate) Behind(ahead int) (wait time.Duration, known bool) {
	if e.Slots <= 0 || e.Mean < 0 || ahead < 0 {
		return 0, false
	}
	return (time.Duration(ahead+1) * e.Mean / time.Duration(e.Slots)).Round(time.Second), true
}

// Wait is the estimated wait of the next chat to come.
func (e Estimate) Wait() (wait time.Duration, known bool) { return e.Behind(e.Waiting) }

// EstimatesConfig is what Estimates work with.
type EstimatesConfig struct {
	DB       *pg.DB
	Settings func(ctx context.Context, t id.Tenant, q id.Queue) (tenant.Settings, error)
	Now      func() time.Time
	Log      *slog.Logger
}

// Estimates keeps the estimates of tenants that ask for them. A text must not wait for one, so it gets what memory has;
// that is read anew every few seconds, all queues of a tenant in one query, as long as somebody asks.
type Estimates struct {
	EstimatesConfig

	mu     sync.Mutex
	houses map[id.Tenant]*house
}

// house is the estimates of one tenant. byQueue is never changed.
type house struct {
	byQueue map[id.Queue]Estimate
	read    time.Time
	asked   time.Time
}

const (
	estimateFresh  = 5 * time.Second
	estimateStale  = 30 * time.Second // older ones are unknown
	estimateWanted = time.Hour        // nobody has asked for so long: it is read no more
)

// NewEstimates prepares them; Run keeps them up to date.
func NewEstimates(cfg EstimatesConfig) *Estimates {
	return &Estimates{EstimatesConfig: cfg, houses: map[id.Tenant]*house{}}
}

// Known is the estimated wait of the next chat of a queue, from memory. The first who asks for a tenant gets none.
func (e *Estimates) Known(t id.Tenant, q id.Queue) (wait time.Duration, known bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := e.houses[t]
	if h == nil {
		h = &house{}
		e.houses[t] = h
	}
	h.asked = e.Now()
	if h.asked.Sub(h.read) > estimateStale {
		return 0, false
	}
	return h.byQueue[q].Wait() // a queue that is not there has no slots
}

// Read reads the estimate of a queue, for those who can wait for it.
func (e *Estimates) Read(ctx context.Context, t id.Tenant, q id.Queue) (Estimate, error) {
	all, err := e.query(ctx, t, q)
	return all[q], err
}

// Run reads what is wanted until ctx ends.
func (e *Estimates) Run(ctx context.Context) error {
	ticker := time.NewTicker(estimateFresh / 5)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := e.refresh(ctx); err != nil && ctx.Err() == nil {
				e.Log.Warn("estimate the waits", "error", err)
			}
		}
	}
}

// refresh reads what is no longer fresh and forgets what nobody wants.
func (e *Estimates) refresh(ctx context.Context) (err error) {
	now := e.Now()
	var old []id.Tenant
	e.mu.Lock()
	for t, h := range e.houses {
		switch {
		case now.Sub(h.asked) > estimateWanted:
			delete(e.houses, t)
		case now.Sub(h.read) >= estimateFresh:
			old = append(old, t)
		}
	}
	e.mu.Unlock()
	for _, t := range old {
		all, qerr := e.query(ctx, t, 0)
		if qerr != nil {
			err = errors.Join(err, qerr)
			continue
		}
		e.mu.Lock()
		if h := e.houses[t]; h != nil {
			h.byQueue, h.read = all, now
		}
		e.mu.Unlock()
	}
	return err
}

func (e *Estimates) query(ctx context.Context, t id.Tenant, q id.Queue) (map[id.Queue]Estimate, error) {
	settings, err := e.Settings(ctx, t, 0)
	if err != nil {
		return nil, fmt.Errorf("estimate waits of tenant %d: %w", t, err)
	}
	var rows []WaitsRow
	err = e.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(waits, settings.Count(tenant.AgentChatLimit), t, int64(q)).Query(collect(&rows))
	})
	if err != nil {
		return nil, fmt.Errorf("estimate waits of tenant %d: %w", t, err)
	}
	out := make(map[id.Queue]Estimate, len(rows))
	for _, r := range rows {
		out[r.ID] = Estimate{
			Waiting: r.Waiting, Mean: time.Duration(r.MeanSeconds * float64(time.Second)), Agents: r.Agents, Slots: r.Slots,
		}
	}
	return out, nil
}
