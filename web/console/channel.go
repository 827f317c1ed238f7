package console

import (
	"context"

	"sidetone/internal/errs"
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
