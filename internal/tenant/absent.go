package tenant

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// ExpectReturn notes until when a user without a socket may come back before they are unresponsive (spec 1.7).
func ExpectReturn(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User, by time.Time) error {
	if err := sql.ExpectReturn(ctx, tx, tenant, int64(user), by); err != nil {
		return fmt.Errorf("expect user %d back: %w", user, err)
	}
	return nil
}

// Absent is an agent who has become unresponsive.
type Absent struct {
	Tenant id.Tenant
	User   id.User
}

// SweepAbsent makes those unresponsive who are available and did not come back in time. Their chats stay theirs. Every
// node may call it at any time.
func SweepAbsent(ctx context.Context, db *pg.DB, now time.Time) (absent []Absent, err error) {
	err = db.InTx(ctx, func(tx pgx.Tx) error {
		rows, err := sql.ClaimAbsent(ctx, tx, now)
		if err != nil {
			return err
		}
		due := map[id.Tenant][]int64{}
		for _, row := range rows {
			due[row.TenantID] = append(due[row.TenantID], row.Ref)
		}
		for _, t := range slices.Sorted(maps.Keys(due)) {
			if err := pg.SetTenant(ctx, tx, t); err != nil {
				return err
			}
			users, err := sql.MarkUnresponsive(ctx, tx, t, now, due[t])
			if err != nil {
				return err
			}
			for _, u := range users {
				absent = append(absent, Absent{t, u})
			}
			if err := sql.ForgetAbsent(ctx, tx, t, due[t]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sweep absent agents: %w", err)
	}
	return absent, nil
}
