package carrier

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

// HealthOver is how far back the endings of texts count.
const HealthOver = 24 * time.Hour

// Health is how a number does.
type Health struct {
	PauseReason string     // why nothing is sent; empty when it is
	LastSentAt  *time.Time // when the carrier last took a text; some seconds old
	Queued      int        // texts that wait, up to 100,000
	Ended       int        // of the latest texts of a day, up to 10,000: those whose end is known
	Bad         int        // of these: failed or undelivered
}

// ErrorRate is the share of texts that did not arrive; 0 when nothing is known.
func (h Health) ErrorRate() float64 {
	if h.Ended == 0 {
		return 0
	}
	return float64(h.Bad) / float64(h.Ended)
}

// NumbersHealth says how the numbers of a tenant do.
func NumbersHealth(ctx context.Context, tx pgx.Tx, t id.Tenant, now time.Time) (map[id.Number]Health, error) {
	rows, err := NewQueries().NumbersHealth(ctx, tx, t, now.Add(-HealthOver))
	if err != nil {
		return nil, fmt.Errorf("read the health of the numbers of tenant %d: %w", t, err)
	}
	out := make(map[id.Number]Health, len(rows))
	for _, r := range rows {
		out[r.ID] = Health{PauseReason: r.PauseReason, LastSentAt: r.LastSentAt, Queued: r.Queued, Ended: r.Ended, Bad: r.Bad}
	}
	return out, nil
}
