package chat

import (
	"encoding/json"
	"time"

	"sidetone/internal/id"
)

// View is a chat as people see it: a row of the desk's list, or the head of a transcript.
type View struct {
	ID             id.Chat
	Status         Status
	StartedBy      StartedBy
	Queue          QueueRef // the leaf; zero while none is chosen
	EndUser        EndUser
	Number         string // ours
	Lang           string
	Agent          UserRef
	LastSeq        int
	OptOutFlag     bool
	OptedOut       bool // the consumer is on the do-not-contact list now
	CreatedAt      time.Time
	QueuedAt       time.Time
	AssignedAt     time.Time
	LastConsumerAt time.Time
	LastAgentAt    time.Time
	EndedAt        time.Time
	DisconnectedBy Disconnected
	FailReason     FailReason
	Preview        string        // the last text
	ResponseTarget time.Duration // how soon the agent should answer; 0: no target
	ResponseDueAt  time.Time     // by when, while the consumer waits for an answer
	DismissedAt    time.Time
	ReadSeq        int // how far its agent has read
	Unread         int // texts of the consumer past that
	Closed         Closed
	Transfers      int
	TransferTo     UserRef // who is asked to take it; zero: nobody
	TransferUntil  time.Time
	Wrapped        Wrapped // what its agent said of it when it had ended
}

// Closed is when the queue of a chat is closed: now, or the next time.
type Closed struct {
	Ever  bool
	From  time.Time // zero: it is closed now
	Until time.Time // zero: for ever
}

func closedOf(rules *Rules, q id.Queue, now time.Time) Closed {
	if q == 0 {
		return Closed{}
	}
	hours := rules.Calendar(q)
	from := hours.NextClosing(now)
	if from.IsZero() {
		return Closed{}
	}
	c := Closed{Ever: true, From: from, Until: hours.NextOpening(from)}
	if !from.After(now) {
		c.From = time.Time{}
	}
	return c
}

// QueueRef names a queue with its path from the top.
type QueueRef struct {
	ID   id.Queue
	Name string
	Path string
}

// EndUser is the consumer of a chat.
type EndUser struct {
	ID      id.EndUser
	Name    string
	Address string // E.164 or a short code
}

// UserRef names a person of the tenant. Zero: nobody.
type UserRef struct {
	ID   id.User
	Name string
}

// Row is a row of a transcript: a text, or a mark. Exactly one of Message and Event is set.
type Row struct {
	Seq     int
	At      time.Time
	Message *MessageView
	Event   *EventView
}

// MessageView is a text in a transcript.
type MessageView struct {
	ID       id.Message
	Sender   string // end_user, agent, system (a program's text counts as system)
	Kind     string
	Text     string
	Media    json.RawMessage
	Status   string // spec 1.6, or received
	Segments int
	ClientID string
	User     UserRef
	Erased   bool // its words were kept long enough, or the consumer is forgotten
	Error    *MessageError
}

// MessageError says why a text did not arrive, or that nobody knows.
type MessageError struct {
	Code      string // the carrier's, or "uncertain"
	Text      string
	Retryable bool
}

// EventView is a mark in a transcript.
type EventView struct {
	Kind   string
	Text   string
	By     string
	Reason string
	User   UserRef
	To     UserRef // of a transfer
	Queue  QueueRef
}

// MessageStatus is the present delivery state of a text.
type MessageStatus struct {
	ID     id.Message
	Seq    int
	Status string
	Media  json.RawMessage
	Error  *MessageError
}

// Sent answers an agent's send: the same client id gives the same answer again.
type Sent struct {
	Message id.Message
	Seq     int
}
