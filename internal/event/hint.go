// Package event holds what travels between floors and nodes: hints on the bus. A hint carries numbers only ("chat 7
// is at 42"); the truth is in Postgres, so a lost hint is a delay and never a loss (DESIGN, the two ways through).
package event

import (
	"strconv"

	"sidetone/internal/id"
)

// Kind says what a Hint is about.
type Kind string

// The kinds of hint.
const (
	ChatMoved     Kind = "chat"     // rows were appended or the chat's state changed
	MessageStatus Kind = "status"   // delivery states of a chat's messages changed
	OffersChanged Kind = "offers"   // offers to this agent opened or closed
	AgentChanged  Kind = "agent"    // the agent's status changed
	SessionEnded  Kind = "session"  // a session was ended; its sockets close
	LaneReady     Kind = "lane"     // a number has texts to send
	Stopped       Kind = "stop"     // a consumer opted out
	Settings      Kind = "settings" // a tenant's settings, numbers, queues or commands changed
)

// Hint is one message on the bus. Fields that do not concern its kind are zero.
type Hint struct {
	Kind    Kind       `json:"k"`
	Tenant  id.Tenant  `json:"t"`
	Chat    id.Chat    `json:"c,omitempty"`
	Seq     int        `json:"s,omitempty"`
	From    int        `json:"f,omitempty"` // the first row that changed, Seq being the last; MessageStatus only
	User    id.User    `json:"u,omitempty"` // 0 of a chat that no agent has
	Number  id.Number  `json:"n,omitempty"`
	Session id.Session `json:"x,omitempty"`
	Address string     `json:"a,omitempty"` // a consumer's number, Stopped only
}

// Subjects. A node subscribes to the agents whose sockets it holds, and to lanes, stops and settings of all tenants.
const (
	LaneSubjects     = "lane.>"
	StopSubjects     = "stop.>"
	SettingsSubjects = "settings.>"
)

// Subject is where a hint is published.
func (h Hint) Subject() string {
	switch h.Kind {
	case LaneReady:
		return "lane." + strconv.FormatInt(int64(h.Tenant), 10)
	case Stopped:
		return "stop." + strconv.FormatInt(int64(h.Tenant), 10)
	case Settings:
		return "settings." + strconv.FormatInt(int64(h.Tenant), 10)
	default:
		return AgentSubject(h.Tenant, h.User)
	}
}

// HouseSubject is where everything for the agents of a tenant is published, and what concerns chats that nobody has: for
// supervisors.
func HouseSubject(tenant id.Tenant) string {
	return "agent." + strconv.FormatInt(int64(tenant), 10) + ".>"
}

// AgentSubject is where everything for one agent is published.
func AgentSubject(tenant id.Tenant, user id.User) string {
	return "agent." + strconv.FormatInt(int64(tenant), 10) + "." + strconv.FormatInt(int64(user), 10)
}
