package queues

import "time"

// Unanswered is when a wait that began at a time has been unanswered for too long, and whether it is the timer of the
// hours (inHours) or the one outside them (afterHours) that has run out then (spec 1.5). Zero: never.
//
// The wait begins under the timer of the hours it begins in, whole. What runs out by the next boundary, the boundary
// itself included, has run out. At that boundary the wait is looked at again, once: it ends when both the rest of the
// timer that ran and the whole of the timer that begins are over, so never earlier than either; the later one gives the
// name. No boundary after that changes it.
//
// 0 is off: a timer that is off lets a wait stand still until the next boundary, and the other goes on there with what it
// had left.
func (c *Calendar) Unanswered(since time.Time, inHours, afterHours time.Duration) (at time.Time, open bool) {
	if inHours == 0 && afterHours == 0 {
		return time.Time{}, false
	}
	left := map[bool]time.Duration{true: inHours, false: afterHours}
	for at = since; ; {
		open = c.Open(at)
		boundary, end := c.NextChange(at), at.Add(left[open])
		switch running := left[open] > 0; {
		case running && (boundary.IsZero() || !end.After(boundary)):
			return end, open
		case boundary.IsZero():
			return time.Time{}, false
		case running && left[!open] > 0:
			if other := boundary.Add(left[!open]); !other.Before(end) {
				return other, !open
			}
			return end, open
		case running:
			left[open] = end.Sub(boundary)
		}
		at = boundary
	}
}
