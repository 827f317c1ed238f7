package chat

import (
	"context"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

type (
	// TakeOver is a supervisor making another agent's chat their own.
	TakeOver struct{ By id.User }
	// EndBy is a supervisor ending a chat, whoever has it.
	EndBy struct{ By id.User }
	// ResumeCall is a person taking a dismissed chat back into its queue: its last agent, or a supervisor.
	ResumeCall struct {
		By         id.User
		Supervisor bool
	}
)

func (TakeOver) event()   {}
func (EndBy) event()      {}
func (ResumeCall) event() {}

func (s *step) takeOver(ev TakeOver) error {
	switch {
	case s.c.Status.Final():
		return errs.New(errs.ChatEnded, "The chat has ended")
	case s.c.Status != Assigned:
		return errs.New(errs.Conflict, "Only a chat that an agent has can be taken over")
	case s.c.Agent == ev.By:
		return nil // a repeat
	}
	was := s.c.Agent
	s.mark(Mark{Kind: "taken_over", User: ev.By})
	s.dropHandover(WhyTakenOver)
	s.assign(ev.By, false)
	s.emit(Release{Agent: was})
	return nil
}

func (s *step) endBy(ev EndBy) error {
	if !s.c.Status.Active() {
		return errs.New(errs.ChatEnded, "The chat has ended")
	}
	s.endAs(s.c.endedBefore(), ev.By)
	return nil
}

func (s *step) resumeCall(ev ResumeCall) error {
	switch {
	case s.c.Status.Final():
		return errs.New(errs.ChatEnded, "The chat has ended")
	case !ev.Supervisor && s.c.LastAgent != ev.By:
		return errs.New(errs.NotOwner, "This chat is not yours")
	case s.c.Status != Dismissed:
		return errs.New(errs.Conflict, "Only a dismissed chat can be resumed")
	case s.c.Rules.Tree.Node(s.c.Queue) == nil:
		return errs.New(errs.Conflict, "The queue of this chat is gone")
	case !s.open():
		return errs.New(errs.Conflict, "The queue of this chat is closed now; it can be resumed when it opens")
	}
	s.mark(Mark{Kind: "resumed", User: ev.By})
	s.requeue()
	return nil
}

// TakeOver makes an assigned chat a supervisor's. Errors: conflict, chat_ended, at_limit, not_found.
func (s *Service) TakeOver(ctx context.Context, t id.Tenant, chat id.Chat, by id.User) (View, error) {
	o := &operation{Service: s, tenant: t, chat: chat, event: TakeOver{By: by}, agent: by, audit: "chat.taken_over", by: by}
	if err := o.do(ctx); err != nil {
		return View{}, err
	}
	return s.View(ctx, t, chat)
}

// EndBy ends a chat by a supervisor: finished, or canceled when no agent had it yet. Errors: chat_ended, not_found.
func (s *Service) EndBy(ctx context.Context, t id.Tenant, chat id.Chat, by id.User) error {
	return (&operation{Service: s, tenant: t, chat: chat, event: EndBy{By: by}, audit: "chat.ended", by: by}).do(ctx)
}

// ResumeCall takes a dismissed chat back into its queue, where its last agent is asked first (spec 1.5).
// Errors: not_owner, conflict (not dismissed, or closed), chat_ended, not_found.
func (s *Service) ResumeCall(ctx context.Context, t id.Tenant, chat id.Chat, by id.User, supervisor bool) error {
	return (&operation{
		Service: s, tenant: t, chat: chat, event: ResumeCall{By: by, Supervisor: supervisor}, audit: "chat.resumed", by: by,
	}).do(ctx)
}

// auditLine is what the audit log says of what a person did to a chat by its number.
func (o *operation) auditLine(l *loaded) tenant.Change {
	return tenant.Change{
		Action: o.audit, Subject: int64(o.chat),
		Before: auditChat{l.before.Status, l.before.Agent}, After: auditChat{l.chat.Status, l.chat.Agent},
	}
}

type auditChat struct {
	Status Status  `json:"status"`
	Agent  id.User `json:"agent_id,omitempty"`
}
