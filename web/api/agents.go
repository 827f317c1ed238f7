package api

import (
	"context"
	"slices"
	"strconv"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/openapi/iso"
	"sidetone/queues"
)

// ListAgents lists agents in the order of their ids.
func (s *server) ListAgents(ctx context.Context, req gen.ListAgentsRequestObject) (gen.ListAgentsResponseObject, error) {
	c, p := callOf(ctx), req.Params
	page, err := pageOf(p.Page, p.Per, p.After)
	if err != nil {
		return nil, err
	}
	of := queues.AgentsOf{Status: tenant.Status(given(p.Status)), Most: page.Per + 1}
	if page.ByPlace {
		if of.After, err = idPlace[id.User](page.After); err != nil {
			return nil, err
		}
	} else {
		of.Skip = (page.Number - 1) * page.Per
	}
	found, total, err := s.agents(ctx, of)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > page.Per {
		found = found[:page.Per]
		next = strconv.FormatInt(found[page.Per-1].Id, 10)
	}
	c.listed(page, total, next)
	return gen.ListAgents200JSONResponse(found), nil
}

// GetAgent reads an agent.
func (s *server) GetAgent(ctx context.Context, req gen.GetAgentRequestObject) (gen.GetAgentResponseObject, error) {
	found, _, err := s.agents(ctx, queues.AgentsOf{Sole: id.User(req.AgentId), Most: 1})
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, errs.New(errs.NotFound, "There is no such agent")
	}
	return gen.GetAgent200JSONResponse(found[0]), nil
}

func (s *server) agents(ctx context.Context, of queues.AgentsOf) ([]gen.Agent, int, error) {
	t := callOf(ctx).token.Tenant.ID
	rules, err := s.Chats.Rules(ctx, t)
	if err != nil {
		return nil, 0, err
	}
	if of.Status != "" && !slices.Contains(rules.Settings(0).Statuses(), of.Status) {
		return nil, 0, errs.Field("status", "status is unknown")
	}
	of.Limit = rules.Settings(0).Count(tenant.AgentChatLimit)
	rows, total, err := queues.ReadAgents(ctx, s.DB, t, of)
	out := make([]gen.Agent, len(rows))
	for i, r := range rows {
		who := agentInfo(&chat.Person{ID: r.ID, Name: r.Name, Email: r.Email})
		out[i] = gen.Agent{
			Id: who.Id, Email: who.Email, Name: who.Name, FirstName: who.FirstName, LastName: who.LastName, Status: r.Status,
			StatusSince: iso.Time(r.StatusSince), LoggedIn: r.Connected, Disabled: r.Disabled, ActiveChats: int32(r.Taken), MaxChats: int32(r.Most),
			TeamIds: r.TeamIds, MenuIds: r.QueueIds,
		}
	}
	return out, total, err
}

// idPlace reads a place that is an id; empty is the beginning.
func idPlace[T id.ID](place string) (T, error) {
	if place == "" {
		return 0, nil
	}
	of, ok := id.Parse[T](place)
	if !ok {
		return 0, errs.Field("after", "after is no place in this list")
	}
	return of, nil
}
