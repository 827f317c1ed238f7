package chat

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// whyMost bounds what is read of each kind of row: a story longer than that is told from its beginning.
const whyMost = 500

// WhyChat tells why a chat is what it is, oldest first. Errors: not_found.
func (s *Service) WhyChat(ctx context.Context, t id.Tenant, chat id.Chat) ([]WhyStep, error) {
	view, err := s.View(ctx, t, chat)
	if err != nil {
		return nil, err
	}
	tr := trail{chat: view}
	if err := s.follow(ctx, t, &tr, chat, 0, view.Number, view.EndUser.Address); err != nil {
		return nil, fmt.Errorf("read the story of chat %d: %w", chat, err)
	}
	return tr.whyChat(), nil
}

// WhyText tells why a text is what it is. Errors: not_found.
func (s *Service) WhyText(ctx context.Context, t id.Tenant, message id.Message) ([]WhyStep, error) {
	m, err := s.whyText(ctx, t, message)
	if err != nil {
		return nil, err
	}
	tr := trail{texts: []WhyTextRow{m}}
	if err := s.follow(ctx, t, &tr, m.chatOf(), message, m.OurAddress, m.Address); err != nil {
		return nil, fmt.Errorf("read the story of message %d: %w", message, err)
	}
	return tr.whyText(), nil
}

// ChatOf is the chat of a text, 0 when it is in none. Errors: not_found.
func (s *Service) ChatOf(ctx context.Context, t id.Tenant, message id.Message) (id.Chat, error) {
	m, err := s.whyText(ctx, t, message)
	return m.chatOf(), err
}

func (s *Service) whyText(ctx context.Context, t id.Tenant, message id.Message) (WhyTextRow, error) {
	var found []WhyTextRow
	err := s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) { b.Queue(whyText, t, message).Query(rowsOf(&found)) })
	switch {
	case err != nil:
		return WhyTextRow{}, fmt.Errorf("read message %d: %w", message, err)
	case len(found) == 0:
		return WhyTextRow{}, errs.New(errs.NotFound, "There is no such message")
	}
	return found[0], nil
}

// follow reads the rest of a trail in one round trip, and what is set now.
func (s *Service) follow(ctx context.Context, t id.Tenant, tr *trail, chat id.Chat, message id.Message, ours, theirs string) error {
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return err
	}
	tr.words, tr.number = rules.Words, rules.Numbers[ours]
	tr.leadsTo = rules.Tree.Path(tr.number.Queue)
	queue := tr.number.Queue
	if tr.chat.Queue.ID != 0 {
		queue = tr.chat.Queue.ID
	}
	tr.timers = rules.Timers(queue)
	var marks []ListMarksRow
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(whyLedger, t, theirs, whyMost).Query(rowsOf(&tr.ledger))
		b.Queue(whyBlocked, t, theirs).Query(rowsOf(&tr.blocked))
		b.Queue(whyLane, t, tr.number.ID, s.now()).Query(rowsOf(&tr.paused))
		if message != 0 {
			b.Queue(whyReceipts, t, message, whyMost).Query(rowsOf(&tr.receipts))
		} else {
			var texts []WhyTextsRow
			b.Queue(whyTexts, t, int64(chat), whyMost).Query(func(rows pgx.Rows) error {
				err := rowsOf(&texts)(rows)
				for _, m := range texts {
					tr.texts = append(tr.texts, WhyTextRow(m))
				}
				return err
			})
			b.Queue(whyOffers, t, chat, whyMost).Query(rowsOf(&tr.offers))
		}
		if chat != 0 {
			b.Queue(listMarks, t, chat, 0, whyMost).Query(rowsOf(&marks))
		}
	})
	if err != nil {
		return err
	}
	slices.Reverse(tr.ledger)
	for _, m := range marks {
		row, err := m.row(rules.Tree)
		if err != nil {
			return err
		}
		tr.marks = append(tr.marks, row)
	}
	return nil
}

// rowsOf reads the rows of a queued query.
func rowsOf[T any](into *[]T) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T])
		return err
	}
}
