package console

import (
	"context"
	"iter"
	"net/http"
	"strconv"
	"time"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
)

const (
	historyDefault  = 50
	historyMost     = 200
	historyExported = 500
)

// ListChats gives a page of the history, the newest first.
func (s *server) ListChats(ctx context.Context, req gen.ListChatsRequestObject) (gen.ListChatsResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	p := req.Params
	f, err := historyFilter(p.Status, p.QueueId, p.AgentId, p.FailReason, p.Flagged, p.From, p.To)
	if err != nil {
		return nil, err
	}
	if f, err = ownOnly(session, f); err != nil {
		return nil, err
	}
	sight, err := s.sight(ctx)
	if err != nil {
		return nil, err
	}
	f.WholeNumber = sight.Masked()
	page := chat.Page{Per: historyDefault}
	if p.Limit != nil {
		page.Per = min(int(*p.Limit), historyMost)
	}
	if p.After != nil {
		page.After = *p.After
	}
	found, err := s.Chats.History(ctx, session.Tenant.ID, f, text(p.Search), page)
	if err != nil {
		return nil, err
	}
	out := gen.ListChats200JSONResponse{Chats: make([]gen.HistoryChat, len(found.Chats)), Next: orNil(found.Next)}
	for i, c := range found.Chats {
		out.Chats[i] = historyChat(c, sight)
	}
	return out, nil
}

// ownOnly leaves an agent their own chats (spec 6, section 3).
func ownOnly(session tenant.Session, f chat.Filter) (chat.Filter, error) {
	if session.User.Has(tenant.RoleManager, tenant.RoleAdmin) {
		return f, nil
	}
	if f.Agent != 0 && f.Agent != session.User.ID {
		return f, errs.New(errs.Forbidden, "An agent sees their own chats alone").At("agent_id")
	}
	f.Agent = session.User.ID
	return f, nil
}

// GetChat gives one chat of the history.
func (s *server) GetChat(ctx context.Context, req gen.GetChatRequestObject) (gen.GetChatResponseObject, error) {
	if _, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin); err != nil {
		return nil, err
	}
	of, err := s.mayRead(ctx, id.Chat(req.ChatId))
	if err != nil {
		return nil, err
	}
	sight, err := s.sight(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.Chats.Watched(ctx, of, []id.Chat{id.Chat(req.ChatId)})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errs.New(errs.NotFound, "There is no such chat")
	}
	return gen.GetChat200JSONResponse(historyChat(found[0], sight)), nil
}

// ExportChats gives the history, or what a filter leaves of it, as CSV. It is read in pages, so that a slow reader holds no
// connection to the database.
func (s *server) ExportChats(ctx context.Context, req gen.ExportChatsRequestObject) (gen.ExportChatsResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	p := req.Params
	f, err := historyFilter(p.Status, p.QueueId, p.AgentId, p.FailReason, p.Flagged, p.From, p.To)
	if err != nil {
		return nil, err
	}
	if f, err = ownOnly(session, f); err != nil {
		return nil, err
	}
	sight, err := s.sight(ctx)
	if err != nil {
		return nil, err
	}
	f.WholeNumber = sight.Masked()
	return chatsFile{edge.CSV{
		Name: "chats.csv",
		Header: []string{
			"id", "created_at", "customer", "name", "number", "queue", "type", "start_type", "agent", "status", "sub_status", "queued_at",
			"assigned_at", "ended_at", "waiting_seconds", "handling_seconds", "disconnected_by", "fail_reason", "opt_out_flag", "disposition", "note",
		},
		Lines: s.historyExport(ctx, session.Tenant.ID, f, text(p.Search), sight),
	}}, nil
}

type chatsFile struct{ edge.CSV }

// VisitExportChatsResponse answers with the file.
func (f chatsFile) VisitExportChatsResponse(w http.ResponseWriter) error { return f.WriteTo(w) }

