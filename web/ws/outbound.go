package ws

import (
	"context"

	"sidetone/chat"
	"sidetone/internal/id"
)

// outbound lets the agent text first: the chat that begins is theirs. A repeated client_id is the same chat.
func (s *socket) outbound(ctx context.Context, r request) (any, task, error) {
	var data struct {
		Queue        id.Queue      `json:"queue_id"`
		From         string        `json:"from"`
		To           string        `json:"to"`
		Text         string        `json:"text"`
		ClientID     string        `json:"client_id"`
		ConfirmQuiet bool          `json:"confirm_quiet"`
		Shortcuts    []id.Shortcut `json:"shortcut_ids"`
	}
	if err := decode(r.Data, &data); err != nil {
		return nil, task{}, err
	}
	view, err := s.hub.Chats.Outbound(ctx, s.tenant, s.user, chat.First{
		Queue: data.Queue, From: data.From, To: data.To, Text: data.Text, ClientID: data.ClientID, ConfirmQuiet: data.ConfirmQuiet,
		Shortcuts: data.Shortcuts,
	})
	if err != nil {
		return nil, task{}, err
	}
	return chatFrom(view, s.sight(ctx)), task{assigned: &view}, nil
}
