package chat

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/queues"
)

// Filter says which chats a list holds. Zero: all.
type Filter struct {
	Status  Status
	Queues  []id.Queue // these, and what lies below them
	Agent   id.User    // who has it, or had it at its end
	Created Span
	Updated Span
	// Of the history alone.
	EndUsers    []id.EndUser
	FailReason  FailReason
	Flagged     bool // a text reads like a request to stop, and nobody has decided
	WholeNumber bool // a search finds a number by all of its digits alone, so that nobody finds out one by one which it has
}

// Span is a stretch of time, both ends included; a zero end is open.
type Span struct{ From, To time.Time }

func (s Span) zero() bool { return s.From.IsZero() && s.To.IsZero() }

// Page is a part of a list: a numbered page, or what comes after a place. Numbered pages cost more the further they are;
// places cost the same wherever they are, and a list that grows meanwhile does not move them.
type Page struct {
	Number  int // from 1
	Per     int
	ByPlace bool
	After   string // a Place of this list; empty: its beginning
}

// List is a page of chats: the newest first, or, when they are looked for by their last change, the change that is longest ago
// first, to the hour, so that whoever reads on misses none.
type List struct {
	Chats []Detail
	Total int    // of numbered pages only
	Next  string // the place of the last one; empty: there are no more
}

// List reads a page of chats in two round trips, however many it holds. Errors: invalid_request.
func (s *Service) List(ctx context.Context, t id.Tenant, f Filter, p Page) (List, error) {
	tree, err := s.Tree(ctx, t)
	if err != nil {
		return List{}, err
	}
	q, err := f.query(t, tree, p)
	if err != nil {
		return List{}, err
	}
	var out List
	var found []placed
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(q.page(), q.args...).Query(rowsOf(&found))
		if !p.ByPlace {
			b.Queue(q.count(), q.args[:q.counted]...).QueryRow(func(row pgx.Row) error { return row.Scan(&out.Total) })
		}
	})
	if err != nil {
		return List{}, fmt.Errorf("list chats: %w", err)
	}
	if len(found) > p.Per {
		found = found[:p.Per]
		out.Next = q.place(found[p.Per-1])
	}
	ids := make([]id.Chat, len(found))
	for i, r := range found {
		ids[i] = r.ID
	}
	out.Chats, err = s.details(ctx, t, ids)
	return out, err
}

// placed is a chat with what it is ordered by: when it began in microseconds, or the hour of its last change.
type placed struct {
	ID    id.Chat
	Order int64
}

// listQuery builds the two statements of a list. Each page is read along an index that has the order: that of the agent, of each
// queue, of each status, merged; or that of changes.
type listQuery struct {
	lead    string // the column whose values are merged; empty: changes
	values  string // of lead
	where   []string
	args    []any
	counted int // arguments of the count
	changes bool
	after   string
	limits  string
}

// everyStatus is what a list of all merges.
var everyStatus = []string{
	string(Selecting), string(Queued), string(Assigned), string(Dismissed), string(Finished), string(Failed), string(Canceled),
	string(Switching), string(VAAssigned), string(VADismissed),
}

func (f Filter) query(t id.Tenant, tree *queues.Tree, p Page) (*listQuery, error) {
	q := &listQuery{changes: !f.Updated.zero()}
	q.and("c.tenant_id = %s", t)
	statuses := everyStatus
	if f.Status != "" {
		statuses = []string{string(f.Status)}
	}
	var below []int64
	for _, of := range f.Queues {
		below = append(below, id.Int64s(tree.Below(of))...)
	}
	slices.Sort(below)
	below = slices.Compact(below)
	switch {
	case q.changes:
	case len(f.EndUsers) > 0:
		q.leads("end_user_id", id.Int64s(f.EndUsers), "bigint")
	case f.Agent != 0:
		q.leads("agent_id", []int64{int64(f.Agent)}, "bigint")
	case f.Flagged:
		q.leads("opt_out_flag", []bool{true}, "boolean")
	case f.FailReason != "":
		q.leads("fail_reason", []string{string(f.FailReason)}, "text")
	case len(f.Queues) > 0:
		q.leads("queue_id", below, "bigint")
	default:
		q.leads("status", statuses, "text")
	}
	if f.Agent != 0 && q.lead != "agent_id" {
		q.and("c.agent_id = %s::bigint", f.Agent)
	}
	if len(f.Queues) > 0 && q.lead != "queue_id" {
		q.and("c.queue_id = any (%s::bigint[])", below)
	}
	if f.Status != "" && q.lead != "status" {
		q.and("c.status = %s::text", f.Status)
	}
	if f.Flagged {
		q.where = append(q.where, "c.opt_out_flag")
	}
	if f.FailReason != "" && q.lead != "fail_reason" {
		q.and("c.fail_reason = %s::text", f.FailReason)
	}
	q.span("c.created_at", f.Created)
	q.span("c.updated_at", f.Updated)
	if q.changes { // the index has the hour
		if !f.Updated.From.IsZero() {
			q.and("c.updated_hour >= %s::bigint", hour(f.Updated.From))
		}
		if !f.Updated.To.IsZero() {
			q.and("c.updated_hour <= %s::bigint", hour(f.Updated.To))
		}
	}
	q.counted = len(q.args)
	return q, q.cut(p)
}

