package chat

import (
	"context"
	"time"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
)

// ReceiveTogether takes texts in one group, whatever the timing.
func (s *Service) ReceiveTogether(ctx context.Context, t id.Tenant, account id.Account, ins ...wire.Inbound) error {
	texts := make([]*arrival, len(ins))
	for i, in := range ins {
		texts[i] = &arrival{account: account, in: in}
	}
	return s.receive(ctx, t, texts)
}

// ByClock lets a test say how much time has passed between two looks at the clock, as a monotonic clock would.
func (w *Sweeper) ByClock(passed func(last, now time.Time) time.Duration) { w.passed = passed }
