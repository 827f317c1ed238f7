package console

import (
	"context"
	"time"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// GetEndUser tells who a consumer is.
func (s *server) GetEndUser(ctx context.Context, req gen.GetEndUserRequestObject) (gen.GetEndUserResponseObject, error) {
	t, err := s.mayKnow(ctx, id.EndUser(req.EndUserId))
	if err != nil {
		return nil, err
	}
	sight, err := s.sight(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.Chats.Consumer(ctx, t, id.EndUser(req.EndUserId))
	if err != nil {
		return nil, err
	}
	out := gen.GetEndUser200JSONResponse{
		Id: wire(c.ID), Name: orNil(c.Name), Number: sight.Number(c.Address), Lang: c.Lang, Since: c.Since.UTC(), OptedOut: c.OptedOut,
		ConsentAt: c.ConsentAt.UTC(),
	}
	out.TimeZone = onlyZone(phone.E164(c.Address))
	return out, nil
}

// onlyZone is the zone of a number that can be in one alone.
func onlyZone(number phone.E164) *string {
	if zones := number.Zones(); len(zones) == 1 {
		return orNil(zones[0].String())
	}
	return nil
}

// ListEndUserChats gives what a consumer and we have texted before.
func (s *server) ListEndUserChats(ctx context.Context, req gen.ListEndUserChatsRequestObject) (gen.ListEndUserChatsResponseObject, error) {
	t, err := s.mayKnow(ctx, id.EndUser(req.EndUserId))
	if err != nil {
		return nil, err
	}
	if _, err := s.Chats.Consumer(ctx, t, id.EndUser(req.EndUserId)); err != nil {
		return nil, err
	}
	views, err := s.Chats.ChatsOf(ctx, t, id.EndUser(req.EndUserId))
	if err != nil {
		return nil, err
	}
	out := make(gen.ListEndUserChats200JSONResponse, len(views))
	for i, v := range views {
		out[i] = pastChat(v)
	}
	return out, nil
}

func pastChat(v chat.View) gen.PastChat {
	return gen.PastChat{
		ChatId: wire(v.ID), Status: gen.ChatStatus(v.Status), SubStatus: v.SubStatus(), Queue: queueNamed(v.Queue), Agent: userRef(v.Agent),
		CreatedAt: v.CreatedAt.UTC(), EndedAt: timeOrNil(v.EndedAt), Preview: v.Preview,
	}
}

// mayKnow: managers and admins know all consumers, an agent those with whom they have or had a chat.
func (s *server) mayKnow(ctx context.Context, of id.EndUser) (id.Tenant, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return 0, err
	}
	if session.User.Has(tenant.RoleManager, tenant.RoleAdmin) {
		return session.Tenant.ID, nil
	}
	knows, err := s.Chats.Knows(ctx, session.Tenant.ID, of, session.User.ID)
	if err == nil && !knows {
		err = errs.New(errs.NotFound, "There is no such customer")
	}
	return session.Tenant.ID, err
}

func timeOrNil(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}
