package chat

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Detail reads one chat. Errors: not_found.
func (s *Service) Detail(ctx context.Context, t id.Tenant, chat id.Chat) (Detail, error) {
	found, err := s.details(ctx, t, []id.Chat{chat})
	switch {
	case err != nil:
		return Detail{}, err
	case len(found) == 0:
		return Detail{}, errs.New(errs.NotFound, "There is no such chat")
	}
	return found[0], nil
}

// Active is the active chat of a consumer with a number of ours, nil when there is none.
func (s *Service) Active(ctx context.Context, t id.Tenant, number id.Number, address string) (*Detail, error) {
	var chat []id.Chat
	err := s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(activeChat, number, t, address).Query(func(rows pgx.Rows) (err error) {
			chat, err = pgx.CollectRows(rows, pgx.RowTo[id.Chat])
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("look for an active chat: %w", err)
	}
	found, err := s.details(ctx, t, chat)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// details reads chats in the order of their ids given, in one round trip however many they are.
func (s *Service) details(ctx context.Context, t id.Tenant, chats []id.Chat) ([]Detail, error) {
	if len(chats) == 0 {
		return nil, nil
	}
	tree, err := s.Tree(ctx, t)
	if err != nil {
		return nil, err
	}
	var heads []DetailHeadsRow
	var hang hanging
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(detailHeads, t, id.Int64s(chats)).Query(rowsOf(&heads))
		hang.queue(b, t, chats)
	})
	if err != nil {
		return nil, fmt.Errorf("read %d chats: %w", len(chats), err)
	}
	byID := make(map[id.Chat]DetailHeadsRow, len(heads))
	for _, h := range heads {
		byID[h.ID] = h
	}
	now, out := s.now(), make([]Detail, 0, len(heads))
	for _, c := range chats {
		if h, ok := byID[c]; ok {
			out = append(out, h.detail(hang, tree, now))
		}
	}
	return out, nil
}

// queue adds the reads of what hangs on chats.
func (h *hanging) queue(b *pgx.Batch, t id.Tenant, chats []id.Chat) {
	ids := id.Int64s(chats)
	h.marks, h.offers, h.files = map[id.Chat][]DetailMarksRow{}, map[id.Chat][]OfferMade{}, map[id.Chat][]File{}
	h.people, h.transfers = map[id.User]Person{}, map[id.Chat][]DetailTransfersRow{}
	each(b.Queue(detailMarks, ids, t), func(r DetailMarksRow) { h.marks[r.ChatID] = append(h.marks[r.ChatID], r) })
	each(b.Queue(detailOffers, ids, t), func(r DetailOffersRow) {
		h.offers[r.ChatID] = append(h.offers[r.ChatID], OfferMade{r.ID, r.UserID, r.Mode, r.State, r.CreatedAt, at(r.ClosedAt)})
	})
	each(b.Queue(detailTransfers, ids, t), func(r DetailTransfersRow) { h.transfers[r.ChatID] = append(h.transfers[r.ChatID], r) })
	each(b.Queue(detailMedia, ids, t), func(r DetailMediaRow) {
		of := id.Chat(r.ChatID)
		h.files[of] = append(h.files[of], File{r.ID, r.Type, r.CreatedAt})
	})
	each(b.Queue(detailPeople, t, ids), func(r DetailPeopleRow) { h.people[r.ID] = Person(r) })
}

// each hands over the rows of a queued query one by one.
func each[T any](q *pgx.QueuedQuery, row func(T)) {
	q.Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[T])
		for _, r := range found {
			row(r)
		}
		return err
	})
}
