package ws

import (
	"context"
	"strings"

	"sidetone/chat"
	"sidetone/internal/id"
)

func (s *socket) transfer(ctx context.Context, r request) (any, task, error) {
	var data struct {
		Queue id.Queue `json:"to_queue_id"`
		Agent id.User  `json:"to_agent_id"`
		Note  string   `json:"note"`
	}
	if err := decode(r.Data, &data); err != nil {
		return nil, task{}, err
	}
	to := chat.To{Queue: data.Queue, Agent: data.Agent}
	note := strings.TrimSpace(data.Note)
	err := s.hub.Chats.Transfer(ctx, s.tenant, r.Chat, s.user, to, note)
	return nil, task{}, s.byRank(ctx, err, func() error { return s.hub.Chats.TransferBy(ctx, s.tenant, r.Chat, s.user, to, note) })
}

// takeOver makes a colleague's chat a supervisor's.
func (s *socket) takeOver(ctx context.Context, r request) (any, task, error) {
	if err := s.supervises(ctx); err != nil {
		return nil, task{}, err
	}
	view, err := s.hub.Chats.TakeOver(ctx, s.tenant, r.Chat, s.user)
	if err != nil {
		return nil, task{}, err
	}
	return chatFrom(view, s.sight(ctx)), task{assigned: &view}, nil
}

// transferData says how a transfer stands.
type transferData struct {
	State string     `json:"state"` // began, ended, failed
	To    *userData  `json:"to,omitempty"`
	Queue *queueData `json:"queue,omitempty"`
	By    *userData  `json:"by,omitempty"`
	Why   string     `json:"why,omitempty"`
}

// tellTransfer tells how a transfer stands once a row of the transcript has changed that.
func (s *socket) tellTransfer(of id.Chat, f *followed, e *chat.EventView) error {
	data := transferData{To: userFrom(e.To), Queue: queueFrom(e.Queue), By: userFrom(e.User)}
	switch {
	case e.Kind == "transfer" && e.To.ID != 0:
		f.handed, data.State = e.To.ID, "began"
	case e.Kind == "transfer":
		data.State = "ended"
	case e.Kind == "transfer_failed" && e.Queue.ID != 0: // it never began
		data.State, data.To, data.Why = "failed", nil, e.Reason
	case e.Kind == "transfer_failed":
		f.handed, f.failed = 0, e
		data = transferData{State: "failed", To: userFrom(e.User), Why: e.Reason}
	case e.Kind == "assigned" && f.handed != 0 && f.handed == e.User.ID:
		f.handed = 0
		data = transferData{State: "ended", To: userFrom(e.User)}
	default:
		return nil
	}
	return s.write(frame{Type: typeTransfer, Chat: of, Data: data})
}

// returned is what an agent is told whose chat nobody took.
var returned = map[string]string{
	chat.WhyDeclined: " declined the chat; it is still yours",
	chat.WhyMissed:   " did not answer in time; the chat is still yours",
	chat.WhyGone:     " has left; the chat is still yours",
}

// tellReturned alerts the agent of a chat whose transfer has failed.
func (s *socket) tellReturned(of id.Chat, f *followed) error {
	e := f.failed
	if e == nil {
		return nil
	}
	f.failed = nil
	return s.write(frame{Type: typeAlert, Chat: of, Data: alertData{"transfer_failed", e.User.Name + returned[e.Reason]}})
}
