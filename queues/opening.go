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
func (r *Router) openOnly(ctx context.Context, t id.Tenant, agents []Agent, now time.Time) error {
	if r.InHours == nil {
		return nil
	}
	open := map[id.Queue]bool{}
	for i := range agents {
		for _, s := range agents[i].Queues {
			if _, known := open[s.Queue]; known {
				continue
			}
			is, err := r.InHours(ctx, t, s.Queue, now)
			if err != nil {
				return fmt.Errorf("ask whether queue %d is open: %w", s.Queue, err)
			}
			open[s.Queue] = is
		}
		agents[i].Queues = slices.DeleteFunc(agents[i].Queues, func(s Serves) bool { return !open[s.Queue] })
	}
	return nil
}
