package chat

import (
	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// FirstText is an agent texting first (spec 1.5): a chat of a queue they serve begins, and it is theirs.
type FirstText struct {
	Agent    id.User
	Queue    id.Queue
	Body     string
	ClientID string
}

func (FirstText) event() {}

func (s *step) firstText(ev FirstText) error {
	switch {
	case s.c.Pair.Blocked:
		return errs.Field("to", "This number is on the blocklist")
	case s.c.Pair.OptedOut:
		return errs.New(errs.OptedOut, "This customer has opted out of texts").At("to")
	case s.c.Status == Assigned && s.c.Agent == ev.Agent:
		return errs.New(errs.Conflict, "You have a chat with this customer already").At("to").Of(int64(s.c.ID))
	case s.c.Status.Active():
		return errs.New(errs.Conflict, "There is a chat with this customer already, and it is not yours").At("to")
	}
	pair, rules := s.c.Pair, s.c.Rules
	s.c = Chat{
		StartedBy: ByAgent, Lang: rules.Lang(ev.Queue), Queue: ev.Queue, CreatedAt: s.now, LastAgentAt: s.now, Pair: pair, Rules: rules,
	}
	s.mark(Mark{Kind: "started", User: ev.Agent, By: string(ByAgent), Queue: ev.Queue})
	s.assign(ev.Agent, false)
	s.emit(Speak{Seq: s.row(), Agent: ev.Agent, Text: ev.Body, ClientID: ev.ClientID})
	return nil
}
