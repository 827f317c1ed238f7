package ws

import (
	"sidetone/chat"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/web/edge"
)

// Where a chat stands on a board (spec 5.2).
const (
	sectionOngoing  = "ongoing"
	sectionFuture   = "future"
	sectionPrevious = "previous"
)

// boardChat is a chat on a board.
type boardChat struct {
	chatData
	Section        string    `json:"section"`
	Type           string    `json:"type"`
	Start          string    `json:"start_type,omitempty"`
	Agent          *userData `json:"agent"`
	Ringing        []string  `json:"ringing,omitempty"`
	QueuedAt       stamp     `json:"queued_at,omitzero"`
	DismissedAt    stamp     `json:"dismissed_at,omitzero"`
	EndedAt        stamp     `json:"ended_at,omitzero"`
	DisconnectedBy string    `json:"disconnected_by,omitempty"`
	FailReason     string    `json:"fail_reason,omitempty"`
}

func boardChatFrom(c chat.WatchedChat) (line, error) {
	row := boardChat{
		chatData: chatFrom(c.View, edge.Whole()), Section: section(c.View), Type: c.Type(), Start: c.Start, Agent: userFrom(c.Agent), Ringing: c.Ringing,
		QueuedAt: stamp(c.QueuedAt), DismissedAt: stamp(c.DismissedAt), EndedAt: stamp(c.EndedAt),
		DisconnectedBy: string(c.DisconnectedBy), FailReason: string(c.FailReason),
	}
	l, err := newLine(int64(c.ID), row)
	l.queues, l.agent = []id.Queue{c.Queue.ID}, c.Agent.ID
	return l, err
}

func section(v chat.View) string {
	switch {
	case v.Status.Final():
		return sectionPrevious
	case v.Status == chat.Queued || v.Status == chat.Selecting:
		return sectionFuture
	}
	return sectionOngoing
}

// boardAgent is an agent on a board.
type boardAgent struct {
	User      userData      `json:"user"`
	Status    tenant.Status `json:"status"`
	Since     stamp         `json:"since"`
	Connected bool          `json:"connected"`
	Limit     int           `json:"limit"`
	Offered   int           `json:"offered"`
	Wrapping  int           `json:"wrapping"`
	Chats     []boardLoad   `json:"chats"`
	Channels  []string      `json:"channels"`
	Queues    []id.Queue    `json:"queues"`
	Teams     []string      `json:"teams"`
}

type boardLoad struct {
	Chat  id.Chat `json:"chat_id"`
	DueAt stamp   `json:"response_due_at,omitzero"`
}

func boardAgentFrom(a chat.WatchedAgent) (line, error) {
	row := boardAgent{
		User: userData(a.Agent), Status: a.Status, Since: stamp(a.Since), Connected: a.Connected, Limit: a.Limit, Offered: a.Offered, Wrapping: a.Wrapping,
		Chats: []boardLoad{}, Channels: []string{"sms"}, Queues: append([]id.Queue{}, a.Serves...), Teams: append([]string{}, a.Teams...),
	}
	for _, c := range a.Chats {
		row.Chats = append(row.Chats, boardLoad{c.Chat, stamp(c.DueAt)})
	}
	l, err := newLine(int64(a.Agent.ID), row)
	l.queues, l.agent = a.Serves, a.Agent.ID
	return l, err
}

// boardQueue is a leaf on a board.
type boardQueue struct {
	Queue     queueData  `json:"queue"`
	Waiting   int        `json:"waiting"`
	Oldest    stamp      `json:"oldest_at,omitzero"`
	Estimate  *int       `json:"estimated_wait,omitempty"` // seconds
	Ongoing   boardTypes `json:"ongoing"`
	Agents    int        `json:"agents"`
	Available int        `json:"available"`
	Free      int        `json:"free"`
	Target    int        `json:"wait_target,omitempty"` // seconds
	Day       boardDay   `json:"today"`
}

// boardTypes are the chats that agents have, by who began them.
type boardTypes struct {
	Inbound  int `json:"inbound"`
	Outbound int `json:"outbound"`
	API      int `json:"api"`
}

type boardDay struct {
	Answered int `json:"answered"`
	InTarget int `json:"in_target"`
	Ended    int `json:"ended"`
	Expired  int `json:"expired"`
}

func boardQueueFrom(q chat.WatchedQueue) (line, error) {
	row := boardQueue{
		Queue: queueData(q.Queue), Waiting: q.Waiting, Oldest: stamp(q.Oldest), Ongoing: boardTypes{q.Inbound, q.Outbound, q.Programs},
		Agents: q.Agents, Available: q.Available, Free: q.Free, Target: int(q.Target.Seconds()),
		Day: boardDay{q.Day.Answered, q.Day.InTarget, q.Day.Ended, q.Day.Expired},
	}
	if q.Estimated {
		row.Estimate = new(int(q.Estimate.Seconds()))
	}
	l, err := newLine(int64(q.Queue.ID), row)
	l.queues = []id.Queue{q.Queue.ID}
	return l, err
}
