package console

import (
	"context"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// RevealNumber shows the number of a chat's customer to an agent from whom it is hidden.
func (s *server) RevealNumber(ctx context.Context, req gen.RevealNumberRequestObject) (gen.RevealNumberResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	of := id.Chat(req.ChatId)
	if _, err := s.mayRead(ctx, of); err != nil {
		return nil, err
	}
	number, err := s.Chats.Reveal(ctx, session.Tenant.ID, of, session.User.ID, req.Body.Reason)
	if err != nil {
		return nil, err
	}
	return gen.RevealNumber200JSONResponse{Number: number}, nil
}
