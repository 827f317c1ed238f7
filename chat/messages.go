package chat

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// transcriptStep is how many rows of a transcript are read at a time.
const transcriptStep = 1000

// Messages is a page of the texts of a chat, in their order; their place is their row. Errors: not_found, invalid_request.
func (s *Service) Messages(ctx context.Context, t id.Tenant, chat id.Chat, p Page) (texts []Row, total int, next string, err error) {
	after, skip := 0, (p.Number-1)*p.Per
	if p.ByPlace {
		skip = 0
		if p.After != "" {
			if after, err = strconv.Atoi(p.After); err != nil || after < 0 || after > 1<<30 {
				return nil, 0, "", errs.Field("after", "after is no place in this list")
			}
		}
	}
	var found []ListMessagesRow
	var totals []int
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(countMessages, t, chat).Query(func(rows pgx.Rows) (err error) {
			totals, err = pgx.CollectRows(rows, pgx.RowTo[int])
			return err
		})
		b.Queue(listMessages, t, int64(chat), after, skip, p.Per+1).Query(rowsOf(&found))
	})
	switch {
	case err != nil:
		return nil, 0, "", fmt.Errorf("list the texts of chat %d: %w", chat, err)
	case len(totals) == 0:
		return nil, 0, "", errs.New(errs.NotFound, "There is no such chat")
	}
	if len(found) > p.Per {
		found = found[:p.Per]
		next = strconv.Itoa(found[p.Per-1].Seq)
	}
	for _, r := range found {
		texts = append(texts, r.row())
	}
	return texts, totals[0], next, nil
}

func (r ListMessagesRow) row() Row {
	return Row{Seq: r.Seq, At: r.CreatedAt, Message: &MessageView{
		ID: r.ID, Sender: r.Sender, Kind: r.Kind, Text: r.Body, Media: r.Media, Status: r.Status, Segments: r.Segments,
		User: UserRef{id.User(r.UserID), r.UserName}, Error: messageError(r.Uncertain, r.ErrorCode, r.ErrorText, r.Retryable),
	}}
}

// Transcript is a whole chat. Errors: not_found.
func (s *Service) Transcript(ctx context.Context, t id.Tenant, chat id.Chat) (View, []Row, error) {
	view, err := s.View(ctx, t, chat)
	if err != nil {
		return view, nil, err
	}
	var all []Row
	for {
		rows, err := s.Rows(ctx, t, chat, len(all), transcriptStep)
		if err != nil {
			return view, nil, err
		}
		all = append(all, rows...)
		if len(rows) == 0 || len(all) >= view.LastSeq {
			return view, all, nil
		}
	}
}
