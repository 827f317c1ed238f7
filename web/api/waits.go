package api

import (
	"context"
	"slices"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/openapi/iso"
	"sidetone/queues"
)

// leaf is a queue that agents serve, and how it stands.
type leaf struct {
	*queues.Node
	queues.Standing

	path string // ids from the top
	ewt  *int64 // nil: not known
}

// leaves are the queues of a tenant, in menu order.
func (s *server) leaves(ctx context.Context) (out []leaf, rules *chat.Rules, err error) {
	t := callOf(ctx).token.Tenant.ID
	if rules, err = s.Chats.Rules(ctx, t); err != nil {
		return nil, nil, err
	}
	standing, err := queues.ReadStandings(ctx, s.DB, t, rules.Settings(0).Count(tenant.AgentChatLimit))
	if err != nil {
		return nil, nil, err
	}
	for _, n := range rules.Tree.Nodes() {
		if !n.Leaf() {
			continue
		}
		l := leaf{Node: n, Standing: standing[n.ID], path: menuPath(rules.Tree.Line(n.ID)).MaterializedPath}
		if wait, known := l.Wait(); known {
			l.ewt = new(seconds(wait))
		}
		out = append(out, l)
	}
	return out, rules, nil
}

// GetCurrentStatus lists the queues in which somebody waits.
func (s *server) GetCurrentStatus(ctx context.Context, req gen.GetCurrentStatusRequestObject) (gen.GetCurrentStatusResponseObject, error) {
	all, _, err := s.leaves(ctx)
	if err != nil {
		return nil, err
	}
	out := gen.GetCurrentStatus200JSONResponse{}
	for _, l := range all {
		if l.Waiting == 0 || !wants(l.Node, nil, req.Params.Lang) {
			continue
		}
		out = append(out, gen.CurrentStatus{
			MenuId: int64(l.ID), MenuType: menuType(l.Node), Lang: l.Lang, Name: l.Name, MaterializedPath: l.path, Waiting: int32(l.Waiting),
			LongestWait: seconds(s.Now().Sub(l.Oldest)), Assigned: int32(l.Assigned), LoggedInAgents: int32(l.Agents), AvailableAgents: int32(l.Available),
			CurrentQueueEwt: l.ewt,
		})
	}
	return out, nil
}

// ListWaitTimes tells the estimated waits (spec 1.7).
func (s *server) ListWaitTimes(ctx context.Context, req gen.ListWaitTimesRequestObject) (gen.ListWaitTimesResponseObject, error) {
	p := req.Params
	if p.WaitFrom != nil && p.WaitTo != nil && *p.WaitTo < *p.WaitFrom {
		return nil, errs.Field("wait[to]", "wait[to] is less than wait[from]")
	}
	all, _, err := s.leaves(ctx)
	if err != nil {
		return nil, err
	}
	out := gen.ListWaitTimes200JSONResponse{}
	for _, l := range all {
		outside := (p.WaitFrom != nil || p.WaitTo != nil) && (l.ewt == nil ||
			p.WaitFrom != nil && *l.ewt < int64(*p.WaitFrom) || p.WaitTo != nil && *l.ewt > int64(*p.WaitTo))
		if outside || p.MenuId != nil && int64(l.ID) != *p.MenuId || !wants(l.Node, p.MenuType, p.Lang) {
			continue
		}
		out = append(out, gen.WaitTime{
			MenuId: int64(l.ID), MenuType: menuType(l.Node), SmsChat: l.ewt, MaterializedPath: l.path, LoggedInAgents: int32(l.Agents),
			AvailableAgents: int32(l.Available),
		})
	}
	return out, nil
}

// GetQueuesStatus tells how queues stand, and when they are open.
func (s *server) GetQueuesStatus(ctx context.Context, req gen.GetQueuesStatusRequestObject) (gen.GetQueuesStatusResponseObject, error) {
	p := req.Params
	all, rules, err := s.leaves(ctx)
	if err != nil {
		return nil, err
	}
	var asked []id.Queue
	for _, q := range given(p.MenuId) {
		asked = append(asked, rules.Tree.Below(id.Queue(q))...)
	}
	out := gen.GetQueuesStatus200JSONResponse{Queues: []gen.QueueStatus{}}
	for _, l := range all {
		if p.MenuId != nil && !slices.Contains(asked, l.ID) || !wants(l.Node, p.MenuType, p.Lang) {
			continue
		}
		out.Queues = append(out.Queues, s.queueStatus(l, rules))
	}
	return out, nil
}

func (s *server) queueStatus(l leaf, rules *chat.Rules) gen.QueueStatus {
	out := gen.QueueStatus{
		MenuId: int64(l.ID), MenuType: menuType(l.Node), Lang: l.Lang, MaterializedPath: l.path, CurrentQueueEwt: l.ewt, LoggedInAgents: int32(l.Agents),
		AvailableAgents: int32(l.Available), CallbackPeriods: []map[string]any{}, Holidays: []gen.Holiday{},
	}
	now, hours := s.Now(), rules.Calendar(l.ID)
	if out.Hours.Open = hours.Open(now); out.Hours.Open {
		out.Hours.ClosesAt = iso.Of(hours.NextClosing(now))
	} else {
		out.Hours.OpensAt = iso.Of(hours.NextOpening(now))
	}
	if h, _ := rules.Settings(l.ID).Hours(); h != nil {
		for _, day := range h.Holidays {
			out.Holidays = append(out.Holidays, gen.Holiday{Date: day.Date, Name: day.Name})
		}
	}
	return out
}
