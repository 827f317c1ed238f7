package console

import (
	"context"

	"sidetone/internal/errs"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// EraseConsumer forgets a consumer (spec 1.1).
func (s *server) EraseConsumer(ctx context.Context, req gen.EraseConsumerRequestObject) (gen.EraseConsumerResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	number, err := phone.ParseSender(req.Body.Number, "")
	if err != nil {
		return nil, errs.Field("number", "number is invalid")
	}
	by := tenant.Actor{User: session.User.ID}
	if err := s.Chats.Erase(ctx, session.Tenant.ID, string(number), by); err != nil {
		return nil, err
	}
	return gen.EraseConsumer204Response{}, nil
}
