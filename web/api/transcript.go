package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sidetone/chat"
	"sidetone/internal/carrier/media"
	"sidetone/internal/id"
	gen "sidetone/openapi/gen/public"
	"sidetone/openapi/iso"
)

// ListMessages lists the texts of a chat.
func (s *server) ListMessages(ctx context.Context, req gen.ListMessagesRequestObject) (gen.ListMessagesResponseObject, error) {
	c := callOf(ctx)
	page, err := pageOf(req.Params.Page, req.Params.Per, req.Params.After)
	if err != nil {
		return nil, err
	}
	rows, total, next, err := s.Chats.Messages(ctx, c.token.Tenant.ID, id.Chat(req.ChatId), page)
	if err != nil {
		return nil, err
	}
	c.listed(page, total, next)
	out := make(gen.ListMessages200JSONResponse, len(rows))
	for i, r := range rows {
		out[i] = s.message(c, id.Chat(req.ChatId), r)
	}
	return out, nil
}

// GetTranscript reads a chat from its beginning, as JSON or as text.
func (s *server) GetTranscript(ctx context.Context, req gen.GetTranscriptRequestObject) (gen.GetTranscriptResponseObject, error) {
	c, of := callOf(ctx), id.Chat(req.ChatId)
	view, rows, err := s.Chats.Transcript(ctx, c.token.Tenant.ID, of)
	if err != nil {
		return nil, err
	}
	c.header.Add("Vary", "Accept")
	if c.wantsText(req.Params.Format) {
		return gen.GetTranscript200TextResponse(s.plain(c, view, rows)), nil
	}
	tree, err := s.Chats.Tree(ctx, c.token.Tenant.ID)
	if err != nil {
		return nil, err
	}
	out := gen.GetTranscript200JSONResponse{ChatId: int64(of), Status: gen.ChatStatus(view.Status), Entries: make([]gen.TranscriptEntry, len(rows))}
	for i, r := range rows {
		e := gen.TranscriptEntry{Seq: int32(r.Seq), At: iso.Time(r.At), Type: gen.TranscriptEntryTypeMessage}
		if r.Message != nil {
			e.Message = new(s.message(c, of, r))
		} else {
			e.Type, e.Event = gen.TranscriptEntryTypeEvent, &gen.ChatEvent{
				Kind: r.Event.Kind, Text: word(r.Event.Text), By: word(r.Event.By), Reason: word(r.Event.Reason), Agent: agentName(r.Event.User),
				MenuPath: menuPath(tree.Line(r.Event.Queue.ID)),
			}
		}
		out.Entries[i] = e
	}
	return out, nil
}

// wantsText: the parameter decides, else whether plain text is named in Accept and JSON is not named before it.
func (c *call) wantsText(format *gen.GetTranscriptParamsFormat) bool {
	if format != nil {
		return *format == gen.Text
	}
	for kind := range strings.SplitSeq(strings.Join(c.request.Header.Values("Accept"), ","), ",") {
		kind, _, _ = strings.Cut(kind, ";")
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "text/plain":
			return true
		case "application/json":
			return false
		}
	}
	return false
}

func (s *server) message(c *call, of id.Chat, r chat.Row) gen.Message {
	m := r.Message
	out := gen.Message{
		Id: int64(m.ID), Seq: int32(r.Seq), ChatId: int64(of), Sender: gen.MessageSender(m.Sender), Agent: agentName(m.User), Kind: m.Kind,
		Text: m.Text, Media: []gen.Attachment{}, Status: gen.MessageStatus(m.Status), Segments: int32(m.Segments), CreatedAt: iso.Time(r.At),
	}
	if m.Sender == "system" && m.Kind == "api" {
		out.Sender = gen.MessageSenderApi
	}
	for _, p := range chat.Parts(m.Media) {
		a := gen.Attachment{Id: number(p.ID), State: gen.AttachmentState(p.State), ContentType: word(p.Type)}
		if p.State == media.Ready {
			a.Url = new(s.Media.Link(c.token.Tenant.ID, p.ID))
		}
		out.Media = append(out.Media, a)
	}
	if m.Error != nil {
		out.Error = &gen.MessageError{Code: m.Error.Code, Text: m.Error.Text, Retryable: m.Error.Retryable}
	}
	return out
}

func agentName(u chat.UserRef) *gen.AgentName {
	if u.ID == 0 {
		return nil
	}
	return &gen.AgentName{Id: int64(u.ID), Name: u.Name}
}

// plain is a transcript as people read it: a line a row, further lines of a text under its first.
func (s *server) plain(c *call, view chat.View, rows []chat.Row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Chat %d\n\n", view.ID)
	for _, r := range rows {
		if r.Event != nil && r.Event.Kind == chat.MarkWhisper {
			continue // between a supervisor and an agent
		}
		stamp := r.At.UTC().Format(time.DateTime) + " UTC  "
		said := ""
		switch {
		case r.Message != nil:
			said = author(r.Message) + ": " + r.Message.Text
			for _, p := range chat.Parts(r.Message.Media) {
				said += "\n[" + p.State + "]"
				if p.State == media.Ready {
					said = strings.TrimSuffix(said, "[ready]") + s.Media.Link(c.token.Tenant.ID, p.ID)
				}
			}
		default:
			said = "* " + happened(r.Event)
		}
		b.WriteString(stamp + strings.ReplaceAll(said, "\n", "\n"+strings.Repeat(" ", len(stamp))) + "\n")
	}
	return b.String()
}

func author(m *chat.MessageView) string {
	switch {
	case m.Sender == "end_user":
		return "Customer"
	case m.User.Name != "":
		return m.User.Name
	case m.Kind == "api":
		return "Program"
	}
	return "System"
}

// happened is an event in a few words: "queued, Support › Returns".
func happened(e *chat.EventView) string {
	out := strings.ReplaceAll(e.Kind, "_", " ")
	for _, more := range []string{e.User.Name, e.Queue.Path, e.Text, strings.TrimPrefix(e.By, "disconnected_"), e.Reason} {
		if more != "" && more != "nothing" {
			out += ", " + strings.ReplaceAll(more, "_", " ")
		}
	}
	return out
}
