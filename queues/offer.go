package queues

import (
	"time"

	"sidetone/internal/id"
)

// Offer is a chat held out to one agent. It is a lease: accepted, declined, withdrawn or expired, it always has a next
// step (spec 1.7).
type Offer struct {
	ID           id.Offer
	Chat         id.Chat
	Agent        id.User
	Queue        id.Queue
	Lang         string
	EndUser      id.EndUser
	EndUserName  string
	Address      string // the consumer's number
	Preview      string // the consumer's last text
	WaitingSince time.Time
	ExpiresAt    time.Time
}
