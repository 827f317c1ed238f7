package console

import (
	"cmp"
	"context"
	"slices"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// ListQueues gives the SMS queue tree in menu order.
func (s *server) ListQueues(ctx context.Context, _ gen.ListQueuesRequestObject) (gen.ListQueuesResponseObject, error) {
	tree, err := s.Chats.Tree(ctx, callOf(ctx).session.Tenant.ID)
	if err != nil {
		return nil, err
	}
	out := gen.ListQueues200JSONResponse{}
	for _, n := range tree.Nodes() {
		if n.Channel == "ivr" {
			continue
		}
		q := gen.Queue{
			Id: wire(n.ID), Name: n.Name, Path: tree.Path(n.ID), Keywords: append([]string{}, n.Keywords...),
			Hidden: n.Hidden, Leaf: n.Leaf(),
		}
		if n.Parent != 0 {
			q.ParentId = new(wire(n.Parent))
		}
		out = append(out, q)
	}
	return out, nil
}

// ListNumbers gives the tenant's numbers in the order they were added.
func (s *server) ListNumbers(ctx context.Context, _ gen.ListNumbersRequestObject) (gen.ListNumbersResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin, tenant.RoleDeveloper)
	if err != nil {
		return nil, err
	}
	rules, err := s.Chats.Rules(ctx, session.Tenant.ID)
	if err != nil {
		return nil, err
	}
	numbers := make([]carrier.Number, 0, len(rules.ByID))
	for _, n := range rules.ByID {
		numbers = append(numbers, n)
	}
	slices.SortFunc(numbers, func(a, b carrier.Number) int { return cmp.Compare(a.ID, b.ID) })
	out := make(gen.ListNumbers200JSONResponse, len(numbers))
	for i, n := range numbers {
		out[i] = gen.Number{
			Id: wire(n.ID), Address: n.Address, Label: n.Label, Capabilities: append([]string{}, n.Capabilities...),
			Status: gen.NumberStatus(n.Status), SegmentsPerSecond: n.SegmentsPerSecond,
		}
		if n.Queue != 0 {
			out[i].QueueId = new(wire(n.Queue))
		}
	}
	return out, nil
}

// GetSimulator lists the demo's phones; outside of the demo there are none.
func (s *server) GetSimulator(context.Context, gen.GetSimulatorRequestObject) (gen.GetSimulatorResponseObject, error) {
	if s.Simulator == nil {
		return nil, errs.New(errs.NotFound, "The phone simulator is there in the demo only")
	}
	out := gen.GetSimulator200JSONResponse{Numbers: []gen.SimulatorNumber{}, Handsets: []gen.Handset{}}
	for _, n := range s.Simulator.Numbers {
		out.Numbers = append(out.Numbers, gen.SimulatorNumber{
			E164: n.Address, Label: n.Label, Capabilities: append([]string{}, n.Capabilities...),
		})
	}
	for _, h := range s.Simulator.Handsets {
		out.Handsets = append(out.Handsets, gen.Handset{Number: h.Number, Name: h.Name})
	}
	return out, nil
}
