package queues

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sidetone/internal/id"
)

// openOnly takes the queues that are closed now away from those who serve them: their chats wait for the opening and are
// offered to nobody until then (spec 1.4). At the opening the chats themselves ask for a route.
func (r *Router) openOnly(ctx context.Context, t id.Tenant, free []FreeAgentsRow, now time.Time) error {
	if r.InHours == nil {
		return nil
	}
	open := map[int64]bool{}
	for i := range free {
		for _, q := range free[i].Serves {
			if _, known := open[q]; known {
				continue
			}
			is, err := r.InHours(ctx, t, id.Queue(q), now)
			if err != nil {
				return fmt.Errorf("ask whether queue %d is open: %w", q, err)
			}
			open[q] = is
		}
		free[i].Serves = slices.DeleteFunc(free[i].Serves, func(q int64) bool { return !open[q] })
	}
	return nil
}
