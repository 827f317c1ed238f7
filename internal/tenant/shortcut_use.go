package tenant

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

// Uses is how often a shortcut was sent (spec 6, 4.6).
type Uses struct {
	Month int64 // today and the 29 days before, in UTC
	Total int64
}

// ShortcutUses tells it of all of a tenant's; one that was never sent is not there.
func ShortcutUses(ctx context.Context, tx pgx.Tx, tenant id.Tenant, now time.Time) (map[id.Shortcut]Uses, error) {
	rows, err := sql.ShortcutUses(ctx, tx, now, tenant)
	if err != nil {
		return nil, fmt.Errorf("count the uses of the shortcuts of tenant %d: %w", tenant, err)
	}
	out := make(map[id.Shortcut]Uses, len(rows))
	for _, r := range rows {
		out[r.ShortcutID] = Uses{r.Month, r.Total}
	}
	return out, nil
}

// QueueShortcutUse counts a shortcut along with the text that it was sent in. One that is not there counts nothing. It is the
// last lock of its transaction: agents who send the same shortcut wait for one another here.
func QueueShortcutUse(b *pgx.Batch, tenant id.Tenant, of id.Shortcut, now time.Time) {
	b.Queue(countShortcut, now, tenant, of)
}
