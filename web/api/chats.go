package api

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	gen "sidetone/openapi/gen/public"
	"sidetone/smsapi"
)

// ListChats lists chats (spec 2.4).
func (s *server) ListChats(ctx context.Context, req gen.ListChatsRequestObject) (gen.ListChatsResponseObject, error) {
	c := callOf(ctx)
	page, err := pageOf(req.Params.Page, req.Params.Per, req.Params.After)
	if err != nil {
		return nil, err
	}
	filter, err := chatFilter(req.Params)
	if err != nil {
		return nil, err
	}
	list, err := s.Chats.List(ctx, c.token.Tenant.ID, filter, page)
	if err != nil {
		return nil, err
	}
	c.listed(page, list.Total, list.Next)
	out := make(gen.ListChats200JSONResponse, len(list.Chats))
	for i, d := range list.Chats {
		out[i] = s.chat(c, d)
	}
	return out, nil
}

func chatFilter(p gen.ListChatsParams) (f chat.Filter, err error) {
	if p.ChatType != nil && !smsapi.IsChatType(*p.ChatType) {
		return f, errs.Field("chat_type", "chat_type is unknown")
	}
	f.Status, f.Agent = chat.Status(given(p.Status)), id.User(given(p.AgentId))
	for _, q := range given(p.MenuId) {
		f.Queues = append(f.Queues, id.Queue(q))
	}
	if f.Created, err = span("created_at", p.CreatedAtFrom, p.CreatedAtTo); err != nil {
		return f, err
	}
	f.Updated, err = span("updated_at", p.UpdatedAtFrom, p.UpdatedAtTo)
	return f, err
}

// GetChat reads a chat.
func (s *server) GetChat(ctx context.Context, req gen.GetChatRequestObject) (gen.GetChatResponseObject, error) {
	c := callOf(ctx)
	d, err := s.Chats.Detail(ctx, c.token.Tenant.ID, id.Chat(req.ChatId))
	if err != nil {
		return nil, err
	}
	return gen.GetChat200JSONResponse(s.chat(c, d)), nil
}

// ResumeChat takes a dismissed chat back into its queue.
func (s *server) ResumeChat(ctx context.Context, req gen.ResumeChatRequestObject) (gen.ResumeChatResponseObject, error) {
	c := callOf(ctx)
	d, err := s.Chats.Resume(ctx, c.token.Tenant.ID, id.Chat(req.ChatId), c.actor())
	if err != nil {
		return nil, err
	}
	return gen.ResumeChat200JSONResponse(s.chat(c, d)), nil
}

// FinishChat ends a chat.
func (s *server) FinishChat(ctx context.Context, req gen.FinishChatRequestObject) (gen.FinishChatResponseObject, error) {
	c := callOf(ctx)
	d, err := s.Chats.Finish(ctx, c.token.Tenant.ID, id.Chat(req.ChatId), c.actor(), func(b *pgx.Batch, d chat.Detail) error {
		return c.saveAnswer(b, 200, s.chat(c, d))
	})
	if err != nil {
		return nil, err
	}
	return gen.FinishChat200JSONResponse(s.chat(c, d)), nil
}
