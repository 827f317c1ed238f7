package chat

import (
	"time"

	"sidetone/internal/id"
)

// When timers must not be trusted to end chats (spec 1.5).
const (
	clockJump = time.Minute      // between the wall clock and the monotonic one, from a sweep to the next
	longDown  = 10 * time.Minute // no node swept
	holdFor   = 5 * time.Minute
	pacedFor  = time.Hour             // at least, behind a hold; longer while there is something to hold back
	paceEvery = 25 * time.Millisecond // between two ends of a tenant; PaceExpiry keeps the pace over all nodes
)

// hold decides whether timers may end chats: after a clock that jumped, or a start after a long time down, not at all for
// a while, and then not all at once. A chat whose timers ran out while nobody could write or answer gets that time back,
// and a clock that is put right in the meantime has ended nobody's chat. Other timers (dismissals, openings, offers) lose
// nothing that comes back by itself and are not held.
//
// It is pure: time is told. Each node has one.
type hold struct {
	until time.Time // no end before
	paced time.Time // until then ends keep the pace
	last  time.Time // the wall time of the last sweep
	slots map[id.Tenant]time.Time
}

// start is the first sweep of a node. seen is when some node last swept, zero when none ever has; held is until when the
// others hold, if they do.
func (h *hold) start(now, seen, held time.Time) (begun bool) {
	h.last = now
	switch {
	case !seen.IsZero() && now.Sub(seen) > longDown:
		h.begin(now.Add(holdFor))
		return true
	case held.Add(pacedFor).After(now):
		h.begin(held)
	}
	return false
}

// sweep is a further one: the wall clock shows now, and since the last sweep so much has passed by the monotonic clock.
func (h *hold) sweep(now time.Time, passed time.Duration) (begun bool) {
	begun = (now.Sub(h.last) - passed).Abs() > clockJump
	h.last = now
	if begun {
		h.begin(now.Add(holdFor))
	}
	return begun
}

func (h *hold) begin(until time.Time) {
	h.until, h.paced, h.slots = until, until.Add(pacedFor), map[id.Tenant]time.Time{}
}

// holding says that no timer may end a chat now.
func (h *hold) holding(now time.Time) bool { return now.Before(h.until) }

// pacing says that timers may end chats, but each has to ask for a turn.
func (h *hold) pacing(now time.Time) bool { return !h.holding(now) && now.Before(h.paced) }

// later is when to try an end that must not be now: one after another, so that a long line is not asked about all the
// time.
func (h *hold) later(t id.Tenant, now time.Time) time.Time {
	at := latest(h.until, now.Add(time.Second), h.slots[t])
	h.slots[t] = at.Add(paceEvery)
	h.paced = latest(h.paced, at.Add(pacedFor))
	return at
}
