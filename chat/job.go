package chat

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/job"
)

// RetainArgs asks for the daily erasing of what was kept long enough, of all tenants.
type RetainArgs struct{}

// Kind names the job.
func (RetainArgs) Kind() string { return "chat_retain" }

// retainTime is one try of it; the next one goes on where it came to.
const retainTime = 50 * time.Second

// Kinds are the jobs of chats.
func (s *Service) Kinds() []job.Kind {
	return []job.Kind{
		job.Define(job.Options{Workers: 1, Timeout: retainTime, Once: true}, func(ctx context.Context, _ RetainArgs, _ job.Try) error {
			return s.retainAll(ctx)
		}),
	}
}

// Periodic are the jobs of chats that come by themselves.
func (s *Service) Periodic() []job.Periodic {
	return []job.Periodic{{Every: 24 * time.Hour, AtStart: true, Args: RetainArgs{}}}
}

func (s *Service) retainAll(ctx context.Context) error {
	var tenants []id.Tenant
	err := s.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		tenants, err = carrier.NewQueries().ActiveTenants(ctx, tx)
		return err
	})
	failed := []error{err}
	for _, t := range tenants {
		_, _, err := s.Retain(ctx, t)
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}
