package console

import (
	"context"
	"unicode/utf8"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/segments"
	"sidetone/internal/tenant"
	"sidetone/openapi/gen/common"
	gen "sidetone/openapi/gen/console"
)

// ListQueues gives the queue trees in menu order, with what each queue holds.
func (s *server) ListQueues(ctx context.Context, req gen.ListQueuesRequestObject) (gen.ListQueuesResponseObject, error) {
	all, err := s.Chats.QueueTree(ctx, callOf(ctx).session.Tenant.ID)
	if err != nil {
		return nil, err
	}
	out := gen.ListQueues200JSONResponse{}
	for _, h := range all {
		if req.Params.Channel == nil || string(*req.Params.Channel) == h.Channel {
			out = append(out, queue(h))
		}
	}
	return out, nil
}

// GetQueue gives one queue, with the settings that hold for it to those who may see them.
func (s *server) GetQueue(ctx context.Context, req gen.GetQueueRequestObject) (gen.GetQueueResponseObject, error) {
	session := callOf(ctx).session
	q, err := s.queue(ctx, session, id.Queue(req.QueueId))
	if err != nil {
		return nil, err
	}
	out := gen.GetQueue200JSONResponse{Queue: q}
	if session.User.Has(tenant.RoleManager, tenant.RoleAdmin) {
		page, err := s.Chats.SettingsOf(ctx, session.Tenant.ID, id.Queue(req.QueueId))
		if err != nil {
			return nil, err
		}
		out.Settings = new(settingsPage(page).Settings)
	}
	return out, nil
}

// CreateQueue makes a queue.
func (s *server) CreateQueue(ctx context.Context, req gen.CreateQueueRequestObject) (gen.CreateQueueResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	b := req.Body
	made, err := s.Chats.CreateQueue(ctx, session.Tenant.ID, by(session), chat.NewQueue{
		Parent: queueID(b.ParentId), Channel: string(orZero(b.Channel)), Lang: orZero(b.Lang), Name: b.Name, Names: orZero(b.Names),
		Keywords: orZero(b.Keywords), LangKeywords: orZero(b.LangKeywords), Hidden: orZero(b.Hidden), Position: position(b.Position),
	})
	if err != nil {
		return nil, err
	}
	q, err := s.queue(ctx, session, made)
	return gen.CreateQueue201JSONResponse(q), err
}

// ChangeQueue renames, hides or shows a queue, changes its keywords and its settings: all or nothing.
func (s *server) ChangeQueue(ctx context.Context, req gen.ChangeQueueRequestObject) (gen.ChangeQueueResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	b, of := req.Body, id.Queue(req.QueueId)
	change := chat.QueueChange{Name: b.Name, Lang: b.Lang, Hidden: b.Hidden}
	if b.Names != nil {
		change.Names = *b.Names
	}
	if b.Keywords != nil {
		change.Keywords = append([]string{}, *b.Keywords...)
	}
	if b.LangKeywords != nil {
		change.LangKeywords = *b.LangKeywords
	}
	if change.Settings, err = rawSettings(orZero(b.Settings)); err != nil {
		return nil, err
	}
	if err := s.Chats.ChangeQueue(ctx, session.Tenant.ID, by(session), of, change); err != nil {
		return nil, err
	}
	q, err := s.queue(ctx, session, of)
	return gen.ChangeQueue200JSONResponse(q), err
}

// MoveQueue takes a queue with all below it elsewhere.
func (s *server) MoveQueue(ctx context.Context, req gen.MoveQueueRequestObject) (gen.MoveQueueResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	of := id.Queue(req.QueueId)
	err = s.Chats.MoveQueue(ctx, session.Tenant.ID, by(session), of, queueID(req.Body.ParentId), position(req.Body.Position))
	if err != nil {
		return nil, err
	}
	q, err := s.queue(ctx, session, of)
	return gen.MoveQueue200JSONResponse(q), err
}

// OrderQueues puts siblings into an order.
func (s *server) OrderQueues(ctx context.Context, req gen.OrderQueuesRequestObject) (gen.OrderQueuesResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	order := make([]id.Queue, len(req.Body.QueueIds))
	for i, q := range req.Body.QueueIds {
		order[i] = id.Queue(q)
	}
	parent, channel := queueID(req.Body.ParentId), string(orZero(req.Body.Channel))
	if (parent == 0) == (channel == "") {
		return nil, errs.Field("parent_id", "Name the queue they stand below, or the channel they are at the top of")
	}
	return gen.OrderQueues204Response{}, s.Chats.OrderQueues(ctx, session.Tenant.ID, by(session), parent, channel, order)
}

