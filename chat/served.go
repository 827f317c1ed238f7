package chat

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/queues"
)

// Served is a queue that an agent serves, with how many chats wait in it.
type Served struct {
	Queue   QueueRef
	Waiting int
}

// Served lists the queues that an agent serves in menu order: one round trip, unless the trees have changed since they were
// read last.
func (s *Service) Served(ctx context.Context, t id.Tenant, agent id.User) ([]Served, error) {
	var rows []ServedWaitingRow
	rules, err := s.freshRules(ctx, t, func(b *pgx.Batch) {
		b.Queue(servedWaiting, t, agent).Query(func(found pgx.Rows) (err error) {
			rows, err = pgx.CollectRows(found, pgx.RowToStructByPos[ServedWaitingRow])
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the queues that agent %d serves: %w", agent, err)
	}
	waiting := make(map[id.Queue]int, len(rows))
	for _, r := range rows {
		waiting[r.QueueID] = r.Waiting
	}
	out := []Served{}
	for _, n := range rules.Tree.Nodes() {
		if w, serves := waiting[n.ID]; serves && n.Leaf() && n.Channel == queues.SMS {
			out = append(out, Served{queueRef(rules.Tree, n.ID), w})
		}
	}
	return out, nil
}
