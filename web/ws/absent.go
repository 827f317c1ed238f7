package ws

import (
	"context"
	"time"

	"sidetone/internal/event"
	"sidetone/internal/tenant"
)

// absentEvery is how often a node looks for agents who did not come back.
const absentEvery = time.Second

// sweepAbsent looks for agents who did not come back, until ctx ends.
func (h *Hub) sweepAbsent(ctx context.Context) {
	ticker := time.NewTicker(absentEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		absent, err := tenant.SweepAbsent(ctx, h.DB, h.Now())
		if err != nil && ctx.Err() == nil {
			h.Log.Warn("look for absent agents", "error", err)
		}
		for _, a := range absent {
			h.Log.Info("agent unresponsive", "tenant", a.Tenant, "user", a.User)
			h.Bus.Publish(event.Hint{Kind: event.AgentChanged, Tenant: a.Tenant, User: a.User})
		}
	}
}
