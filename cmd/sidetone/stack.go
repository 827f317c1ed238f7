package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// stack is what was started, to be stopped in the reverse order.
type stack struct {
	log   *slog.Logger // may be nil
	steps []step
}

type step struct {
	name string
	stop func(context.Context) error
	hard bool // it must run even when the time is over
}

// add pushes an unnamed step that must run.
func (s *stack) add(stop func(context.Context) error) { s.push("", stop, true) }

func (s *stack) push(name string, stop func(context.Context) error, hard bool) {
	s.steps = append(s.steps, step{name, stop, hard})
}

// stepTime is what a step gets that must run although the time is over.
const stepTime = 3 * time.Second

// run stops everything, the last first. A step that takes too long is left behind: whoever told us to stop will not wait
// for ever, and what it leaves is what a crash would leave, which the next start mends.
func (s *stack) run(ctx context.Context) error {
	var failed []error
	for i := len(s.steps) - 1; i >= 0; i-- {
		st := s.steps[i]
		began := time.Now()
		err := st.within(ctx)
		if err != nil && st.name != "" {
			err = fmt.Errorf("stop %s: %w", st.name, err)
		}
		if s.log != nil && st.name != "" {
			s.log.Debug("stopped", "part", st.name, "took", time.Since(began).Round(time.Millisecond), "error", err)
		}
		failed = append(failed, err)
	}
	s.steps = nil
	return errors.Join(failed...)
}

func (st step) within(ctx context.Context) error {
	if st.hard && (ctx.Err() != nil || left(ctx) < stepTime) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), stepTime)
		defer cancel()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- st.stop(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select { // it may have ended because the time did
	case err := <-ended:
		return err
	case <-time.After(50 * time.Millisecond):
		return ctx.Err()
	}
}

func left(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return time.Hour
	}
	return time.Until(deadline)
}
