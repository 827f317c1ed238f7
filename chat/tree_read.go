package chat

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"sidetone/chat/command"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/queues"
)

// freshRules are the rules as they are in the database now, with what queue reads in the same round trip. Only when the
// cached ones are older are they read anew.
func (s *Service) freshRules(ctx context.Context, t id.Tenant, queue func(b *pgx.Batch)) (*Rules, error) {
	rules, version, err := s.rules.Load(ctx, t)
	for range 5 {
		if err != nil {
			return nil, err
		}
		check := tenant.Check{Version: version}
		err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
			check.Queue(b, t)
			if queue != nil {
				queue(b)
			}
		})
		if !errors.Is(err, tenant.ErrStale) {
			return rules, err
		}
		rules, version, err = s.rules.AtLeast(ctx, t, check.Now)
	}
	return nil, errs.New(errs.Unavailable, "the settings of tenant %d change too fast", t)
}

// QueueHeld is a queue with what it holds.
type QueueHeld struct {
	*queues.Node
	Path string
	Held queues.Count
}

// QueueTree is the trees of a tenant in menu order, SMS before calls, with what each queue holds: one round trip, unless the
// trees have changed since they were read last.
func (s *Service) QueueTree(ctx context.Context, t id.Tenant) ([]QueueHeld, error) {
	var counts []queues.Count
	rules, err := s.freshRules(ctx, t, func(b *pgx.Batch) { queues.QueueCounts(b, t, &counts) })
	if err != nil {
		return nil, err
	}
	held := make(map[id.Queue]queues.Count, len(counts))
	for _, c := range counts {
		held[c.Queue] = c
	}
	var out []QueueHeld
	for _, channel := range []string{queues.SMS, queues.IVR} {
		for _, n := range rules.Tree.Nodes() {
			if n.Channel == channel {
				out = append(out, QueueHeld{n, rules.Tree.Path(n.ID), held[n.ID]})
			}
		}
	}
	return out, nil
}

// Queue is one of them. Errors: not_found.
func (s *Service) Queue(ctx context.Context, t id.Tenant, q id.Queue) (QueueHeld, error) {
	all, err := s.QueueTree(ctx, t)
	if err != nil {
		return QueueHeld{}, err
	}
	for _, h := range all {
		if h.ID == q {
			return h, nil
		}
	}
	return QueueHeld{}, noQueue()
}

// ReadCommand says what a text would mean if a consumer sent it now. It stores nothing.
func (s *Service) ReadCommand(ctx context.Context, t id.Tenant, text string) (command.Match, error) {
	rules, err := s.freshRules(ctx, t, nil)
	if err != nil {
		return command.Match{}, err
	}
	return rules.Words.Match(text), nil
}
