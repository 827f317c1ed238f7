package console

import (
	"context"

	"sidetone/internal/errs"
	gen "sidetone/openapi/gen/console"
)

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
