package console

import (
	"context"

	"sidetone/chat/command"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// TestCommand reads a text as an inbound one is read (spec 1.3). It stores and sends nothing.
func (s *server) TestCommand(ctx context.Context, req gen.TestCommandRequestObject) (gen.TestCommandResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	m, err := s.Chats.ReadCommand(ctx, session.Tenant.ID, req.Body.Text)
	if err != nil {
		return nil, err
	}
	out := gen.TestCommand200JSONResponse{Kind: gen.CommandReadingKind(m.Kind.String()), PossibleOptOut: m.PossibleOptOut}
	out.Word, out.Lang = orNil(m.Word), orNil(m.Lang)
	switch m.Tier {
	case command.Exact:
		tier := gen.CommandReadingTierExact
		out.Tier = &tier
	case command.Phrase:
		tier := gen.CommandReadingTierPhrase
		out.Tier = &tier
	}
	return out, nil
}
