package chat

import (
	"context"
	"time"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
	"sidetone/queues"
)

// ReceiveTogether takes texts in one group, whatever the timing.
func (s *Service) ReceiveTogether(ctx context.Context, t id.Tenant, account id.Account, ins ...wire.Inbound) error {
	texts := make([]*arrival, len(ins))
	for i, in := range ins {
		texts[i] = &arrival{account: account, in: in}
	}
	return s.receive(ctx, t, texts)
}

// ByClock lets a test say how much time has passed between two looks at the clock, as a monotonic clock would.
func (w *Sweeper) ByClock(passed func(last, now time.Time) time.Duration) { w.passed = passed }

// ListStatement is what a page of a list asks the database.
func ListStatement(t id.Tenant, f Filter, tree *queues.Tree, p Page) (string, []any, error) {
	q, err := f.query(t, tree, p)
	if err != nil {
		return "", nil, err
	}
	return q.page(), q.args, nil
}

// Place is that of a chat in a list, by when it began.
func Place(began time.Time, chat id.Chat) string {
	return (&listQuery{}).place(placed{chat, began.UnixMicro()})
}

// FindConsumers is what a search asks the database.
const FindConsumers = findConsumers
