package chat

import (
	"context"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// First is an agent's first text to a consumer.
type First struct {
	Queue        id.Queue
	From, To     string
	Text         string
	ClientID     string
	ConfirmQuiet bool
}

// Outbound begins a chat.
func (s *Service) Outbound(ctx context.Context, t id.Tenant, agent id.User, f First) (View, error) {
	return View{}, errs.New(errs.Unavailable, "not yet")
}
