package console

import (
	"context"

	"sidetone/internal/errs"
	gen "sidetone/openapi/gen/console"
)

// GetSimulator lists the simulator's phones; where no simulated carrier runs there are none. They show consumers' numbers and
// texts, so they are not for whom the tenant hides numbers from: its agents. Developers and admins always have them (spec 6, section 3).
func (s *server) GetSimulator(ctx context.Context, _ gen.GetSimulatorRequestObject) (gen.GetSimulatorResponseObject, error) {
	if s.Simulator == nil {
		return nil, errs.New(errs.NotFound, "No simulated carrier runs here; the demo and --simulator start one")
	}
	if !s.seesPhones(ctx, callOf(ctx).session) {
		return nil, errs.New(errs.Forbidden, "Your role does not allow this")
	}
	out := gen.GetSimulator200JSONResponse{Numbers: []gen.SimulatorNumber{}, Handsets: []gen.Handset{}}
	for _, n := range s.Simulator.Numbers {
		out.Numbers = append(out.Numbers, gen.SimulatorNumber{
			E164: n.Address, Label: n.Label, Capabilities: append([]string{}, n.Capabilities...),
		})
	}
	if len(s.Simulator.Numbers) == 0 {
		own, err := s.numbers(ctx, callOf(ctx).session.Tenant.ID)
		if err != nil {
			return nil, err
		}
		for _, n := range own {
			to := gen.SimulatorNumber{E164: n.Address, Label: n.Label, Capabilities: make([]string, len(n.Capabilities))}
			for i, c := range n.Capabilities {
				to.Capabilities[i] = string(c)
			}
			out.Numbers = append(out.Numbers, to)
		}
	}
	for _, h := range s.Simulator.Handsets {
		out.Handsets = append(out.Handsets, gen.Handset{Number: h.Number, Name: h.Name})
	}
	return out, nil
}
