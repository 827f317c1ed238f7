package chat

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// Targets are where a chat can be transferred, as of now: the transfer itself looks again.
type Targets struct {
	Left   int // transfers that the chat may still have
	Queues []QueueRef
	Agents []TargetAgent
}

// TargetAgent is a colleague, and why they can't be asked now; empty when they can.
type TargetAgent struct {
	User   UserRef
	Status tenant.Status
	Why    string
}

// Targets lists the queues and the agents to whom a chat can go. Errors: not_found.
func (s *Service) Targets(ctx context.Context, t id.Tenant, chat id.Chat) (out Targets, err error) {
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return out, err
	}
	view, err := s.View(ctx, t, chat)
	if err != nil {
		return out, err
	}
	out.Left = max(0, rules.Settings(view.Queue.ID).Count(tenant.MaxTransfers)-view.Transfers)
	for _, n := range rules.Tree.Nodes() {
		if n.Leaf() && n.Channel != "ivr" {
			out.Queues = append(out.Queues, queueRef(rules.Tree, n.ID))
		}
	}
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(listTargets, s.now(), chat, t).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ListTargetsRow])
			for _, r := range found {
				one := FindTargetRow{Name: r.Name, ChatLimit: r.ChatLimit, Status: r.Status, Connected: r.Connected, Serves: r.Serves, Held: r.Held}
				a := TargetAgent{User: UserRef{r.ID, r.Name}, Status: tenant.Status(r.Status)}
				if refused := one.target(rules).takes(); refused != nil {
					a.Why = refused.Message
				}
				out.Agents = append(out.Agents, a)
			}
			return err
		})
	})
	return out, err
}
