package chat

import (
	"time"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// timer is the next thing that time does to a chat.
type timer struct {
	at   time.Time // zero: nothing
	fire func(*step)
}

// next derives the earliest timer from the chat's facts. The time it is asked matters only to the hours of operation.
func (c Chat) next(now time.Time) timer {
	if !c.Status.Active() || c.Rules == nil {
		return timer{}
	}
	if c.Pair.OptedOut {
		return timer{at: now, fire: (*step).optedOutElsewhere}
	}
	t := c.Rules.Timers(c.timerQueue())
	switch c.Status {
	case Selecting:
		return c.nextSelecting(t)
	case Queued:
		return c.nextQueued(t, now)
	case Assigned:
		return c.nextAssigned(t)
	case Dismissed:
		return c.nextDismissed(t, now)
	}
	return timer{}
}

// nextSelecting: a chat that a program began has no menu until the consumer replies.
func (c Chat) nextSelecting(t tenant.Timers) timer {
	if c.StartedBy == ByEndUser {
		return after(latest(c.CreatedAt, c.LastConsumerAt), t.Selecting, func(s *step) { s.end(Failed, EndedBySystem, ExpiredSelection) })
	}
	if c.LastConsumerAt.IsZero() {
		return after(c.CreatedAt, t.Outbound, func(s *step) { s.end(Failed, EndedBySystem, NoResponse) })
	}
	return c.unanswered(c.LastConsumerAt, t)
}

// nextAssigned: the agent's silence never ends a chat, the consumer's does. While another agent is asked, only that lease
// counts; it is short.
func (c Chat) nextAssigned(t tenant.Timers) timer {
	if c.Handover.To != 0 {
		return timer{at: c.Handover.Until, fire: func(s *step) { s.transferFailed(WhyMissed) }}
	}
	timeout := func(s *step) { s.end(Finished, EndedBySystem, NoResponse) }
	if c.StartedBy != ByEndUser {
		return after(latest(c.AssignedAt, c.LastConsumerAt, c.LastAgentAt), t.Outbound, timeout)
	}
	ends := after(latest(c.AssignedAt, c.LastConsumerAt), t.Chat, timeout)
	if !c.dismissible() || t.Dismissal == 0 {
		return ends
	}
	dismissal := after(latest(c.AssignedAt, c.LastAgentAt), t.Dismissal, func(s *step) { s.dismiss(string(EndedBySystem)) })
	if ends.at.IsZero() || dismissal.at.Before(ends.at) {
		return dismissal
	}
	return ends
}

// dismissible: inbound, both have written, and it is the consumer's turn.
func (c Chat) dismissible() bool {
	return c.StartedBy == ByEndUser && !c.LastConsumerAt.IsZero() && c.LastAgentAt.After(c.LastConsumerAt)
}

func (s *step) timerFired() {
	t := s.c.next(s.now)
	switch {
	case !t.at.IsZero() && !s.now.Before(t.at):
		t.fire(s)
	case s.c.Status == Queued && !s.c.DueAt.IsZero() && !s.now.Before(s.c.DueAt):
		s.atBoundary()
	} // else late, repeated, or no longer owed
}

// timerQueue is the queue whose timers hold: the leaf, else the menu, else the number's.
func (c Chat) timerQueue() id.Queue {
	for _, q := range []id.Queue{c.Queue, c.Menu, c.Pair.Entry} {
		if q != 0 {
			return q
		}
	}
	return 0
}

func after(since time.Time, wait time.Duration, fire func(*step)) timer {
	if wait == 0 || since.IsZero() {
		return timer{}
	}
	return timer{at: since.Add(wait), fire: fire}
}

func latest(times ...time.Time) (out time.Time) {
	for _, t := range times {
		if t.After(out) {
			out = t
		}
	}
	return out
}
