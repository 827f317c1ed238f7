package chat

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"sidetone/internal/id"
)

// Sizes of a sweep.
const (
	sweepEvery = 250 * time.Millisecond
	sweepMost  = 200
)

var sql = NewQueries() // holds nothing

// Sweeper turns due times into events, whichever node a chat was touched by last. Timers are rows: a sweep that is
// missed is made up for by the next one.
type Sweeper struct {
	service *Service
	hold    hold
	looked  time.Time // at the clocks, the monotonic one too
	beaten  time.Time // when this node last wrote down that it sweeps
	passed  func(last, now time.Time) time.Duration
	stop    chan struct{}
	once    sync.Once
	running sync.WaitGroup
}

// NewSweeper prepares a sweeper; Start runs it.
func NewSweeper(s *Service) *Sweeper {
	return &Sweeper{service: s, passed: passed, stop: make(chan struct{})}
}

// Start sweeps until Stop.
func (w *Sweeper) Start() {
	w.running.Go(func() {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-tick.C:
				if err := w.RunOnce(context.Background()); err != nil {
					w.service.Log.Error("sweep of timers", "error", err)
				}
			}
		}
	})
}

// Stop waits for the sweep under way. It may be called twice.
func (w *Sweeper) Stop() {
	w.once.Do(func() { close(w.stop) })
	w.running.Wait()
}

// RunOnce fires every timer that is due now, but for ends that are held. A chat that fails is left for the next sweep and
// does not stop the others.
func (w *Sweeper) RunOnce(ctx context.Context) error {
	if err := w.watch(ctx); err != nil {
		return err
	}
	for {
		due, err := w.claim(ctx)
		if err != nil {
			return fmt.Errorf("claim due timers: %w", err)
		}
		for _, d := range due {
			if err := w.service.fire(ctx, d.TenantID, id.Chat(d.Ref), &w.hold); err != nil {
				w.service.Log.Error("fire a timer", "tenant", d.TenantID, "chat", d.Ref, "error", err)
			}
		}
		if len(due) < sweepMost {
			return w.service.sweepGone(ctx)
		}
	}
}

func (w *Sweeper) claim(ctx context.Context) (due []ClaimDueRow, err error) {
	err = w.service.DB.InTx(ctx, func(tx pgx.Tx) error {
		due, err = sql.ClaimDue(ctx, tx, w.service.now(), pgtype.Interval{Microseconds: lease.Microseconds(), Valid: true}, sweepMost)
		return err
	})
	return due, err
}
