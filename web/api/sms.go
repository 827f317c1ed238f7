package api

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/smsapi"
)

// SendSMS sends a text that opens a session (spec 2.2).
func (s *server) SendSMS(ctx context.Context, req gen.SendSMSRequestObject) (gen.SendSMSResponseObject, error) {
	c, body := callOf(ctx), req.Body
	in := smsapi.Text{
		ChatType: given(body.ChatType), ChatSubtype: given(body.ChatSubtype), EndUserNumber: given(body.EndUserNumber),
		OutboundNumber: given(body.OutboundNumber), Message: given(body.Message), TicketID: given(body.TicketId),
		AgentID: id.User(given(body.AgentId)), AgentEmail: given(body.AgentEmail),
	}
	if in.AgentID == 0 {
		in.AgentID = id.User(given(body.AgentIDToo))
	}
	if in.AgentEmail == "" {
		in.AgentEmail = given(body.AgentEmailToo)
	}
	send := func() (smsapi.Sent, error) {
		in.Since = c.token.Version
		return s.SMS.Send(ctx, c.token.Tenant.ID, in, func(b *pgx.Batch, sent smsapi.Sent) error {
			return c.saveAnswer(b, 200, s.chat(c, sent.Detail()))
		})
	}
	sent, err := send()
	// A refusal from memory may be the wrong one: perhaps who asks has no say any more, or something else has changed.
	for tries := 0; err != nil && (c.remembered || errors.Is(err, tenant.ErrStale)) && tries < 5; tries++ {
		if err := s.again(ctx, c); err != nil {
			return nil, err
		}
		if errors.Is(err, tenant.ErrStale) {
			sent, err = send()
		}
	}
	if err != nil {
		return nil, err
	}
	return gen.SendSMS200JSONResponse(s.chat(c, sent.Detail())), nil
}

// given is an optional value, the zero value when it is missing or null.
func given[T any](v *T) (out T) {
	if v != nil {
		out = *v
	}
	return out
}
