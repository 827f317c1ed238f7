package console

import (
	"context"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

const (
	rowsDefault = 200
	rowsMost    = 500
)

// GetTranscript reads a chat's rows. What a user may not read looks like what is not there.
func (s *server) GetTranscript(ctx context.Context, req gen.GetTranscriptRequestObject) (gen.GetTranscriptResponseObject, error) {
	of := id.Chat(req.ChatId)
	t, err := s.mayRead(ctx, of)
	if err != nil {
		return nil, err
	}
	after, limit := 0, rowsDefault
	if req.Params.After != nil {
		after = int(*req.Params.After)
	}
	if req.Params.Limit != nil {
		limit = min(int(*req.Params.Limit), rowsMost)
	}
	view, err := s.Chats.View(ctx, t, of)
	if err != nil {
		return nil, err
	}
	rows, err := s.Chats.Rows(ctx, t, of, after, limit)
	if err != nil {
		return nil, err
	}
	out := gen.GetTranscript200JSONResponse{
		ChatId: req.ChatId, Status: gen.ChatStatus(view.Status), LastSeq: int32(view.LastSeq),
		Disposition: orNil(view.Wrapped.Disposition), Note: orNil(view.Wrapped.Note), Rows: make([]gen.TranscriptRow, len(rows)),
	}
	for i, row := range rows {
		out.Rows[i] = transcriptRow(row)
	}
	return out, nil
}

// DecideOptOut settles whether a flagged text asked to stop (spec 1.3, tier 3): the chat's agent, a manager or an admin.
func (s *server) DecideOptOut(ctx context.Context, req gen.DecideOptOutRequestObject) (gen.DecideOptOutResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	t, of := session.Tenant.ID, id.Chat(req.ChatId)
	if _, err := s.mayRead(ctx, of); err != nil {
		return nil, err
	}
	if !session.User.Has(tenant.RoleManager, tenant.RoleAdmin) {
		view, err := s.Chats.View(ctx, t, of)
		if err != nil {
			return nil, err
		}
		if !view.Status.Final() && view.Agent.ID != session.User.ID {
			return nil, errs.New(errs.NotOwner, "This chat is not yours")
		}
	}
	confirm := req.Body.Decision == gen.Confirm
	err = s.Chats.DecideOptOut(ctx, t, of, session.User.ID, confirm)
	if errs.CodeOf(err) == errs.ChatEnded && session.User.Has(tenant.RoleManager, tenant.RoleAdmin) {
		err = s.Chats.DecideEnded(ctx, t, of, session.User.ID, confirm)
	}
	return gen.DecideOptOut204Response{}, err
}

// mayRead: managers and admins read all chats, an agent those they have or had.
func (s *server) mayRead(ctx context.Context, of id.Chat) (id.Tenant, error) {
	session := callOf(ctx).session
	if session.User.Has(tenant.RoleManager, tenant.RoleAdmin) {
		return session.Tenant.ID, nil
	}
	may := session.User.Has(tenant.RoleAgent)
	if may {
		var err error
		if may, err = s.Chats.MayRead(ctx, session.Tenant.ID, of, session.User.ID); err != nil {
			return 0, err
		}
	}
	if !may {
		return 0, errs.New(errs.NotFound, "There is no such chat")
	}
	return session.Tenant.ID, nil
}

func transcriptRow(row chat.Row) gen.TranscriptRow {
	out := gen.TranscriptRow{Seq: int32(row.Seq), At: row.At.UTC(), Type: gen.TranscriptRowTypeEvent}
	switch {
	case row.Message != nil:
		out.Type, out.Message = gen.TranscriptRowTypeMessage, new(message(*row.Message))
	case row.Event != nil:
		out.Event = new(chatEvent(*row.Event))
	}
	return out
}

func message(m chat.MessageView) gen.Message {
	out := gen.Message{
		Id: wire(m.ID), Sender: gen.MessageSender(m.Sender), Kind: m.Kind, Text: m.Text,
		Status: gen.MessageStatus(m.Status), Segments: int32(m.Segments), ClientId: orNil(m.ClientID), User: userRef(m.User),
	}
	if m.Erased {
		out.Erased = new(true)
	}
	if stored := chat.Parts(m.Media); len(stored) > 0 {
		parts := make([]gen.MediaPart, len(stored))
		for i, p := range stored {
			parts[i] = mediaPart(p)
		}
		out.Media = &parts
	}
	if e := m.Error; e != nil {
		out.Error = &gen.MessageError{Code: e.Code, Text: e.Text, Retryable: e.Retryable}
	}
	return out
}

func chatEvent(e chat.EventView) gen.ChatEvent {
	return gen.ChatEvent{
		Kind: e.Kind, Text: orNil(e.Text), By: orNil(e.By), Reason: orNil(e.Reason), User: userRef(e.User), To: userRef(e.To),
		Queue: queueNamed(e.Queue),
	}
}

func userRef(u chat.UserRef) *gen.UserRef {
	if u.ID == 0 {
		return nil
	}
	return &gen.UserRef{Id: wire(u.ID), Name: u.Name}
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
