package tenant

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
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

// mostShortcuts is with how many shortcuts a text can be written.
const mostShortcuts = 10

// CheckShortcuts refuses a list that no text was written with.
func CheckShortcuts(used []id.Shortcut) error {
	if len(used) > mostShortcuts {
		return errs.Field("shortcut_ids", "A text is written with at most %d shortcuts", mostShortcuts)
	}
	return nil
}

// QueueShortcutUses counts shortcuts along with the text that they were sent in, each once. One that is not there counts
// nothing. They are the last locks of their transaction: agents who send the same shortcut wait for one another here.
func QueueShortcutUses(b *pgx.Batch, tenant id.Tenant, used []id.Shortcut, now time.Time) {
	if len(used) > 0 {
		b.Queue(countShortcuts, now, tenant, used)
	}
}
