package chat

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// retainAtOnce is how many rows one transaction of retention looks at.
const retainAtOnce = 500

// Retain erases what a tenant has kept as long as its settings say (spec 1.1): the words of texts, and the carrier's
// receipts. Media have a job of their own. It goes on from where it came to, by id, so that no index on the age is needed;
// it may be stopped and run again at any time. It reports how many rows it has dealt with.
func (s *Service) Retain(ctx context.Context, t id.Tenant) (texts, attempts int, err error) {
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return 0, 0, err
	}
	set, now := rules.Settings(0), s.now()
	if kept := set.Duration(tenant.RetainTexts); kept > 0 {
		if texts, err = s.retain(ctx, t, "texts", now.Add(-kept), s.retainTexts); err != nil {
			return texts, 0, err
		}
	}
	if kept := set.Duration(tenant.RetainAttempts); kept > 0 {
		attempts, err = s.retain(ctx, t, "attempts", now.Add(-kept), s.retainReceipts)
	}
	return texts, attempts, err
}

// retain runs one kind in steps until it meets what is still kept. A step says how many rows it dealt with, and the last.
func (s *Service) retain(ctx context.Context, t id.Tenant, kind string, before time.Time,
	step func(ctx context.Context, tx pgx.Tx, t id.Tenant, after int64, before time.Time) (n int, last int64, err error),
) (total int, err error) {
	for {
		n := 0
		err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
			after, err := sql.RetentionDone(ctx, tx, t, kind)
			if err != nil {
				return err
			}
			last := int64(0)
			if n, last, err = step(ctx, tx, t, after, before); err != nil || n == 0 {
				return err
			}
			return sql.SaveRetention(ctx, tx, t, kind, last)
		})
		if err != nil {
			return total, fmt.Errorf("retention of %s: %w", kind, err)
		}
		if total += n; n < retainAtOnce {
			return total, nil
		}
	}
}

func (s *Service) retainTexts(ctx context.Context, tx pgx.Tx, t id.Tenant, after int64, before time.Time) (n int, last int64, err error) {
	rows, err := sql.OldestTexts(ctx, tx, t, id.Message(after), retainAtOnce)
	if err != nil {
		return 0, 0, err
	}
	var texts, chats []int64
	for _, r := range rows {
		if !r.CreatedAt.Before(before) {
			break
		}
		n, last = n+1, int64(r.ID)
		texts = append(texts, int64(r.ID))
		if r.ChatID != 0 {
			chats = append(chats, r.ChatID)
		}
	}
	if n == 0 {
		return 0, 0, nil
	}
	return n, last, s.eraseWords(ctx, tx, t, texts, chats, s.now(), before)
}

func (s *Service) retainReceipts(ctx context.Context, tx pgx.Tx, t id.Tenant, after int64, before time.Time) (n int, last int64, err error) {
	rows, err := sql.OldestReceipts(ctx, tx, t, after, retainAtOnce)
	if err != nil {
		return 0, 0, err
	}
	var ids []int64
	for _, r := range rows {
		if !r.At.Before(before) {
			break
		}
		n, last = n+1, r.ID
		ids = append(ids, r.ID)
	}
	return n, last, sql.DropReceipts(ctx, tx, t, ids)
}
