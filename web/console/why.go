package console

import (
	"context"
	"time"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// WhyChat tells why a chat is what it is.
func (s *server) WhyChat(ctx context.Context, req gen.WhyChatRequestObject) (gen.WhyChatResponseObject, error) {
	of := id.Chat(req.ChatId)
	t, err := s.mayRead(ctx, of)
	if err != nil {
		return nil, err
	}
	steps, err := s.Chats.WhyChat(ctx, t, of)
	return gen.WhyChat200JSONResponse(why(steps)), err
}

// WhyMessage tells why a text is what it is. What a user may not read looks like what is not there.
func (s *server) WhyMessage(ctx context.Context, req gen.WhyMessageRequestObject) (gen.WhyMessageResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	of := id.Message(req.MessageId)
	if !session.User.Has(tenant.RoleManager, tenant.RoleAdmin) {
		in, err := s.Chats.ChatOf(ctx, session.Tenant.ID, of)
		if err == nil && in != 0 {
			_, err = s.mayRead(ctx, in)
		}
		if err == nil && in == 0 || errs.CodeOf(err) == errs.NotFound {
			err = errs.New(errs.NotFound, "There is no such message")
		}
		if err != nil {
			return nil, err
		}
	}
	steps, err := s.Chats.WhyText(ctx, session.Tenant.ID, of)
	return gen.WhyMessage200JSONResponse(why(steps)), err
}

func why(steps []chat.WhyStep) gen.Why {
	out := gen.Why{Steps: make([]gen.WhyStep, len(steps))}
	for i, step := range steps {
		out.Steps[i] = gen.WhyStep{At: step.At.UTC(), Step: step.Step, Text: step.Text, Facts: step.Facts, Code: step.Said.Code, Values: values(step.Said)}
	}
	return out
}

// values are what stands in the places of a sentence: words as they are, moments, durations and parts of the sentence as objects.
func values(s chat.Saying) map[string]any {
	out := make(map[string]any, len(s.Values))
	for name, v := range s.Values {
		switch v := v.(type) {
		case chat.Saying:
			out[name] = map[string]any{"code": v.Code, "values": values(v)}
		case time.Time:
			out[name] = map[string]any{"time": v.UTC()}
		case time.Duration:
			out[name] = map[string]any{"seconds": v.Seconds()}
		default:
			out[name] = v
		}
	}
	return out
}

// longestPeriod is how far figures reach in one answer.
const longestPeriod = 92 * 24 * time.Hour

// GetMyStats gives an agent's figures of today beside those of their team.
func (s *server) GetMyStats(ctx context.Context, req gen.GetMyStatsRequestObject) (gen.GetMyStatsResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent)
	if err != nil {
		return nil, err
	}
	zone, err := s.zone(ctx, session.Tenant.ID, or(req.Params.TimeZone, ""))
	if err != nil {
		return nil, err
	}
	begins, ends := chat.Day(s.Now(), zone)
	stats, err := s.Chats.AgentStats(ctx, session.Tenant.ID, session.User.ID, begins, ends)
	if err != nil {
		return nil, err
	}
	return gen.GetMyStats200JSONResponse{
		From: begins.UTC(), To: ends.UTC(), TimeZone: zone.String(), Mine: figures(stats.Mine), Team: figures(stats.Team),
		TeamAgents: int32(stats.Agents),
	}, nil
}

// GetAgentStats gives every agent's figures of a period.
func (s *server) GetAgentStats(ctx context.Context, req gen.GetAgentStatsRequestObject) (gen.GetAgentStatsResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	zone, err := s.zone(ctx, session.Tenant.ID, "")
	if err != nil {
		return nil, err
	}
	begins, ends := chat.Day(s.Now(), zone)
	begins, ends = or(req.Params.From, begins), or(req.Params.To, ends)
	switch {
	case !ends.After(begins):
		return nil, errs.Field("to", "to must be later than from")
	case ends.Sub(begins) > longestPeriod:
		return nil, errs.Field("to", "A period has 92 days at most")
	}
	all, err := s.Chats.AllStats(ctx, session.Tenant.ID, begins, ends)
	if err != nil {
		return nil, err
	}
	out := gen.GetAgentStats200JSONResponse{From: begins.UTC(), To: ends.UTC(), Agents: []gen.AgentFigures{}}
	for _, f := range all {
		out.Agents = append(out.Agents, gen.AgentFigures{Agent: gen.UserRef{Id: wire(f.Agent), Name: f.Name}, Figures: figures(f)})
	}
	return out, nil
}

// zone is the one that was asked for, else the tenant's.
func (s *server) zone(ctx context.Context, t id.Tenant, asked string) (*time.Location, error) {
	if asked != "" {
		zone, err := time.LoadLocation(asked)
		if err != nil || asked == "Local" {
			return nil, errs.Field("time_zone", "This is no time zone; use a name like America/New_York")
		}
		return zone, nil
	}
	rules, err := s.Chats.Rules(ctx, t)
	if err != nil {
		return nil, err
	}
	_, zone := rules.Settings(0).Hours()
	return zone, nil
}

func figures(f chat.Figures) gen.Figures {
	return gen.Figures{
		Chats: int32(f.Chats), Handled: int32(f.Handled), HandleSeconds: f.Handling.Seconds(), FirstResponseSeconds: f.FirstResponse.Seconds(),
		Messages: int32(f.Messages), Missed: int32(f.Missed), Declined: int32(f.Declined),
	}
}
