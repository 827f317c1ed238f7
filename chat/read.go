package chat

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/queues"
)

// uncertain is the error code of a text that was handed over without an answer.
const uncertain = "uncertain"

// Desk lists the chats an agent has.
func (s *Service) Desk(ctx context.Context, t id.Tenant, agent id.User) ([]View, error) {
	return s.views(ctx, t, listDesk, t, int64(agent))
}

// Dismissed lists the chats that an agent has laid aside, the latest first.
func (s *Service) Dismissed(ctx context.Context, t id.Tenant, agent id.User) ([]View, error) {
	return s.views(ctx, t, listDismissed, t, int64(agent))
}

func (s *Service) views(ctx context.Context, t id.Tenant, query string, args ...any) ([]View, error) {
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return nil, err
	}
	var out []View
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(query, args...).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ListDeskRow])
			for _, r := range found {
				out = append(out, r.view(rules, s.now()))
			}
			return err
		})
	})
	return out, err
}

// Read notes how far the agent who has a chat has read it, so that what is unread survives their page. It never goes back.
func (s *Service) Read(ctx context.Context, t id.Tenant, chat id.Chat, agent id.User, seq int) error {
	return s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		return sql.MarkRead(ctx, tx, MarkReadParams{Seq: seq, Tenant: t, Chat: chat, Agent: int64(agent)})
	})
}

// View is one chat, ended or not. Errors: not_found.
func (s *Service) View(ctx context.Context, t id.Tenant, chat id.Chat) (View, error) {
	found, err := s.views(ctx, t, findView, t, chat)
	if err != nil {
		return View{}, err
	}
	if len(found) == 0 {
		return View{}, errs.New(errs.NotFound, "There is no such chat")
	}
	return found[0], nil
}

func (r ListDeskRow) view(rules *Rules, now time.Time) View {
	tree, target := rules.Tree, rules.Settings(id.Queue(r.QueueID)).Duration(tenant.ResponseTarget)
	return View{
		ID: r.ChatID, Status: Status(r.Status), StartedBy: StartedBy(r.StartedBy), Queue: queueRef(tree, id.Queue(r.QueueID)),
		EndUser: EndUser{r.EndUserID, r.EndUserName, r.Address}, Number: r.OurAddress, Lang: r.Lang,
		Agent: UserRef{id.User(r.AgentID), r.AgentName}, LastSeq: r.LastSeq, OptOutFlag: r.OptOutFlag, OptedOut: r.OptedOut,
		CreatedAt: r.CreatedAt, QueuedAt: at(r.QueuedAt), AssignedAt: at(r.AssignedAt), LastConsumerAt: at(r.LastConsumerAt),
		LastAgentAt: at(r.LastAgentAt), EndedAt: at(r.EndedAt), DisconnectedBy: Disconnected(r.DisconnectedBy),
		FailReason: FailReason(r.FailReason), Preview: r.Preview,
		ResponseTarget: target, ResponseDueAt: responseDue(at(r.OwedSince), target),
		DismissedAt: at(r.DismissedAt), ReadSeq: r.ReadSeq, Unread: r.Unread, Closed: closedOf(rules, id.Queue(r.QueueID), now), Transfers: r.TransferCount,
		TransferTo: UserRef{id.User(r.TransferTo), r.TransferName}, TransferUntil: at(r.TransferUntil),
		Wrapped: Wrapped{at(r.WrapUntil), at(r.WrapDoneAt), r.Disposition, r.Note},
	}
}

func queueRef(tree *queues.Tree, q id.Queue) QueueRef {
	n := tree.Known(q)
	if n == nil {
		return QueueRef{}
	}
	return QueueRef{n.ID, n.Name, tree.Path(q)}
}

// Tree is the tenant's queue tree as it is now.
func (s *Service) Tree(ctx context.Context, t id.Tenant) (*queues.Tree, error) {
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return nil, err
	}
	return rules.Tree, nil
}

