package console

import (
	"context"

	"sidetone/chat"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
)

// ListDismissed gives the chats that whoever asks has laid aside.
func (s *server) ListDismissed(ctx context.Context, _ gen.ListDismissedRequestObject) (gen.ListDismissedResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	sight, err := s.sight(ctx)
	if err != nil {
		return nil, err
	}
	views, err := s.Chats.Dismissed(ctx, session.Tenant.ID, session.User.ID)
	if err != nil {
		return nil, err
	}
	out := make(gen.ListDismissed200JSONResponse, len(views))
	for i, v := range views {
		out[i].ChatId, out[i].Queue, out[i].DismissedAt, out[i].Preview = wire(v.ID), queueNamed(v.Queue), v.DismissedAt.UTC(), v.Preview
		out[i].EndUser.Id, out[i].EndUser.Name, out[i].EndUser.Number = wire(v.EndUser.ID), orNil(v.EndUser.Name), sight.Number(v.EndUser.Address)
	}
	return out, nil
}

// ResumeChat takes a dismissed chat back into its queue (spec 1.5): its last agent, a manager or an admin.
func (s *server) ResumeChat(ctx context.Context, req gen.ResumeChatRequestObject) (gen.ResumeChatResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	of := id.Chat(req.ChatId)
	if _, err := s.mayRead(ctx, of); err != nil {
		return nil, err
	}
	supervisor := session.User.Has(tenant.RoleManager, tenant.RoleAdmin)
	if err := s.Chats.ResumeCall(ctx, session.Tenant.ID, of, session.User.ID, supervisor); err != nil {
		return nil, err
	}
	return gen.ResumeChat204Response{}, nil
}

// EndChat ends a chat by a supervisor.
func (s *server) EndChat(ctx context.Context, req gen.EndChatRequestObject) (gen.EndChatResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	if err := s.Chats.EndBy(ctx, session.Tenant.ID, id.Chat(req.ChatId), session.User.ID); err != nil {
		return nil, err
	}
	return gen.EndChat204Response{}, nil
}

// ListTransferTargets says where a chat can be transferred.
func (s *server) ListTransferTargets(ctx context.Context, req gen.ListTransferTargetsRequestObject) (gen.ListTransferTargetsResponseObject, error) {
	if _, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin); err != nil {
		return nil, err
	}
	of := id.Chat(req.ChatId)
	t, err := s.mayRead(ctx, of)
	if err != nil {
		return nil, err
	}
	targets, err := s.Chats.Targets(ctx, t, of)
	if err != nil {
		return nil, err
	}
	out := gen.ListTransferTargets200JSONResponse{Left: int32(targets.Left), Queues: make([]gen.TransferQueue, len(targets.Queues))}
	for i, q := range targets.Queues {
		out.Queues[i] = gen.TransferQueue{
			Id: wire(q.ID), Name: q.Name, Path: q.Path, Waiting: int32(q.Waiting), Free: int32(q.Free), Open: q.Open, ChangesAt: timeOrNil(q.Change),
		}
	}
	out.Agents = sized(out.Agents, len(targets.Agents))
	for i, a := range targets.Agents {
		to := &out.Agents[i]
		to.Id, to.Name, to.Status, to.Takes, to.Why = wire(a.User.ID), a.User.Name, string(a.Status), a.Why == nil, nil
		if a.Why != nil {
			to.Why = new(edge.Say(ctx, a.Why))
		}
		to.Held, to.Limit = int32(a.Held), int32(a.Limit)
	}
	return out, nil
}

// ListOutboundOptions says what whoever asks may text first from, and about whom it is to go to where they say so.
func (s *server) ListOutboundOptions(ctx context.Context, req gen.ListOutboundOptionsRequestObject) (gen.ListOutboundOptionsResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	choices, err := s.Chats.OutboundChoices(ctx, session.Tenant.ID, session.User.ID)
	if err != nil {
		return nil, err
	}
	out := gen.ListOutboundOptions200JSONResponse{Enabled: choices.Enabled, QuietHours: gen.OutboundOptionsQuietHours(choices.Quiet)}
	out.From = sized(out.From, len(choices.From))
	for i, f := range choices.From {
		to := &out.From[i]
		to.Queue = *queueNamed(f.Queue)
		to.Numbers = sized(to.Numbers, len(f.Numbers))
		for k, n := range f.Numbers {
			to.Numbers[k].Number, to.Numbers[k].Label, to.Numbers[k].SegmentsPerSecond = n.Address, n.Label, float32(n.SegmentsPerSecond)
		}
	}
	if req.Params.To != nil {
		to, err := s.Chats.RecipientAt(ctx, session.Tenant.ID, *req.Params.To)
		if err != nil {
			return nil, err
		}
		out.To = &gen.Recipient{Number: string(to.Number), Name: orNil(to.Name), OptedOut: to.OptedOut, Quiet: to.Quiet, TimeZone: onlyZone(to.Number)}
	}
	return out, nil
}

// ListMyQueues says how many wait in the queues that whoever asks serves.
func (s *server) ListMyQueues(ctx context.Context, _ gen.ListMyQueuesRequestObject) (gen.ListMyQueuesResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	served, err := s.Chats.Served(ctx, session.Tenant.ID, session.User.ID)
	if err != nil {
		return nil, err
	}
	out := make(gen.ListMyQueues200JSONResponse, len(served))
	for i, q := range served {
		out[i] = gen.MyQueue{Queue: *queueNamed(q.Queue), Waiting: int32(q.Waiting)}
	}
	return out, nil
}

// sized is a list of so many; the contract's lists within answers have types without names.
func sized[T any](_ []T, n int) []T { return make([]T, n) }

func queueNamed(q chat.QueueRef) *gen.QueueRef {
	if q.ID == 0 {
		return nil
	}
	return &gen.QueueRef{Id: wire(q.ID), Name: q.Name, Path: q.Path}
}
