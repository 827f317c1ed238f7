package chat

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"sidetone/internal/id"
	"sidetone/queues"
)

// QueueDraft is what of a queue a preview takes for set although it is not saved. The zero value is the queue as it is.
type QueueDraft struct {
	Lang     string    // another language than the tree's
	At       time.Time // another time than now
	Name     *string
	Names    map[string]string
	Settings map[string]json.RawMessage // nil: inherited again
}

// Preview is what a consumer gets who texts a number first.
type Preview struct {
	Lang   string
	Status Status // None when no chat begins
	Texts  []Say
}

// anything is a first text that chooses nothing and means nothing.
const anything = "…"

// PreviewQueue tells what a consumer gets who texts a queue's number first: the very step that a text takes is taken, and
// nothing is saved or sent. A draft is checked as it would be on save. Errors: invalid_request, conflict, not_found.
func (s *Service) PreviewQueue(ctx context.Context, t id.Tenant, q id.Queue, d QueueDraft) (Preview, error) {
	rules, err := s.freshRules(ctx, t, nil)
	if err != nil {
		return Preview{}, err
	}
	if rules, err = rules.drafted(q, d); err != nil {
		return Preview{}, err
	}
	if d.At.IsZero() {
		d.At = s.now()
	}
	began, effects, err := Step(Chat{Pair: Pair{Entry: q}, Rules: rules}, TextIn{Body: anything}, d.At)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Lang: rules.Lang(q), Status: began.Status}
	for _, e := range effects {
		if say, ok := e.(Say); ok {
			p.Texts = append(p.Texts, say)
		}
	}
	return p, nil
}

// drafted is the rules with a queue's draft in force.
func (r *Rules) drafted(q id.Queue, d QueueDraft) (*Rules, error) {
	n := r.Tree.Node(q)
	switch {
	case n == nil:
		return nil, noQueue()
	case n.Channel != queues.SMS:
		return nil, conflict("", "%s is a queue for calls: nobody texts it", n.Name)
	}
	book, err := r.book.Draft(q, d.Settings)
	if err != nil {
		return nil, err
	}
	tree, err := r.draftedTree(*n, d)
	if err != nil {
		return nil, err
	}
	var nodes []queues.Node
	for _, n := range tree.Nodes() {
		c := *n
		if d.Lang != "" {
			c.Lang = d.Lang
		}
		nodes = append(nodes, c)
	}
	drafted, err := NewRules(book, nil, nodes)
	if err != nil {
		return nil, err
	}
	drafted.Wait = r.Wait
	return drafted, nil
}

func (r *Rules) draftedTree(n queues.Node, d QueueDraft) (*queues.Tree, error) {
	if d.Lang != "" {
		if err := queues.CheckLang("lang", d.Lang); err != nil {
			return nil, err
		}
	}
	if d.Name == nil && d.Names == nil {
		return r.Tree, nil
	}
	if d.Name != nil {
		n.Name = strings.TrimSpace(*d.Name)
	}
	if d.Names != nil {
		n.Names = trimmed(d.Names)
	}
	draft := r.Tree.Draft()
	if err := draft.Change(n); err != nil {
		return nil, err
	}
	return draft.Tree(), draft.Check(r.reserved)
}