// Rules are the tenant's rules as they are cached.
func (s *Service) Rules(ctx context.Context, t id.Tenant) (*Rules, error) {
	rules, _, err := s.rules.Load(ctx, t)
	return rules, err
}

// MayRead says whether an agent has or had a chat.
func (s *Service) MayRead(ctx context.Context, t id.Tenant, chat id.Chat, user id.User) (may bool, err error) {
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(hadChat, t, chat, int64(user)).QueryRow(func(row pgx.Row) error { return row.Scan(&may) })
	})
	return may, err
}

// Rows are at most limit rows of a transcript past a row, in order and without gaps: one round trip.
func (s *Service) Rows(ctx context.Context, t id.Tenant, chat id.Chat, after, limit int) ([]Row, error) {
	tree, err := s.Tree(ctx, t)
	if err != nil {
		return nil, err
	}
	var out []Row
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(listTexts, t, int64(chat), after, limit).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ListTextsRow])
			for _, r := range found {
				out = append(out, r.row())
			}
			return err
		})
		b.Queue(listMarks, t, chat, after, limit).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ListMarksRow])
			if err != nil {
				return err
			}
			for _, r := range found {
				row, err := r.row(tree)
				if err != nil {
					return err
				}
				out = append(out, row)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the transcript of chat %d: %w", chat, err)
	}
	slices.SortFunc(out, func(a, b Row) int { return cmp.Compare(a.Seq, b.Seq) })
	return gapless(out[:min(len(out), limit)], after), nil
}

// gapless cuts at the first gap: the two reads of a transcript are two statements, and a commit between them may show
// the second one a later row than the first saw. What is cut comes with the next read.
func gapless(rows []Row, after int) []Row {
	for i, r := range rows {
		if r.Seq != after+1+i {
			return rows[:i]
		}
	}
	return rows
}

func (r ListTextsRow) row() Row {
	m := &MessageView{
		ID: r.ID, Sender: r.Sender, Kind: r.Kind, Text: r.Body, Media: r.Media, Status: r.Status, Segments: r.Segments,
		ClientID: r.ClientID, User: UserRef{id.User(r.UserID), r.UserName}, Erased: r.Erased,
		Error: messageError(r.Uncertain, r.ErrorCode, r.ErrorText, r.Retryable),
	}
	if m.Sender == "api" {
		m.Sender = "system"
	}
	return Row{Seq: r.Seq, At: r.CreatedAt, Message: m}
}

func (r ListMarksRow) row(tree *queues.Tree) (Row, error) {
	var m Mark
	if err := json.Unmarshal(r.Data, &m); err != nil {
		return Row{}, fmt.Errorf("read mark %d: %w", r.Seq, err)
	}
	return Row{Seq: r.Seq, At: r.At, Event: &EventView{
		Kind: r.Kind, Text: m.Text, By: m.By, Reason: m.Reason, User: UserRef{id.User(r.UserID), r.UserName},
		To: UserRef{m.To, r.ToName}, Queue: queueRef(tree, m.Queue),
	}}, nil
}

// Statuses are the delivery states of our texts between two rows.
func (s *Service) Statuses(ctx context.Context, t id.Tenant, chat id.Chat, first, last int) ([]MessageStatus, error) {
	var out []MessageStatus
	err := s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(listStatuses, t, int64(chat), first, last).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ListStatusesRow])
			for _, r := range found {
				out = append(out, MessageStatus{
					ID: r.ID, Seq: r.Seq, Status: r.Status, Media: r.Media, Error: messageError(r.Uncertain, r.ErrorCode, r.ErrorText, r.Retryable),
				})
			}
			return err
		})
	})
	slices.Reverse(out)
	return out, err
}

func messageError(unsure bool, code, text string, retryable bool) *MessageError {
	switch {
	case unsure:
		return &MessageError{Code: uncertain, Text: "The carrier did not say whether it took this text", Retryable: false}
	case code == "" && text == "":
		return nil
	}
	return &MessageError{Code: code, Text: text, Retryable: retryable}
}
