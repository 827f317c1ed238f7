package chat

import (
	"encoding/json"
	"fmt"
	"time"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
)

// loaded is a locked pair with its chat, as read and as it becomes.
type loaded struct {
	thread  id.Thread
	endUser id.EndUser
	address string // the consumer's
	number  carrier.Number
	before  Chat // as it stands in the database; Status None when there is no active chat
	chat    Chat // as the events have made it
}

// pairFacts fills in what the number and the rules say about a pair.
func (l *loaded) pairFacts(r *Rules, name string, optedOut, blocked bool, replies, elsewhere []byte) error {
	p := Pair{
		Name: name, Entry: l.number.Queue, Sessionless: l.number.Can(carrier.SessionFree),
		Silent: l.number.OptOutResponder == carrier.CarrierAnswers, OptedOut: optedOut, Blocked: blocked,
	}
	if len(replies) > 2 { // not {}
		if err := json.Unmarshal(replies, &p.Replies); err != nil {
			return fmt.Errorf("read the replies of thread %d: %w", l.thread, err)
		}
	}
	if len(elsewhere) > 2 {
		if err := json.Unmarshal(elsewhere, &p.Elsewhere); err != nil {
			return fmt.Errorf("read the replies to consumer %d: %w", l.endUser, err)
		}
	}
	l.chat.Pair, l.chat.Rules = p, r
	return nil
}

func (r ReadPairsRow) load(number carrier.Number, rules *Rules) (*loaded, error) {
	l := &loaded{thread: r.ThreadID, endUser: r.EndUserID, address: r.Address, number: number}
	l.chat = Chat{
		ID: id.Chat(r.ChatID), Status: Status(r.Status), StartedBy: StartedBy(r.StartedBy), Lang: r.Lang,
		Menu: id.Queue(r.MenuID), Queue: id.Queue(r.QueueID), Agent: id.User(r.AgentID), LastAgent: id.User(r.LastAgentID),
		Seq: r.LastSeq, InvalidChoices: r.InvalidChoices, Greeted: r.Greeted, OptOutFlag: r.OptOutFlag,
		AfterHoursTold: r.AfterHoursTold,
		Transfers:      r.TransferCount, Handover: Handover{id.User(r.TransferTo), at(r.TransferUntil)},
		QueuedAt: at(r.QueuedAt), AssignedAt: at(r.AssignedAt), LastConsumerAt: at(r.LastConsumerAt),
		LastAgentAt: at(r.LastAgentAt), DismissedAt: at(r.DismissedAt), DueAt: at(r.DueAt), OwedSince: at(r.OwedSince),
	}
	if l.chat.ID != 0 {
		l.chat.CreatedAt = r.CreatedAt
	}
	if err := l.pairFacts(rules, r.EndUserName, r.OptedOut, r.Blocked, r.Replies, r.Elsewhere); err != nil {
		return nil, err
	}
	l.before = l.chat
	return l, nil
}

func (r ReadChatRow) load(rules *Rules) (*loaded, error) {
	l := &loaded{thread: r.ThreadID, endUser: r.EndUserID, address: r.Address, number: rules.ByID[r.NumberID]}
	l.chat = Chat{
		ID: r.ChatID, Status: Status(r.Status), StartedBy: StartedBy(r.StartedBy), Lang: r.Lang,
		Menu: id.Queue(r.MenuID), Queue: id.Queue(r.QueueID), Agent: id.User(r.AgentID), LastAgent: id.User(r.LastAgentID),
		Seq: r.LastSeq, InvalidChoices: r.InvalidChoices, Greeted: r.Greeted, OptOutFlag: r.OptOutFlag,
		AfterHoursTold: r.AfterHoursTold,
		Transfers:      r.TransferCount, Handover: Handover{id.User(r.TransferTo), at(r.TransferUntil)}, AgentGone: r.AgentGone, Joined: users(r.Joined),
		CreatedAt: r.CreatedAt, QueuedAt: at(r.QueuedAt), AssignedAt: at(r.AssignedAt), LastConsumerAt: at(r.LastConsumerAt),
		LastAgentAt: at(r.LastAgentAt), DismissedAt: at(r.DismissedAt), DueAt: at(r.DueAt), OwedSince: at(r.OwedSince), EndedAt: at(r.EndedAt),
		DisconnectedBy: Disconnected(r.DisconnectedBy), FailReason: FailReason(r.FailReason),
	}
	if err := l.pairFacts(rules, r.EndUserName, r.OptedOut, false, r.Replies, r.Elsewhere); err != nil {
		return nil, err
	}
	l.before = l.chat
	return l, nil
}

func users(ids []int64) []id.User {
	out := make([]id.User, len(ids))
	for i, v := range ids {
		out[i] = id.User(v)
	}
	return out
}

// at is the time of a column that may be NULL.
func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// orNull is the reverse.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
