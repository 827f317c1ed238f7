package chat

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// To is where a chat is transferred: a queue or an agent.
type To struct {
	Queue id.Queue
	Agent id.User
}

// Transfer hands an agent's chat to a queue or to another agent, who is asked first (spec 1.5, 1.7). The note is for the
// next agent. A closed queue is refused and the transcript says so. Errors: not_owner, chat_ended, conflict, at_limit, invalid_request, not_found.
func (s *Service) Transfer(ctx context.Context, t id.Tenant, chat id.Chat, by id.User, to To, note string) error {
	o := &operation{Service: s, tenant: t, chat: chat, event: Transfer{By: by, Queue: to.Queue, Agent: to.Agent, Note: note}, target: to.Agent}
	return o.do(ctx)
}

// RefuseTransfer lets a chat go that another agent holds out. Errors: offer_gone, not_found.
func (s *Service) RefuseTransfer(ctx context.Context, t id.Tenant, chat id.Chat, agent id.User) error {
	return (&operation{Service: s, tenant: t, chat: chat, event: TransferRefused{Agent: agent, Why: WhyDeclined}}).do(ctx)
}

// AgentGone returns every chat that is held out to an agent who has become unavailable or left. It is called after the
// commit that says so; should it fail, the leases run out.
func (s *Service) AgentGone(ctx context.Context, t id.Tenant, agent id.User) error {
	var chats []id.Chat
	err := s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(transfersTo, t, int64(agent)).Query(func(rows pgx.Rows) (err error) {
			chats, err = pgx.CollectRows(rows, pgx.RowTo[id.Chat])
			return err
		})
	})
	for _, c := range chats {
		gone := (&operation{Service: s, tenant: t, chat: c, event: TransferRefused{Agent: agent, Why: WhyGone}}).do(ctx)
		if errs.CodeOf(gone) != errs.OfferGone { // settled in the meantime
			err = errors.Join(err, gone)
		}
	}
	return err
}

// target is what Step must know of the agent who was found.
func (r *FindTargetRow) target(rules *Rules) Target {
	if r == nil {
		return Target{}
	}
	limit := rules.Settings(0).Count(tenant.AgentChatLimit)
	if r.ChatLimit != nil {
		limit = *r.ChatLimit
	}
	return Target{
		Name: r.Name, Exists: true, Serves: r.Serves, Free: limit - r.Held,
		Available: r.Connected && tenant.Status(r.Status) == tenant.Available,
	}
}
