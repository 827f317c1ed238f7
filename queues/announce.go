package queues

import (
	"context"

	"sidetone/internal/id"
)

// answer accepts offers for agents whose queues answer by themselves. One that can't be accepted now is missed by nobody:
// its lease ends, and the chat is offered again.
func (r *Router) answer(ctx context.Context, t id.Tenant, offers []ClaimRow) {
	for _, o := range offers {
		r.inTurn(ctx, func() {
			if err := r.Answer(ctx, t, o.ChatID, o.UserID); err != nil && ctx.Err() == nil {
				r.Log.Warn("answer for an agent", "tenant", t, "chat", o.ChatID, "user", o.UserID, "error", err)
			}
		})
	}
}

// inTurn does something about a routing that has been committed, a few at a time, and does not hold up the next one. Stop
// waits for it.
func (r *Router) inTurn(ctx context.Context, do func()) {
	r.running.Go(func() {
		select {
		case <-ctx.Done():
		case r.told <- struct{}{}:
			defer func() { <-r.told }()
			do()
		}
	})
}
