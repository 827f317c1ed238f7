package chat

import (
	"time"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// What supervisors look at (spec 5.2): chats, agents and queues as they are now.

// How a chat got its agent.
const (
	StartManual   = "manual"
	StartAuto     = "auto"
	StartOutbound = "outbound"
)

// WatchedChat is a chat on a supervisor's board.
type WatchedChat struct {
	View
	Start   string   // empty: no agent has had it
	Ringing []string // the names of those to whom it is held out
}

// Type is the kind of chat in the words of reports.
func (v View) Type() string {
	if v.StartedBy != ByEndUser {
		return "Outbound SMS"
	}
	return "SMS"
}

// start says how the chat got its agent.
func (v View) start(auto bool) string {
	switch {
	case v.StartedBy != ByEndUser:
		return StartOutbound
	case v.AssignedAt.IsZero():
		return ""
	case auto:
		return StartAuto
	}
	return StartManual
}

// WatchedAgent is an agent on a supervisor's board.
type WatchedAgent struct {
	Agent     UserRef
	Status    tenant.Status
	Since     time.Time
	Connected bool
	Limit     int
	Offered   int // chats held out to them
	Wrapping  int // chats that have ended and that they have still to wrap up
	Chats     []Load
	Serves    []id.Queue
	Teams     []string
}

// Load is a chat that an agent has.
type Load struct {
	Chat  id.Chat
	DueAt time.Time // by when they should answer; zero while nobody waits
}

// available says whether routing may ask them.
func (a WatchedAgent) available() bool { return a.Connected && a.Status == tenant.Available }

// free are the slots that routing may fill.
func (a WatchedAgent) free() int {
	if !a.available() {
		return 0
	}
	return max(0, a.Limit-len(a.Chats)-a.Offered-a.Wrapping)
}

// WatchedQueue is a leaf on a supervisor's board.
type WatchedQueue struct {
	Queue     QueueRef
	Waiting   int
	Oldest    time.Time     // since when the first of them waits
	Estimate  time.Duration // of the next one's wait
	Estimated bool
	Inbound   int // chats that agents have, by who began them
	Outbound  int
	Programs  int
	Agents    int // connected
	Available int
	Free      int           // slots of the available
	Target    time.Duration // 0: none
	Day       DayFigures
}

// DayFigures are what became of a queue's chats since the day began.
type DayFigures struct {
	Answered int
	InTarget int
	Ended    int
	Expired  int // nobody answered them in time
}
