package chat

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// Targets are where a chat can be transferred, as of now: the transfer itself looks again.
type Targets struct {
	Left   int // transfers that the chat may still have
	Queues []TargetQueue
	Agents []TargetAgent
}

// TargetQueue is a queue with what a chat would find there.
type TargetQueue struct {
	QueueRef
	Waiting int
	Free    int // agents who could take a chat of it now
	Open    bool
	Change  time.Time // when it closes or opens; zero: it does not
}

// TargetAgent is a colleague, and why they can't be asked now; nil when they can.
type TargetAgent struct {
	User   UserRef
	Status tenant.Status
	Held   int // slots in use
	Limit  int
	Why    *errs.Error
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
	waiting, free := map[id.Queue]int{}, map[id.Queue]int{}
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(listTargets, s.now(), chat, t).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ListTargetsRow])
			for _, r := range found {
				one := FindTargetRow{Name: r.Name, ChatLimit: r.ChatLimit, Status: r.Status, Connected: r.Connected, Serves: r.Serves, Held: r.Held}
				to := one.target(rules)
				out.Agents = append(out.Agents, TargetAgent{
					User: UserRef{r.ID, r.Name}, Status: tenant.Status(r.Status), Held: r.Held, Limit: to.Free + r.Held, Why: to.takes(),
				})
				if to.Available && to.Free > 0 {
					for _, q := range r.ServedQueues {
						free[id.Queue(q)]++
					}
				}
			}
			return err
		})
		b.Queue(waitingOfQueues, t).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[WaitingOfQueuesRow])
			for _, r := range found {
				waiting[id.Queue(r.QueueID)] = r.Waiting
			}
			return err
		})
	})
	for _, n := range rules.Tree.Nodes() {
		if n.Leaf() && n.Channel != "ivr" {
			hours := rules.Calendar(n.ID)
			out.Queues = append(out.Queues, TargetQueue{
				QueueRef: queueRef(rules.Tree, n.ID), Waiting: waiting[n.ID], Free: free[n.ID],
				Open: hours.Open(s.now()), Change: hours.NextChange(s.now()),
			})
		}
	}
	return out, err
}
