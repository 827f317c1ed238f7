package media

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// Tidy removes what is older than the tenant keeps media (spec 1.1, retention), uploads that were never sent, and the files
// of what was erased. 0 is every tenant.
func (s *Service) Tidy(ctx context.Context, t id.Tenant) error {
	if t == 0 {
		return s.eachTenant(ctx, func(t id.Tenant) error { return s.tidy(ctx, t) })
	}
	return s.tidy(ctx, t)
}

func (s *Service) tidy(ctx context.Context, t id.Tenant) error {
	settings, err := s.Settings(ctx, t)
	if err != nil {
		return err
	}
	keptSince := time.Time{}
	if d := settings.Duration(tenant.RetainMedia); d > 0 {
		keptSince = s.Now().Add(-d)
	}
	for {
		n, err := s.expire(ctx, t, keptSince)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	for {
		n, err := s.remove(ctx, t)
		if err != nil || n == 0 {
			return err
		}
	}
}

// expire erases rows, some at a time; transcripts say so from then on.
func (s *Service) expire(ctx context.Context, t id.Tenant, keptSince time.Time) (n int, err error) {
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		texts, err := sql.Expire(ctx, tx, ExpireParams{
			Now: s.Now(), Tenant: t, KeptSince: keptSince, UnsentSince: s.Now().Add(-unsentTime),
		})
		if err != nil {
			return err
		}
		n = len(texts)
		return sql.Show(ctx, tx, t, texts)
	})
	return n, err
}

// remove deletes the files of what is erased, then notes that they are gone: after a crash they are deleted again.
func (s *Service) remove(ctx context.Context, t id.Tenant) (int, error) {
	var doomed []id.Media
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) (err error) {
		doomed, err = sql.Doomed(ctx, tx, t)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, m := range doomed {
		if err := s.Blobs.Delete(ctx, key(t, m)); err != nil {
			return 0, err
		}
	}
	if len(doomed) == 0 {
		return 0, nil
	}
	return len(doomed), s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error { return sql.Removed(ctx, tx, t, id.Int64s(doomed)) })
}
