package queues

import (
	"cmp"
	"slices"
	"time"

	"sidetone/internal/id"
)

// Waiting is a chat that waits for an agent, and who has been asked since it began to wait.
type Waiting struct {
	Chat  id.Chat
	Queue id.Queue
	Since time.Time
	Asked []Asked // at most one for an agent: the last
}

// Asked is the last offer of a waiting chat to an agent.
type Asked struct {
	Agent id.User
	Open  bool      // it stands; else the agent declined it or missed it
	Until time.Time // when its lease ends, or would have ended
}

// Agent is somebody who may be offered chats now.
type Agent struct {
	ID     id.User
	Queues []id.Queue
	Free   int // the limit, less the chats assigned and the offers open
}

// Assignment says that a chat is to be offered to an agent.
type Assignment struct {
	Chat  id.Chat
	Agent id.User
}

// Assign decides who is offered which chat (spec 1.7). Chats take their turn by the length of their wait, and each asks
// the agents that its mode says, as far as these have slots. An open offer holds a slot, so nobody rings for more chats
// than they may accept. The order of the arguments does not matter.
func Assign(waiting []Waiting, agents []Agent, now time.Time) []Assignment {
	serving, slots := staff(agents)
	var out []Assignment
	for _, w := range inTurn(waiting) {
		if slots == 0 {
			break
		}
		for _, d := range multicast(w, withSlot(serving[w.Queue]), now) {
			d.free--
			slots--
			out = append(out, Assignment{Chat: w.Chat, Agent: d.agent})
		}
	}
	return out
}

// inTurn is the order in which chats are dealt with: the longest wait first.
func inTurn(waiting []Waiting) []Waiting {
	return slices.SortedFunc(slices.Values(waiting), func(a, b Waiting) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Chat, b.Chat))
	})
}

// desk is an agent with the slots that are left while chats are dealt with.
type desk struct {
	agent id.User
	free  int
}

// staff lists who serves a queue, and counts all slots.
func staff(agents []Agent) (serving map[id.Queue][]*desk, slots int) {
	serving = map[id.Queue][]*desk{}
	for _, a := range slices.SortedFunc(slices.Values(agents), func(a, b Agent) int { return cmp.Compare(a.ID, b.ID) }) {
		if a.Free <= 0 {
			continue
		}
		d := &desk{agent: a.ID, free: a.Free}
		slots += a.Free
		for _, q := range a.Queues {
			serving[q] = append(serving[q], d)
		}
	}
	return serving, slots
}

func withSlot(desks []*desk) []*desk {
	var out []*desk
	for _, d := range desks {
		if d.free > 0 {
			out = append(out, d)
		}
	}
	return out
}

// multicast asks everybody who has not been asked. Who declined or missed the chat is asked again when nobody else can
// be: no offer stands, and the lease that they let go has run out.
func multicast(w Waiting, free []*desk, now time.Time) []*desk {
	last := make(map[id.User]Asked, len(w.Asked))
	stands := false
	for _, a := range w.Asked {
		last[a.Agent] = a
		stands = stands || a.Open
	}
	var fresh, again []*desk
	for _, d := range free {
		switch a, asked := last[d.agent]; {
		case !asked:
			fresh = append(fresh, d)
		case !a.Open && !now.Before(a.Until):
			again = append(again, d)
		}
	}
	if len(fresh) == 0 && !stands {
		return again
	}
	return fresh
}

// retry is when a chat that could be offered to nobody is worth another look: as soon as a lease that was let go has run
// out. Zero: time alone changes nothing, or an offer stands and its end is known.
func (w Waiting) retry(now time.Time) (at time.Time) {
	for _, a := range w.Asked {
		if a.Open {
			return time.Time{}
		}
		if a.Until.After(now) && (at.IsZero() || a.Until.Before(at)) {
			at = a.Until
		}
	}
	return at
}
