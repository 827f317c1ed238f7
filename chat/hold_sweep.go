package chat

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// beatEvery is how often a node writes down that timers are swept; longDown is measured by it.
const beatEvery = 10 * time.Second

// watch looks at the clocks before a sweep, and writes down now and then that this node sweeps.
func (w *Sweeper) watch(ctx context.Context) error {
	at := w.service.Now()
	now := at.Round(0).Truncate(time.Microsecond)
	if w.beaten.IsZero() {
		if err := w.firstWatch(ctx, now); err != nil {
			return err
		}
		w.looked, w.beaten = at, now
		return nil
	}
	if w.hold.sweep(now, w.passed(w.looked, at)) {
		w.service.Log.Warn("the clock has jumped: no timer ends a chat for a while", "until", w.hold.until)
	}
	w.looked = at
	if now.Sub(w.beaten).Abs() < beatEvery {
		return nil
	}
	w.beaten = now
	return w.service.DB.InTx(ctx, func(tx pgx.Tx) error { return sql.SaveSweep(ctx, tx, now, nil) })
}

// firstWatch learns how long nobody swept, and agrees with the nodes that start at the same time.
func (w *Sweeper) firstWatch(ctx context.Context, now time.Time) error {
	err := w.service.DB.InTx(ctx, func(tx pgx.Tx) error {
		last, err := sql.LastSweep(ctx, tx)
		if err != nil {
			return err
		}
		var seen, held time.Time
		for _, l := range last {
			seen, held = l.SeenAt, at(l.HeldUntil)
		}
		var until *time.Time
		if w.hold.start(now, seen, held) {
			w.service.Log.Warn("nobody swept the timers for long: none ends a chat for a while", "last", seen, "until", w.hold.until)
			until = &w.hold.until
		}
		return sql.SaveSweep(ctx, tx, now, until)
	})
	if err != nil {
		return fmt.Errorf("look for the last sweep: %w", err)
	}
	return nil
}

// passed is what the monotonic clock says. Times without one (of a test) agree with the wall clock.
func passed(last, now time.Time) time.Duration { return now.Sub(last) }

// held says whether a timer would end the chat but must not now; then its row is moved to when it is tried again. The end of
// a chat whose consumer has opted out is no timer's matter.
func (o *operation) held(ctx context.Context, tx pgx.Tx, c Chat) (bool, error) {
	now := o.w.now
	if o.hold == nil || !o.hold.holding(now) && !o.hold.pacing(now) {
		return false, nil
	}
	next, _, err := Step(c, o.event, now)
	if err != nil || c.Status.Final() || !next.Status.Final() || c.Pair.OptedOut {
		return false, err
	}
	if o.hold.pacing(now) {
		turn, err := sql.PaceExpiry(ctx, tx, o.tenant, now)
		if err != nil || turn == 1 {
			return false, err
		}
	}
	o.w.setDue(c.ID, o.hold.later(o.tenant, now))
	return true, nil
}
