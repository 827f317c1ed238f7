package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/queues"
)

// NewQueue is what it takes to make a queue. Channel and Lang are for one at the top; below a parent they are the parent's.
type NewQueue struct {
	Parent       id.Queue
	Channel      string
	Lang         string
	Name         string
	Names        map[string]string
	Keywords     []string
	LangKeywords map[string][]string
	Hidden       bool
	Position     *int // among its siblings; nil: the last
}

// QueueChange is what to change of a queue; nil leaves a thing as it is, and a map or list is replaced whole.
type QueueChange struct {
	Name         *string
	Lang         *string // at the top only
	Hidden       *bool
	Names        map[string]string
	Keywords     []string
	LangKeywords map[string][]string
	Settings     map[string]json.RawMessage // nil value: inherited again
}

// treeEdit is a change of a tenant's trees under way, in its transaction.
type treeEdit struct {
	ctx    context.Context
	tx     pgx.Tx
	tenant id.Tenant
	rules  *Rules
	draft  *queues.Draft
	now    time.Time
	then   []func() error // what hangs on the rows of queues: done when those are saved
}

var errUnchanged = errors.New("chat: nothing was changed")

// editTree changes a tenant's trees: one change at a time, checked, with its line in the audit log; the router and the menus
// of every node see it with their next transaction. What changes nothing leaves no trace.
func (s *Service) editTree(ctx context.Context, t id.Tenant, by tenant.Actor, do func(e *treeEdit) (tenant.Change, error)) error {
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		if _, err := tenant.Bump(ctx, tx, t); err != nil {
			return err
		}
		rules, err := LoadRules(ctx, tx, t)
		if err != nil {
			return err
		}
		e := &treeEdit{ctx: ctx, tx: tx, tenant: t, rules: rules, draft: rules.Tree.Draft(), now: s.now()}
		change, err := do(e)
		if err != nil {
			return err
		}
		if err := e.save(); err != nil {
			return err
		}
		if change.Action == "" {
			return nil // what was changed has lines of its own
		}
		return tenant.Audit(ctx, tx, t, by, e.now, change)
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	if err != nil {
		return err
	}
	s.Forget(t)
	s.Publish(event.Hint{Kind: event.Settings, Tenant: t})
	return nil
}