func hour(at time.Time) int64 { return at.Truncate(time.Hour).Unix() / 3600 }

func (q *listQuery) arg(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
}

func (q *listQuery) and(cond string, v any) { q.where = append(q.where, fmt.Sprintf(cond, q.arg(v))) }

func (q *listQuery) leads(column string, values any, kind string) {
	q.lead, q.values = column, q.arg(values)+"::"+kind+"[]"
}

func (q *listQuery) span(column string, s Span) {
	if !s.From.IsZero() {
		q.and(column+" >= %s::timestamptz", s.From)
	}
	if !s.To.IsZero() {
		q.and(column+" <= %s::timestamptz", s.To)
	}
}

// cut says where the page begins and ends. One more is read, to know whether there are more.
func (q *listQuery) cut(p Page) error {
	skip := 0
	if !p.ByPlace {
		skip = (p.Number - 1) * p.Per
	}
	if p.After != "" {
		order, chat, err := q.read(p.After)
		if err != nil {
			return err
		}
		if q.changes {
			q.after = fmt.Sprintf(" and (c.updated_hour, c.id) > (%s::bigint, %s::bigint)", q.arg(order), q.arg(chat))
		} else {
			q.after = fmt.Sprintf(" and (c.created_at, c.id) < (%s::timestamptz, %s::bigint)", q.arg(time.UnixMicro(order)), q.arg(chat))
		}
	}
	most := q.arg(skip + p.Per + 1)
	q.limits = fmt.Sprintf("limit %s::bigint", most)
	q.args = append(q.args, skip)
	return nil
}

// page is the statement of the page itself.
func (q *listQuery) page() string {
	skip := fmt.Sprintf(" offset $%d::bigint", len(q.args))
	if q.changes {
		return "select c.id, c.updated_hour from chats c where " + strings.Join(q.where, " and ") + q.after +
			" order by c.updated_hour, c.id " + q.limits + skip
	}
	where := append([]string{"c." + q.lead + " = lead.v"}, q.where...)
	return "select k.id, (extract(epoch from k.created_at) * 1000000)::bigint from unnest(" + q.values + ") as lead(v) " +
		"cross join lateral (select c.id, c.created_at from chats c where " + strings.Join(where, " and ") + q.after +
		" order by c.created_at desc, c.id desc " + q.limits + ") k order by k.created_at desc, k.id desc " + q.limits + skip
}

func (q *listQuery) count() string {
	where := q.where
	if q.lead != "" {
		where = append([]string{"c." + q.lead + " = any (" + q.values + ")"}, where...)
	}
	return "select count(*) from chats c where " + strings.Join(where, " and ")
}

// place is where a chat stands in this list, as it is given out: the kind of order, then its value and the chat.
func (q *listQuery) place(r placed) string {
	return q.kind() + strconv.FormatInt(r.Order, 36) + "-" + strconv.FormatInt(int64(r.ID), 36)
}

func (q *listQuery) kind() string {
	if q.changes {
		return "u"
	}
	return "c"
}

func (q *listQuery) read(place string) (order, chat int64, err error) {
	rest, ok := strings.CutPrefix(place, q.kind())
	a, b, ok2 := strings.Cut(rest, "-")
	order, err1 := strconv.ParseInt(a, 36, 64)
	chat, err2 := strconv.ParseInt(b, 36, 64)
	if !ok || !ok2 || err1 != nil || err2 != nil || order < 0 || order > farthest || chat < 0 {
		return 0, 0, errs.Field("after", "after is no place in this list")
	}
	return order, chat, nil
}

// farthest is the last moment that Postgres knows, in microseconds.
const farthest = int64(9_000_000_000_000_000_000)