func (s *server) historyExport(ctx context.Context, of id.Tenant, f chat.Filter, search string, sight edge.Sight) iter.Seq2[[]string, error] {
	page := chat.Page{Per: historyExported}
	return edge.Pages(func() (cells [][]string, more bool, err error) {
		found, err := s.Chats.History(ctx, of, f, search, page)
		for _, c := range found.Chats {
			cells = append(cells, historyLine(c, sight))
		}
		page.After = found.Next
		return cells, page.After != "", err
	})
}

func historyLine(c chat.WatchedChat, sight edge.Sight) []string {
	waited, handled := "", ""
	if !c.QueuedAt.IsZero() && !c.AssignedAt.Before(c.QueuedAt) {
		waited = seconds(c.AssignedAt.Sub(c.QueuedAt))
	}
	if !c.AssignedAt.IsZero() && !c.EndedAt.IsZero() {
		handled = seconds(c.EndedAt.Sub(c.AssignedAt))
	}
	return []string{
		strconv.FormatInt(int64(c.ID), 10), moment(c.CreatedAt), sight.Number(c.EndUser.Address), c.EndUser.Name, c.Number, c.Queue.Path, c.Type(), c.Start, c.Agent.Name,
		string(c.Status), c.SubStatus(), moment(c.QueuedAt), moment(c.AssignedAt), moment(c.EndedAt), waited, handled, string(c.DisconnectedBy),
		string(c.FailReason), strconv.FormatBool(c.OptOutFlag), c.Wrapped.Disposition, c.Wrapped.Note,
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

func text(v *string) string {
	if v == nil {
		return ""
	}
	return *v
}

func historyFilter(status *gen.ChatStatus, queue, agent *int64, reason *gen.FailReason, flagged *bool, from, to *time.Time) (f chat.Filter, err error) {
	if status != nil {
		f.Status = chat.Status(*status)
	}
	if queue != nil {
		f.Queues = []id.Queue{id.Queue(*queue)}
	}
	if agent != nil {
		f.Agent = id.User(*agent)
	}
	if reason != nil {
		f.FailReason = chat.FailReason(*reason)
	}
	f.Flagged = flagged != nil && *flagged
	if from != nil {
		f.Created.From = *from
	}
	if to != nil {
		f.Created.To = *to
	}
	if from != nil && to != nil && to.Before(*from) {
		return f, errs.Field("to", "to must not be earlier than from")
	}
	return f, nil
}

func historyChat(c chat.WatchedChat, sight edge.Sight) gen.HistoryChat {
	out := gen.HistoryChat{
		Id: wire(c.ID), Status: gen.ChatStatus(c.Status), SubStatus: c.SubStatus(), Type: gen.HistoryChatType(c.Type()),
		EndUser: gen.HistoryConsumer{Id: wire(c.EndUser.ID), Name: orNil(c.EndUser.Name), Number: sight.Number(c.EndUser.Address)}, Number: c.Number, Lang: c.Lang,
		Agent: userRef(c.Agent), CreatedAt: c.CreatedAt.UTC(), QueuedAt: timeOrNil(c.QueuedAt), AssignedAt: timeOrNil(c.AssignedAt),
		EndedAt: timeOrNil(c.EndedAt), DisconnectedBy: orNil(string(c.DisconnectedBy)), FailReason: orNil(string(c.FailReason)), Flag: c.OptOutFlag,
		Preview: orNil(c.Preview), LastSeq: int32(c.LastSeq), Disposition: orNil(c.Wrapped.Disposition), Note: orNil(c.Wrapped.Note),
	}
	if c.Queue.ID != 0 {
		out.Queue = &gen.QueueRef{Id: wire(c.Queue.ID), Name: c.Queue.Name, Path: c.Queue.Path}
	}
	if c.Start != "" {
		out.StartType = new(gen.HistoryChatStartType(c.Start))
	}
	return out
}
