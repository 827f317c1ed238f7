package chat

import (
	"time"

	"sidetone/internal/tenant"
	"sidetone/internal/tenant/reply"
)

// How often a consumer gets an automatic reply of one kind (spec 1.3): two robots must never talk for ever.
const (
	repliesEvery = 10 * time.Minute
	repliesHour  = 5
)

// open says whether the queue of the chat is in its hours of operation now.
func (s *step) open() bool { return s.c.Rules.Open(s.c.timerQueue(), s.now) }

// tellClosed sends the after-hour text, once a chat.
func (s *step) tellClosed() {
	if s.c.AfterHoursTold || s.c.Pair.OptedOut {
		return
	}
	s.c.AfterHoursTold = s.autoReply("after_hours", reply.AfterHours, s.c.Lang, repliesEvery, repliesHour)
}

// atBoundary is a waiting chat whose queue opens or closes now: at the opening it is routed, for routing leaves the chats
// of closed queues alone; at the closing the consumer is told.
func (s *step) atBoundary() {
	if s.open() {
		s.emit(Route{Queue: s.c.Queue})
		return
	}
	s.tellClosed()
}

// returning: the consumer has written in a dismissed chat outside the hours, and waits for the opening.
// A dismissal forgets since when the chat was queued, so that this says it whatever the clocks do.
func (c Chat) returning() bool { return c.Status == Dismissed && !c.QueuedAt.IsZero() }

// returnLater lets a dismissed chat come back at the next opening: the after-hour text says when that is. A queue that
// never opens leaves it to the chat timeout.
func (s *step) returnLater() {
	if !s.c.returning() {
		s.c.QueuedAt = s.now
	}
	s.tellClosed()
}

// nextQueued is the end of the wait, or the boundary of the hours before it. A boundary has nothing to fire: Step looks
// at the hours when a waiting chat's due time has come and it does not end.
func (c Chat) nextQueued(t tenant.Timers, now time.Time) timer {
	return earliest(c.unanswered(c.QueuedAt, t), timer{at: c.Rules.Calendar(c.timerQueue()).NextChange(now)})
}

// unanswered ends a chat that has waited for an agent since a time: failed, with the reason of the timer that has run out.
// queues.Calendar.Unanswered says what an hours boundary does to it.
func (c Chat) unanswered(since time.Time, t tenant.Timers) timer {
	if since.IsZero() {
		return timer{}
	}
	at, inHours := c.Rules.Calendar(c.timerQueue()).Unanswered(since, t.UnansweredInHours, t.UnansweredAfterHours)
	reason := AfterHours
	if inHours {
		reason = Expired
	}
	return timer{at: at, fire: func(s *step) { s.end(Failed, EndedBySystem, reason) }}
}

// nextDismissed: what the consumer has been promised comes before the chat timeout.
func (c Chat) nextDismissed(t tenant.Timers, now time.Time) timer {
	if c.returning() {
		if opens := c.Rules.Calendar(c.timerQueue()).NextOpening(now); !opens.IsZero() {
			return timer{at: opens, fire: func(s *step) { s.requeue() }}
		}
	}
	return after(latest(c.DismissedAt, c.LastConsumerAt), t.Chat, func(s *step) { s.end(Finished, EndedBySystem, NoResponse) })
}

func earliest(a, b timer) timer {
	if a.at.IsZero() || !b.at.IsZero() && b.at.Before(a.at) {
		return b
	}
	return a
}
