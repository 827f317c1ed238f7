package console

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/openapi/gen/common"
	gen "sidetone/openapi/gen/console"
	"sidetone/queues"
	"sidetone/web/edge"
)

// ListNumbers gives the tenant's numbers in the order they were added, with how they do.
func (s *server) ListNumbers(ctx context.Context, _ gen.ListNumbersRequestObject) (gen.ListNumbersResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin, tenant.RoleDeveloper)
	if err != nil {
		return nil, err
	}
	out, err := s.numbers(ctx, session.Tenant.ID)
	return gen.ListNumbers200JSONResponse(out), err
}

// GetNumber gives one of them.
func (s *server) GetNumber(ctx context.Context, req gen.GetNumberRequestObject) (gen.GetNumberResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin, tenant.RoleDeveloper)
	if err != nil {
		return nil, err
	}
	out, err := s.number(ctx, session.Tenant.ID, id.Number(req.NumberId))
	return gen.GetNumber200JSONResponse(out), err
}

// AddNumber adds a number; it must be verified before a queue can have it.
func (s *server) AddNumber(ctx context.Context, req gen.AddNumberRequestObject) (gen.AddNumberResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	in := req.Body
	draft := carrier.NewNumber{
		Address: in.Address, Label: or(in.Label, ""), Account: id.Account(or(in.AccountId, 0)),
		Capabilities:      capabilities(or(in.Capabilities, []gen.Capability{carrier.CanReceive, carrier.CanSend})),
		SegmentsPerSecond: or(in.SegmentsPerSecond, 1), OptOutResponder: string(or(in.OptOutResponder, carrier.PlatformAnswers)),
	}
	var made carrier.Number
	err = s.changeNumbers(ctx, session, func(tx pgx.Tx) error {
		made, err = carrier.AddNumber(ctx, tx, session.Tenant.ID, draft, by(session), s.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	return gen.AddNumber201JSONResponse(number(ctx, made, carrier.Health{})), nil
}

// EditNumber changes a number.
func (s *server) EditNumber(ctx context.Context, req gen.EditNumberRequestObject) (gen.EditNumberResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	in := req.Body
	edit := carrier.NumberEdit{Label: in.Label, SegmentsPerSecond: in.SegmentsPerSecond}
	if in.AccountId != nil {
		edit.Account = new(id.Account(*in.AccountId))
	}
	if in.Capabilities != nil {
		edit.Capabilities = new(capabilities(*in.Capabilities))
	}
	if in.OptOutResponder != nil {
		edit.OptOutResponder = new(string(*in.OptOutResponder))
	}
	of := id.Number(req.NumberId)
	err = s.changeNumbers(ctx, session, func(tx pgx.Tx) error {
		_, err := carrier.EditNumber(ctx, tx, session.Tenant.ID, of, edit, by(session), s.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	out, err := s.number(ctx, session.Tenant.ID, of)
	return gen.EditNumber200JSONResponse(out), err
}

// RemoveNumber removes a number that nothing uses.
func (s *server) RemoveNumber(ctx context.Context, req gen.RemoveNumberRequestObject) (gen.RemoveNumberResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	err = s.changeNumbers(ctx, session, func(tx pgx.Tx) error {
		return carrier.RemoveNumber(ctx, tx, session.Tenant.ID, id.Number(req.NumberId), by(session), s.Now())
	})
	return gen.RemoveNumber204Response{}, err
}

// VerifyNumbers asks the carrier about several numbers (spec 1.1, rule 2).
func (s *server) VerifyNumbers(ctx context.Context, req gen.VerifyNumbersRequestObject) (gen.VerifyNumbersResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	done, err := s.Accounts.Verify(ctx, session.Tenant.ID, ids[id.Number](req.Body.NumberIds), by(session))
	if err != nil {
		return nil, err
	}
	s.Publish(event.Hint{Kind: event.Settings, Tenant: session.Tenant.ID})
	out := make(gen.VerifyNumbers200JSONResponse, len(done))
	for i, v := range done {
		out[i] = gen.Verification{
			NumberId: wire(v.Number.ID), Address: v.Number.Address, Outcome: gen.VerificationOutcomeUnchanged,
			Status: gen.NumberStatus(v.Number.Status), StatusText: edge.Say(ctx, carrier.StatusText(v.Number.Status)), Reason: orNil(edge.Say(ctx, v.Reason)),
		}
		switch {
		case v.Decided && v.Number.Verified():
			out[i].Outcome = gen.VerificationOutcomeVerified
		case v.Decided:
			out[i].Outcome = gen.VerificationOutcomeFailed
		}
	}
	return out, nil
}

// AssignNumber lets the texts to a number go to a queue.
func (s *server) AssignNumber(ctx context.Context, req gen.AssignNumberRequestObject) (gen.AssignNumberResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	of := id.Number(req.NumberId)
	err = s.changeNumbers(ctx, session, func(tx pgx.Tx) error {
		_, err := carrier.AssignNumber(ctx, tx, session.Tenant.ID, of, id.Queue(req.Body.QueueId), by(session), s.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	out, err := s.number(ctx, session.Tenant.ID, of)
	return gen.AssignNumber200JSONResponse(out), err
}

// UnassignNumber takes a number from its queue.
func (s *server) UnassignNumber(ctx context.Context, req gen.UnassignNumberRequestObject) (gen.UnassignNumberResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	err = s.changeNumbers(ctx, session, func(tx pgx.Tx) error {
		_, err := carrier.AssignNumber(ctx, tx, session.Tenant.ID, id.Number(req.NumberId), 0, by(session), s.Now())
		return err
	})
	return gen.UnassignNumber204Response{}, err
}

// SetGlobalOutbound makes a number the one global outbound number.
func (s *server) SetGlobalOutbound(ctx context.Context, req gen.SetGlobalOutboundRequestObject) (gen.SetGlobalOutboundResponseObject, error) {
	err := s.globalOutbound(ctx, id.Number(req.NumberId), true)
	return gen.SetGlobalOutbound204Response{}, err
}

// UnsetGlobalOutbound leaves the tenant without one.
func (s *server) UnsetGlobalOutbound(ctx context.Context, req gen.UnsetGlobalOutboundRequestObject) (gen.UnsetGlobalOutboundResponseObject, error) {
	err := s.globalOutbound(ctx, id.Number(req.NumberId), false)
	return gen.UnsetGlobalOutbound204Response{}, err
}

func (s *server) globalOutbound(ctx context.Context, of id.Number, on bool) error {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return err
	}
	return s.changeNumbers(ctx, session, func(tx pgx.Tx) error {
		_, err := carrier.SetGlobalOutbound(ctx, tx, session.Tenant.ID, of, on, by(session), s.Now())
		return err
	})
}

// GetQueueNumbers says which numbers feed a queue, and which it sends from.
func (s *server) GetQueueNumbers(ctx context.Context, req gen.GetQueueNumbersRequestObject) (gen.GetQueueNumbersResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin, tenant.RoleDeveloper)
	if err != nil {
		return nil, err
	}
	out, err := s.queueNumbers(ctx, session.Tenant.ID, id.Queue(req.QueueId))
	return gen.GetQueueNumbers200JSONResponse(out), err
}

// SetQueueOutboundNumbers says anew which numbers a queue sends from (spec 1.1, rule 5).
func (s *server) SetQueueOutboundNumbers(ctx context.Context, req gen.SetQueueOutboundNumbersRequestObject) (gen.SetQueueOutboundNumbersResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	of := id.Queue(req.QueueId)
	err = s.changeNumbers(ctx, session, func(tx pgx.Tx) error {
		return carrier.SetSendingNumbers(ctx, tx, session.Tenant.ID, of, ids[id.Number](req.Body.NumberIds), by(session), s.Now())
	})
	if err != nil {
		return nil, err
	}
	out, err := s.queueNumbers(ctx, session.Tenant.ID, of)
	return gen.SetQueueOutboundNumbers200JSONResponse(out), err
}

// changeNumbers is a transaction that changes numbers; carrier raises the settings version in it.
func (s *server) changeNumbers(ctx context.Context, session tenant.Session, fn func(tx pgx.Tx) error) error {
	if err := s.DB.InTenantTx(ctx, session.Tenant.ID, fn); err != nil {
		return err
	}
	s.Publish(event.Hint{Kind: event.Settings, Tenant: session.Tenant.ID})
	return nil
}

// numbers are read as they are, not as caches have them: whoever has just changed one sees it.
func (s *server) numbers(ctx context.Context, t id.Tenant) ([]gen.Number, error) {
	var all []carrier.Number
	var health map[id.Number]carrier.Health
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) (err error) {
		if all, err = carrier.Numbers(ctx, tx, t); err != nil {
			return err
		}
		health, err = carrier.NumbersHealth(ctx, tx, t, s.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]gen.Number, len(all))
	for i, n := range all {
		out[i] = number(ctx, n, health[n.ID])
	}
	return out, nil
}

func (s *server) number(ctx context.Context, t id.Tenant, of id.Number) (gen.Number, error) {
	all, err := s.numbers(ctx, t)
	if err != nil {
		return gen.Number{}, err
	}
	i := slices.IndexFunc(all, func(n gen.Number) bool { return n.Id == wire(of) })
	if i < 0 {
		return gen.Number{}, errs.New(errs.NotFound, "There is no such number").At("number_id")
	}
	return all[i], nil
}

func (s *server) queueNumbers(ctx context.Context, t id.Tenant, q id.Queue) (gen.QueueNumbers, error) {
	var all []carrier.Number
	var nodes []queues.Node
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) (err error) {
		if all, err = carrier.Numbers(ctx, tx, t); err != nil {
			return err
		}
		nodes, err = queues.Nodes(ctx, tx, t)
		return err
	})
	if err != nil {
		return gen.QueueNumbers{}, err
	}
	tree := queues.NewTree(nodes, strings.ToLower)
	if n := tree.Node(q); n == nil || n.Channel == "ivr" {
		return gen.QueueNumbers{}, errs.New(errs.NotFound, "There is no such SMS queue").At("queue_id")
	}
	sends, from := carrier.SendingNumbers(all, tree.Chain(q))
	out := gen.QueueNumbers{InboundIds: []common.ID{}, OutboundIds: []common.ID{}, Sends: []gen.NumberRef{}, SendsFrom: gen.QueueNumbersSendsFrom(from)}
	places := map[common.ID]int{}
	for _, n := range all {
		if n.Queue == q {
			out.InboundIds = append(out.InboundIds, wire(n.ID))
		}
		for _, sv := range n.Serves {
			if sv.Queue == q {
				out.OutboundIds, places[wire(n.ID)] = append(out.OutboundIds, wire(n.ID)), sv.Place
			}
		}
	}
	slices.SortFunc(out.OutboundIds, func(a, b common.ID) int { return cmp.Compare(places[a], places[b]) })
	for _, n := range sends {
		out.Sends = append(out.Sends, gen.NumberRef{Id: wire(n.ID), Address: n.Address, Label: n.Label})
	}
	return out, nil
}

func number(ctx context.Context, n carrier.Number, h carrier.Health) gen.Number {
	out := gen.Number{
		Id: wire(n.ID), Address: n.Address, Label: n.Label, AccountId: wire(n.Account), Capabilities: make([]gen.Capability, len(n.Capabilities)),
		Status: gen.NumberStatus(n.Status), StatusText: edge.Say(ctx, carrier.StatusText(n.Status)), CheckError: orNil(edge.Say(ctx, carrier.CheckReason(n.CheckError))),
		OutboundQueueIds: make([]common.ID, len(n.Serves)), SegmentsPerSecond: n.SegmentsPerSecond,
		OptOutResponder: gen.OptOutResponder(n.OptOutResponder), GlobalOutbound: n.GlobalOutbound,
		Health: gen.NumberHealth{
			PauseReason: orNil(h.PauseReason), Queued: int32(h.Queued), Ended24h: int32(h.Ended), Failed24h: int32(h.Bad), ErrorRate24h: h.ErrorRate(),
		},
	}
	for i, c := range n.Capabilities {
		out.Capabilities[i] = gen.Capability(c)
	}
	for i, sv := range n.Serves {
		out.OutboundQueueIds[i] = wire(sv.Queue)
	}
	if n.Queue != 0 {
		out.QueueId = new(wire(n.Queue))
	}
	if n.CheckedAt != nil {
		out.CheckedAt = new(n.CheckedAt.UTC())
	}
	if h.LastSentAt != nil {
		out.Health.LastSentAt = new(h.LastSentAt.UTC())
	}
	return out
}

func capabilities(in []gen.Capability) []string {
	out := make([]string, len(in))
	for i, c := range in {
		out[i] = string(c)
	}
	return out
}
