package chat

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

// History is a page of chats as supervisors see them.
type History struct {
	Chats []WatchedChat
	Next  string // the place of the last one; empty: there are no more
}

// lastRune fills up the beginning of a name to the last one that begins so.
const lastRune = string(utf8.MaxRune)

// searchedMost is how many consumers a search may stand for; who types more finds fewer.
const searchedMost = 200

// longestNumber fills up the beginning of a number to the last one that begins so, in whatever order the database has.
const longestNumber = "999999999999999"

// tailDigits is how many digits at the end of a number are shown of one that is hidden, and found by whoever sees no more.
const tailDigits = 4

// History reads a page of chats, the newest first. A search is the beginning of a consumer's number, or of their name, or the
// last four digits; the whole number in the place of its beginning where the filter says so.
// Errors: invalid_request.
func (s *Service) History(ctx context.Context, t id.Tenant, f Filter, search string, p Page) (History, error) {
	if search = strings.TrimSpace(search); search != "" {
		found, err := s.consumers(ctx, t, search, f.WholeNumber)
		if err != nil || len(found) == 0 {
			return History{}, err
		}
		f.EndUsers = found
	}
	tree, err := s.Tree(ctx, t)
	if err != nil {
		return History{}, err
	}
	p.ByPlace = true
	q, err := f.query(t, tree, p)
	if err != nil {
		return History{}, err
	}
	var found []placed
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) { b.Queue(q.page(), q.args...).Query(rowsOf(&found)) })
	if err != nil {
		return History{}, fmt.Errorf("list the history of chats: %w", err)
	}
	var out History
	if len(found) > p.Per {
		found = found[:p.Per]
		out.Next = q.place(found[p.Per-1])
	}
	out.Chats, err = s.inOrder(ctx, t, found)
	return out, err
}

// inOrder reads chats in the order of a list.
func (s *Service) inOrder(ctx context.Context, t id.Tenant, list []placed) ([]WatchedChat, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := make([]id.Chat, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	read, err := s.Watched(ctx, t, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[id.Chat]WatchedChat, len(read))
	for _, c := range read {
		byID[c.ID] = c
	}
	out := make([]WatchedChat, 0, len(read))
	for _, c := range ids {
		if found, ok := byID[c]; ok {
			out = append(out, found)
		}
	}
	return out, nil
}

// consumers are those whose number or name begins, or whose number ends, as somebody typed it.
func (s *Service) consumers(ctx context.Context, t id.Tenant, search string, whole bool) (found []id.EndUser, err error) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, search)
	name := strings.ToLower(search)
	tail := ""
	if hidden := strings.ContainsRune(search, '•'); len(digits) == tailDigits || hidden && len(digits) > tailDigits {
		tail = digits[len(digits)-tailDigits:]
		if hidden { // as it is shown: the country code says nothing
			digits = ""
		}
	}
	var from, to []string
	if digits != "" && len(digits) <= len(longestNumber) {
		for _, head := range []string{digits, "+" + digits, "+1" + digits} {
			last := head
			if !whole {
				last += longestNumber[len(digits):]
			}
			from, to = append(from, head), append(to, last)
		}
	}
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(findConsumers, from, to, t, searchedMost, name, name+lastRune, tail).Query(func(rows pgx.Rows) (err error) {
			found, err = pgx.CollectRows(rows, pgx.RowTo[id.EndUser])
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("look for consumers: %w", err)
	}
	return found, nil
}
