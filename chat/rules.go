package chat

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/chat/command"
	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/queues"
)

// Rules is what a tenant has set, as of one settings version: settings, numbers, the queue tree, command words. It is
// shared and never changed.
type Rules struct {
	Words   command.Words
	Tree    *queues.Tree
	Numbers map[string]carrier.Number    // by address
	ByID    map[id.Number]carrier.Number // removed ones too
	// Wait is the estimated wait of a leaf as it is now, when it is known (spec 1.7). Nil: never.
	Wait func(q id.Queue) (wait time.Duration, known bool)

	book     tenant.Book
	byQueue  map[id.Queue]ruling
	byTenant ruling
}

// ruling is a queue's resolved settings; resolving walks the tree, so it is done once.
type ruling struct {
	settings tenant.Settings
	timers   tenant.Timers
	hours    *queues.Calendar
}

func newRuling(s tenant.Settings) ruling { return ruling{s, s.Timers(), queues.NewCalendar(s.Hours())} }

// NewRules puts the parts together.
func NewRules(book tenant.Book, numbers []carrier.Number, nodes []queues.Node) (*Rules, error) {
	r := &Rules{
		Tree: queues.NewTree(nodes, command.Normalise), Numbers: make(map[string]carrier.Number, len(numbers)),
		ByID: make(map[id.Number]carrier.Number, len(numbers)), book: book, byQueue: map[id.Queue]ruling{},
	}
	for _, n := range numbers {
		if r.Tree.Node(n.Queue) == nil {
			n.Queue = 0 // the queue is gone
		}
		if r.ByID[n.ID] = n; !n.Removed {
			r.Numbers[n.Address] = n
		}
	}
	all := book.Tenant()
	r.byTenant = newRuling(all)
	for _, n := range r.Tree.Nodes() {
		r.byQueue[n.ID] = newRuling(book.Resolve(r.Tree.Chain(n.ID)...))
	}
	words, err := command.NewWords(all.Words(tenant.BackWords), all.Words(tenant.ExitWords))
	if err != nil {
		return nil, fmt.Errorf("read the command words: %w", err)
	}
	r.Words = words
	return r, nil
}

// LoadRules reads a tenant's rules in one transaction.
func LoadRules(ctx context.Context, tx pgx.Tx, t id.Tenant) (*Rules, error) {
	book, err := tenant.LoadBook(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	numbers, err := carrier.AllNumbers(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	nodes, err := queues.Nodes(ctx, tx, t)
	if err != nil {
		return nil, fmt.Errorf("read the queues of tenant %d: %w", t, err)
	}
	return NewRules(book, numbers, nodes)
}

func (r *Rules) of(q id.Queue) ruling {
	if v, ok := r.byQueue[q]; ok {
		return v
	}
	return r.byTenant
}

// Settings are those of a queue, or the tenant's for 0 and for a queue that is gone.
func (r *Rules) Settings(q id.Queue) tenant.Settings { return r.of(q).settings }

// Timers are those of a queue, or the tenant's.
func (r *Rules) Timers(q id.Queue) tenant.Timers { return r.of(q).timers }

// Calendar is the hours of operation of a queue, or the tenant's; nil is always open.
func (r *Rules) Calendar(q id.Queue) *queues.Calendar { return r.of(q).hours }

// Open says whether a queue is in its hours of operation.
func (r *Rules) Open(q id.Queue, at time.Time) bool { return r.of(q).hours.Open(at) }

// Sending are the numbers that a queue sends from, the preferred one first, and why these (spec 1.1, rule 5).
func (r *Rules) Sending(q id.Queue) ([]carrier.Number, carrier.Origin) {
	return carrier.SendingNumbers(slices.Collect(maps.Values(r.ByID)), r.Tree.Chain(q))
}

// Lang is the language in which a number of this queue greets: that of its tree, one for each language entry (spec 1.4).
func (r *Rules) Lang(q id.Queue) string {
	if chain := r.Tree.Chain(q); len(chain) > 0 {
		if n := r.Tree.Node(chain[len(chain)-1]); n.Lang != "" {
			return n.Lang
		}
	}
	return r.byTenant.settings.Line(tenant.DefaultLanguage)
}
