package chat

import (
	"time"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// The response target is a clock that colours and logs, and never ends a chat (spec 1.5): how soon an agent should answer.
// It runs while an agent has the chat and the consumer waits for an answer: since the agent got it, or since the consumer's
// first text that the agent has not answered.

// Answered says that an agent with a response target has answered a consumer who waited.
type Answered struct {
	Agent  id.User
	Waited time.Duration
	Target time.Duration
}

func (Answered) effect() {}

// Late says whether the answer came after the target.
func (a Answered) Late() bool { return a.Waited > a.Target }

// settleResponse keeps the clock, whatever way the chat has taken in this step.
func (s *step) settleResponse(was Chat) {
	is := &s.c
	switch {
	case is.Status != Assigned:
		is.OwedSince = time.Time{}
	case was.Status != Assigned || was.Agent != is.Agent:
		is.OwedSince = time.Time{}
		if is.LastConsumerAt.After(is.LastAgentAt) {
			is.OwedSince = s.now
		}
	case s.spoke():
		if target := is.Rules.Settings(is.Queue).Duration(tenant.ResponseTarget); target > 0 && !is.OwedSince.IsZero() {
			s.emit(Answered{is.Agent, s.now.Sub(is.OwedSince), target})
		}
		is.OwedSince = time.Time{}
	case is.OwedSince.IsZero() && s.spokenTo():
		is.OwedSince = s.now
	}
}

// spoke says whether an agent has written in this step.
func (s *step) spoke() bool {
	for _, e := range s.out {
		if said, ok := e.(Speak); ok && said.Agent != 0 {
			return true
		}
	}
	return false
}

// spokenTo says whether the consumer has written something in this step that is for the agent.
func (s *step) spokenTo() bool {
	for _, e := range s.out {
		if h, ok := e.(Hear); ok && h.Seq > 0 && h.Disposition == "" {
			return true
		}
	}
	return false
}

// responseDue is by when the agent should have answered; zero while nobody waits, or without a target.
func responseDue(owed time.Time, target time.Duration) time.Time {
	if owed.IsZero() || target == 0 {
		return time.Time{}
	}
	return owed.Add(target)
}