// CopyQueue copies a queue with all below it into another tree.
func (s *server) CopyQueue(ctx context.Context, req gen.CopyQueueRequestObject) (gen.CopyQueueResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	made, err := s.Chats.CopyQueue(ctx, session.Tenant.ID, by(session), id.Queue(req.QueueId), chat.CopyTo{
		Parent: queueID(req.Body.ParentId), Channel: string(req.Body.Channel), Agents: orZero(req.Body.CopyAgents),
	})
	if err != nil {
		return nil, err
	}
	q, err := s.queue(ctx, session, made)
	return gen.CopyQueue201JSONResponse(q), err
}

// DeleteQueue deletes a queue with all below it.
func (s *server) DeleteQueue(ctx context.Context, req gen.DeleteQueueRequestObject) (gen.DeleteQueueResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	err = s.Chats.DeleteQueue(ctx, session.Tenant.ID, by(session), id.Queue(req.QueueId), queueID(req.Body.SubstituteId),
		string(orZero(req.Body.Numbers)))
	return gen.DeleteQueue204Response{}, err
}

// GetQueuePreview tells what a consumer gets who texts a queue's number first.
func (s *server) GetQueuePreview(ctx context.Context, req gen.GetQueuePreviewRequestObject) (gen.GetQueuePreviewResponseObject, error) {
	p, err := s.Chats.PreviewQueue(ctx, callOf(ctx).session.Tenant.ID, id.Queue(req.QueueId), chat.QueueDraft{
		Lang: orZero(req.Params.Lang), At: orZero(req.Params.At),
	})
	return gen.GetQueuePreview200JSONResponse{QueuePreviewJSONResponse: preview(p)}, err
}

// PreviewQueue tells the same of a draft.
func (s *server) PreviewQueue(ctx context.Context, req gen.PreviewQueueRequestObject) (gen.PreviewQueueResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	b := req.Body
	raw, err := rawSettings(orZero(b.Settings))
	if err != nil {
		return nil, err
	}
	p, err := s.Chats.PreviewQueue(ctx, session.Tenant.ID, id.Queue(req.QueueId), chat.QueueDraft{
		Lang: orZero(b.Lang), At: orZero(b.At), Name: b.Name, Names: orZero(b.Names), Settings: raw,
	})
	return gen.PreviewQueue200JSONResponse{QueuePreviewJSONResponse: preview(p)}, err
}

func (s *server) queue(ctx context.Context, session tenant.Session, of id.Queue) (gen.Queue, error) {
	h, err := s.Chats.Queue(ctx, session.Tenant.ID, of)
	if err != nil {
		return gen.Queue{}, err
	}
	return queue(h), nil
}

func queue(h chat.QueueHeld) gen.Queue {
	out := gen.Queue{
		Id: wire(h.ID), Channel: gen.QueueChannel(h.Channel), Lang: h.Lang, Position: int32(h.Position), Name: h.Name,
		Names: gen.QueueNames{}, Path: h.Path, Keywords: append([]string{}, h.Keywords...), LangKeywords: gen.QueueKeywords{},
		Hidden: h.Hidden, Leaf: h.Leaf(), Waiting: int32(h.Held.Waiting), Assigned: int32(h.Held.Assigned), Agents: int32(h.Held.Agents),
	}
	if h.Parent != 0 {
		out.ParentId = new(wire(h.Parent))
	}
	for lang, name := range h.Names {
		out.Names[lang] = name
	}
	for lang, keywords := range h.LangKeywords {
		out.LangKeywords[lang] = append([]string{}, keywords...)
	}
	return out
}

func preview(p chat.Preview) gen.QueuePreviewJSONResponse {
	out := gen.QueuePreviewJSONResponse{Lang: p.Lang, Texts: make([]gen.PreviewText, len(p.Texts))}
	if p.Status != chat.None {
		out.Status = new(gen.QueuePreviewStatus(p.Status))
	}
	for i, say := range p.Texts {
		r := segments.Count(say.Text)
		out.Texts[i] = gen.PreviewText{
			Kind: say.Kind, Text: say.Text, Encoding: gen.PreviewTextEncoding(r.Encoding),
			Characters: int32(utf8.RuneCountInString(say.Text)), Segments: int32(r.Segments),
		}
	}
	return out
}

func queueID(of *common.ID) id.Queue { return id.Queue(orZero(of)) }

func position(at *int32) *int {
	if at == nil {
		return nil
	}
	return new(int(*at))
}

// orZero is what a property holds, or nothing.
func orZero[T any](v *T) (zero T) {
	if v == nil {
		return zero
	}
	return *v
}
