package chat

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Consumer is a person who texts with the tenant.
type Consumer struct {
	EndUser
	Lang      string
	Since     time.Time // their first text, or ours
	OptedOut  bool
	ConsentAt time.Time // since when they may be texted, or not
}

// Consumer reads one. Errors: not_found.
func (s *Service) Consumer(ctx context.Context, t id.Tenant, of id.EndUser) (Consumer, error) {
	var found []FindEndUserRow
	err := s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(findEndUser, t, of).Query(func(rows pgx.Rows) (err error) {
			found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[FindEndUserRow])
			return err
		})
	})
	if err == nil && len(found) == 0 {
		err = errs.New(errs.NotFound, "There is no such customer")
	}
	if err != nil {
		return Consumer{}, err
	}
	r := found[0]
	return Consumer{EndUser: EndUser{r.ID, r.Name, r.Address}, Lang: r.Lang, Since: r.CreatedAt, OptedOut: r.OptedOut, ConsentAt: r.ConsentAt}, nil
}

// ChatsOf lists a consumer's chats with all of the tenant's numbers, the latest first, 50 at most.
func (s *Service) ChatsOf(ctx context.Context, t id.Tenant, of id.EndUser) ([]View, error) {
	return s.views(ctx, t, listOfEndUser, t, of)
}

// Knows says whether an agent has or had a chat with a consumer.
func (s *Service) Knows(ctx context.Context, t id.Tenant, of id.EndUser, agent id.User) (knows bool, err error) {
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(knowsEndUser, t, of, int64(agent)).QueryRow(func(row pgx.Row) error { return row.Scan(&knows) })
	})
	return knows, err
}
