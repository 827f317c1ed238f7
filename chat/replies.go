package chat

import (
	"maps"
	"slices"
	"time"

	"sidetone/internal/id"
)

// Replies is when automatic replies were last sent to a pair: kind → Unix milliseconds, the last 5, oldest first.
// Two robots must never talk for ever (spec 1.3).
type Replies map[string][]int64

const repliesKept = 5

// allow asks whether a reply of a kind may go to the consumer now (not within every of the last one, at most perHour an
// hour; 0: no such limit) and, if it may, notes it in the chat's pair. What our other numbers sent counts too; of two
// numbers that reply in the same moment neither knows of the other. The maps themselves are never changed: Step's input
// stays as it was.
func (r Replies) allow(c *Chat, kind string, now time.Time, every time.Duration, perHour int) bool {
	sent := r.everywhere(c.Pair.Elsewhere, kind)
	if n := len(sent); n > 0 && every > 0 && now.Sub(time.UnixMilli(sent[n-1])) < every {
		return false
	}
	if perHour > 0 && len(sent) >= perHour && now.Sub(time.UnixMilli(sent[len(sent)-perHour])) < time.Hour {
		return false
	}
	next := maps.Clone(r)
	if next == nil {
		next = Replies{}
	}
	times := append(slices.Clone(r[kind]), now.UnixMilli())
	next[kind] = times[max(0, len(times)-repliesKept):]
	c.Pair.Replies = next
	return true
}

// everywhere is when replies of a kind were sent, by this number and by others.
func (r Replies) everywhere(others map[id.Thread]Replies, kind string) []int64 {
	if len(others) == 0 {
		return r[kind]
	}
	sent := slices.Clone(r[kind])
	for _, o := range others {
		sent = append(sent, o[kind]...)
	}
	slices.Sort(sent)
	return sent
}