func (e *treeEdit) save() error {
	if err := e.draft.Check(e.rules.reserved); err != nil {
		return err
	}
	changed := e.draft.Changed()
	if len(changed) == 0 && len(e.then) == 0 {
		return errUnchanged
	}
	if len(changed) > 0 {
		if err := queues.Save(e.ctx, e.tx, e.tenant, changed, e.now); err != nil {
			return err
		}
	}
	for _, do := range e.then {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// asMenu refuses to put a queue below a leaf that chats wait in or people serve: it would be a menu (spec 1.1: agents and
// teams belong to leaves only).
func (e *treeEdit) asMenu(parent id.Queue) error {
	if parent == 0 || e.draft.Node(parent) == nil || !e.draft.Leaf(parent) {
		return nil
	}
	held, err := queues.Holds(e.ctx, e.tx, e.tenant, parent)
	if err != nil {
		return fmt.Errorf("read what queue %d holds: %w", parent, err)
	}
	name := e.draft.Node(parent).Name
	switch {
	case held.Chats > 0:
		return conflict("parent_id", "%s holds %d chats, so it cannot become a menu: let them end or move first", name, held.Chats)
	case held.Agents+held.Teams > 0:
		return conflict("parent_id", "%s is served by %d agents and %d teams, so it cannot become a menu: take them away first",
			name, held.Agents, held.Teams)
	}
	return nil
}

// auditQueue is a queue as the audit log shows it.
type auditQueue struct {
	Name         string              `json:"name"`
	Names        map[string]string   `json:"names,omitempty"`
	Keywords     []string            `json:"keywords,omitempty"`
	LangKeywords map[string][]string `json:"lang_keywords,omitempty"`
	Channel      string              `json:"channel"`
	Lang         string              `json:"lang"`
	Parent       id.Queue            `json:"parent_id,omitempty"`
	Hidden       bool                `json:"hidden,omitempty"`
}

func audited(n *queues.Node) auditQueue {
	return auditQueue{n.Name, n.Names, n.Keywords, n.LangKeywords, n.Channel, n.Lang, n.Parent, n.Hidden}
}

// CreateQueue makes a queue. Errors: invalid_request, conflict.
func (s *Service) CreateQueue(ctx context.Context, t id.Tenant, by tenant.Actor, in NewQueue) (made id.Queue, err error) {
	err = s.editTree(ctx, t, by, func(e *treeEdit) (c tenant.Change, err error) {
		if err := e.asMenu(in.Parent); err != nil {
			return c, err
		}
		fresh, err := queues.NewIDs(ctx, e.tx, 1)
		if err != nil {
			return c, err
		}
		n := queues.Node{
			ID: fresh[0], Parent: in.Parent, Channel: in.Channel, Lang: in.Lang, Name: strings.TrimSpace(in.Name), Hidden: in.Hidden,
			Names: trimmed(in.Names), Keywords: trimAll(in.Keywords), LangKeywords: trimmedLists(in.LangKeywords),
		}
		if in.Parent == 0 {
			if n.Channel != queues.SMS && n.Channel != queues.IVR {
				return c, errs.Field("channel", "A tree is of the channel sms or ivr")
			}
			if n.Lang == "" {
				n.Lang = e.rules.Lang(0)
			}
		} else if n.Lang != "" && e.draft.Node(in.Parent) != nil && e.draft.Node(in.Parent).Lang != n.Lang {
			return c, errs.Field("lang", "A whole tree speaks the language of its top queue")
		}
		if err := e.draft.Add(n, last(in.Position)); err != nil {
			return c, err
		}
		made = n.ID
		return tenant.Change{Action: "queue.created", Subject: int64(n.ID), Name: n.Name, After: audited(e.draft.Node(n.ID))}, nil
	})
	return made, err
}

// last is a position, or the end.
func last(position *int) int {
	if position == nil {
		return 1 << 30
	}
	return *position
}

// ChangeQueue renames a queue, hides or shows it, changes its keywords and its settings, all or nothing.
// Errors: invalid_request, conflict, not_found.
func (s *Service) ChangeQueue(ctx context.Context, t id.Tenant, by tenant.Actor, q id.Queue, in QueueChange) error {
	err := s.editTree(ctx, t, by, func(e *treeEdit) (c tenant.Change, err error) {
		was := e.draft.Node(q)
		if was == nil {
			return c, noQueue()
		}
		n := *was
		if in.Name != nil {
			n.Name = strings.TrimSpace(*in.Name)
		}
		if in.Lang != nil {
			n.Lang = *in.Lang
		}
		if in.Hidden != nil {
			n.Hidden = *in.Hidden
		}
		if in.Names != nil {
			n.Names = trimmed(in.Names)
		}
		if in.Keywords != nil {
			n.Keywords = trimAll(in.Keywords)
		}
		if in.LangKeywords != nil {
			n.LangKeywords = trimmedLists(in.LangKeywords)
		}
		before := audited(was)
		if err := e.draft.Change(n); err != nil {
			return c, err
		}
		if len(in.Settings) > 0 {
			e.then = append(e.then, func() error {
				_, err := tenant.Save(ctx, e.tx, t, q, in.Settings, by, e.now)
				return err
			})
		}
		if len(e.draft.Changed()) == 0 {
			return c, nil
		}
		return tenant.Change{Action: "queue.changed", Subject: int64(q), Name: before.Name, Before: before, After: audited(&n)}, nil
	})
	if err == nil && len(in.Settings) > 0 {
		s.Route(t) // another mode or limit may let somebody be offered something now
	}
	return err
}

// auditPlace is where a queue stands, as the audit log shows it.
type auditPlace struct {
	Parent id.Queue `json:"parent_id,omitempty"`
	Path   string   `json:"path"`
	Order  []string `json:"order,omitempty"`
}

// MoveQueue takes a queue with all below it to another parent (0: the top) and position (nil: the last).
// Errors: invalid_request, conflict, not_found.
func (s *Service) MoveQueue(ctx context.Context, t id.Tenant, by tenant.Actor, q, parent id.Queue, position *int) error {
	return s.editTree(ctx, t, by, func(e *treeEdit) (c tenant.Change, err error) {
		was := e.draft.Node(q)
		if was == nil {
			return c, noQueue()
		}
		before := auditPlace{Parent: was.Parent, Path: e.rules.Tree.Path(q)}
		if parent != was.Parent && parent != q {
			if err := e.asMenu(parent); err != nil {
				return c, err
			}
		}
		if err := e.draft.Move(q, parent, last(position)); err != nil {
			return c, err
		}
		after := auditPlace{Parent: parent, Path: e.draft.Tree().Path(q)}
		return tenant.Change{Action: "queue.moved", Subject: int64(q), Name: was.Name, Before: before, After: after}, nil
	})
}

// OrderQueues puts the queues below a parent, or at the top of a channel, into an order. Errors: invalid_request.
func (s *Service) OrderQueues(ctx context.Context, t id.Tenant, by tenant.Actor, parent id.Queue, channel string, order []id.Queue) error {
	return s.editTree(ctx, t, by, func(e *treeEdit) (c tenant.Change, err error) {
		before := auditPlace{Parent: parent, Path: e.rules.Tree.Path(parent), Order: listed(e.rules.Tree, parent, channel)}
		if err := e.draft.Reorder(parent, channel, order); err != nil {
			return c, err
		}
		after := before
		after.Order = listed(e.draft.Tree(), parent, channel)
		return tenant.Change{Action: "queue.reordered", Subject: int64(parent), Name: before.Path, Before: before, After: after}, nil
	})
}

// listed names siblings in order.
func listed(tree *queues.Tree, parent id.Queue, channel string) (names []string) {
	for _, n := range tree.Nodes() {
		if n.Parent == parent && (parent != 0 || n.Channel == channel) {
			names = append(names, n.Name)
		}
	}
	return names
}

// CopyTo says where a copy of a queue goes: below a parent, or to the top of a channel.
type CopyTo struct {
	Parent  id.Queue
	Channel string
	Agents  bool // whoever serves a queue serves its copy too
}

// CopyQueue copies a queue and all below it with names, keywords, order and the settings that the other channel knows too
// (spec 1.4). Errors: invalid_request, conflict, not_found.
func (s *Service) CopyQueue(ctx context.Context, t id.Tenant, by tenant.Actor, q id.Queue, to CopyTo) (made id.Queue, err error) {
	err = s.editTree(ctx, t, by, func(e *treeEdit) (c tenant.Change, err error) {
		from := e.draft.Node(q)
		if from == nil {
			return c, noQueue()
		}
		if to.Channel != queues.SMS && to.Channel != queues.IVR {
			return c, errs.Field("channel", "A tree is of the channel sms or ivr")
		}
		if err := e.asMenu(to.Parent); err != nil {
			return c, err
		}
		fresh, err := queues.NewIDs(ctx, e.tx, len(e.draft.Subtree(q)))
		if err != nil {
			return c, err
		}
		became, err := e.draft.Copy(q, to.Parent, to.Channel, fresh)
		if err != nil {
			return c, err
		}
		made = became[q]
		e.then = append(e.then, func() error {
			if err := tenant.CopySettings(ctx, e.tx, t, became, from.Channel, to.Channel, by.User); err != nil || !to.Agents {
				return err
			}
			return queues.CopyServers(ctx, e.tx, t, became)
		})
		after := audited(e.draft.Node(made))
		return tenant.Change{Action: "queue.copied", Subject: int64(made), Name: from.Name, Before: audited(from), After: after}, nil
	})
	return made, err
}

// What becomes of the numbers of a deleted queue.
const (
	NumbersToSubstitute = "substitute"
	NumbersUnassigned   = "unassign"
)

// DeleteQueue deletes a queue and all below it (spec 1.4). Their chats go to the substitute, a leaf, or end without one; their
// numbers go where numbers says, which must be said if there are any. Many chats take a while: those that are left when it
// returns are moved by the sweep. Errors: invalid_request, conflict, not_found.
func (s *Service) DeleteQueue(ctx context.Context, t id.Tenant, by tenant.Actor, q, substitute id.Queue, numbers string) error {
	err := s.editTree(ctx, t, by, func(e *treeEdit) (c tenant.Change, err error) {
		was := e.draft.Node(q)
		if was == nil {
			return c, noQueue()
		}
		before, path := audited(was), e.rules.Tree.Path(q)
		gone, err := e.draft.Delete(q, substitute)
		if err != nil {
			return c, err
		}
		held, err := queues.Holds(ctx, e.tx, t, gone...)
		if err != nil {
			return c, err
		}
		to, err := numbersTo(numbers, substitute, held, path)
		if err != nil {
			return c, err
		}
		e.then = append(e.then, func() error {
			if err := queues.Vacate(ctx, e.tx, t, gone, to); err != nil {
				return err
			}
			return sql.ExpectGone(ctx, e.tx, t, int64(q), e.now.Add(goneLease))
		})
		after := auditDeletion{Substitute: substitute, Numbers: numbers, Queues: len(gone), Chats: held.Chats}
		return tenant.Change{Action: "queue.deleted", Subject: int64(q), Name: path, Before: before, After: after}, nil
	})
	if err != nil {
		return err
	}
	// It is deleted; what is not moved now is moved by a sweep, and the caller's patience must not end it.
	if err := s.finishGone(context.WithoutCancel(ctx), t, q, 1<<30, s.Now().Add(goneAtOnce)); err != nil {
		s.Log.Error("move the chats of a deleted queue", "tenant", t, "queue", q, "error", err)
	}
	return nil
}

// auditDeletion is what came after a queue, as the audit log shows it.
type auditDeletion struct {
	Substitute id.Queue `json:"substitute_id,omitempty"`
	Numbers    string   `json:"numbers,omitempty"`
	Queues     int      `json:"queues"`
	Chats      int      `json:"chats"` // that waited there, had an agent or were laid aside
}

func numbersTo(numbers string, substitute id.Queue, held queues.Held, path string) (id.Queue, error) {
	switch {
	case numbers == NumbersToSubstitute && substitute == 0:
		return 0, errs.Field("numbers", "There is no substitute for the numbers to lead to")
	case numbers == NumbersToSubstitute && held.Unverified > 0:
		return 0, conflict("numbers", "%d numbers that lead to %s are not verified now, so they cannot be assigned anew: unassign them", held.Unverified, path)
	case numbers == NumbersToSubstitute:
		return substitute, nil
	case numbers == "" && held.Numbers > 0:
		return 0, conflict("numbers", "%d numbers lead to %s: say whether they go to the substitute or are unassigned", held.Numbers, path)
	}
	return 0, nil
}

func noQueue() error { return errs.New(errs.NotFound, "There is no such queue") }

func conflict(field, format string, args ...any) error {
	return errs.New(errs.Conflict, format, args...).At(field)
}

func trimAll(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.TrimSpace(w)
	}
	return out
}

func trimmed(names map[string]string) map[string]string {
	out := make(map[string]string, len(names))
	for lang, name := range names {
		out[lang] = strings.TrimSpace(name)
	}
	return out
}

func trimmedLists(lists map[string][]string) map[string][]string {
	out := make(map[string][]string, len(lists))
	for lang, words := range lists {
		out[lang] = trimAll(words)
	}
	return out
}
