package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"sidetone/chat/command"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/internal/tenant/reply"
	"sidetone/queues"
)

// SettingsPage is what holds for a tenant (queue 0) or a queue, and who set it.
type SettingsPage struct {
	Queue     id.Queue
	Settings  tenant.Settings
	Tree      *queues.Tree
	Languages []string // those that have texts, or are spoken by a queue
	changed   map[tenant.Place]tenant.LastChange
}

// Changed says who set what is in force for a key, and when; false for a default.
func (p SettingsPage) Changed(key string, from tenant.Source) (tenant.LastChange, bool) {
	c, ok := p.changed[tenant.Place{Queue: from.Queue, Key: key}]
	return c, ok && from.From != "default"
}

// SettingsOf reads what holds now for a tenant (queue 0) or a queue, past every cache. Errors: not_found.
func (s *Service) SettingsOf(ctx context.Context, t id.Tenant, q id.Queue) (p SettingsPage, err error) {
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		p, err = settingsPage(ctx, tx, t, q)
		return err
	})
	return p, err
}

func settingsPage(ctx context.Context, tx pgx.Tx, t id.Tenant, q id.Queue) (SettingsPage, error) {
	book, err := tenant.LoadBook(ctx, tx, t)
	if err != nil {
		return SettingsPage{}, err
	}
	nodes, err := queues.Nodes(ctx, tx, t)
	if err != nil {
		return SettingsPage{}, fmt.Errorf("read the queues of tenant %d: %w", t, err)
	}
	p := SettingsPage{Queue: q, Tree: queues.NewTree(nodes, command.Normalise)}
	if q != 0 && p.Tree.Node(q) == nil {
		return p, errs.New(errs.NotFound, "there is no queue %d", q)
	}
	if p.changed, err = tenant.LastChanges(ctx, tx, t); err != nil {
		return p, err
	}
	p.Settings = book.Resolve(p.Tree.Chain(q)...)
	p.Languages = p.languages(nodes)
	return p, nil
}

func (p SettingsPage) languages(nodes []queues.Node) []string {
	all := map[string]bool{p.Settings.Line(tenant.DefaultLanguage): true}
	for _, l := range reply.Languages() {
		all[l] = true
	}
	for _, n := range nodes {
		if !n.Gone {
			all[n.Lang] = true
		}
	}
	for place := range p.changed {
		if key := strings.Split(place.Key, "."); len(key) == 3 && key[0] == "text" {
			all[key[2]] = true
		}
	}
	delete(all, "")
	return slices.Sorted(maps.Keys(all))
}

// SaveSettings changes settings of a tenant (queue 0) or of a queue, all or none (tenant.Save), and answers with what
// holds then. Words are held against protected words and against the queues too (spec 1.3).
func (s *Service) SaveSettings(ctx context.Context, t id.Tenant, q id.Queue, values map[string]json.RawMessage, by tenant.Actor) (p SettingsPage, err error) {
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		book, err := tenant.Save(ctx, tx, t, q, values, by, s.now())
		if err != nil {
			return err
		}
		if p, err = settingsPage(ctx, tx, t, q); err != nil {
			return err
		}
		return checkWords(book.Tenant(), p.Tree, values)
	})
	if err != nil {
		return p, err
	}
	s.Forget(t)
	s.Publish(event.Hint{Kind: event.Settings, Tenant: t})
	s.Route(t) // another mode or limit may let somebody be offered something now
	return p, nil
}

// checkWords refuses a BACK or EXIT word that means something already, by the key that was changed.
func checkWords(s tenant.Settings, tree *queues.Tree, changed map[string]json.RawMessage) error {
	for _, c := range []struct {
		key, other tenant.WordsKey
		what, name *errs.Text // of the other's words, of one's own
	}{
		{tenant.BackWords, tenant.ExitWords, errs.Say("an EXIT word"), errs.Say("a BACK word already")},
		{tenant.ExitWords, tenant.BackWords, errs.Say("a BACK word"), errs.Say("an EXIT word already")},
	} {
		if _, ok := changed[string(c.key)]; !ok {
			continue
		}
		taken := queueWords(tree)
		for _, w := range s.Words(c.other) {
			taken = append(taken, command.Use{Word: w, For: c.what})
		}
		for _, w := range s.Words(c.key) {
			if _, err := strconv.Atoi(command.Normalise(w)); err == nil {
				return errs.Field(string(c.key), "%q can't be used: a number chooses a line of a menu", w)
			}
			if err := command.Clash(w, taken...); err != nil {
				return errs.Field(string(c.key), "%s", err)
			}
			taken = append(taken, command.Use{Word: w, For: c.name})
		}
	}
	return nil
}

// queueWords is what the SMS queues of a tenant are called and answer to.
func queueWords(tree *queues.Tree) (out []command.Use) {
	for _, n := range tree.Nodes() {
		if n.Channel == "ivr" {
			continue
		}
		names, keywords := n.Words()
		for _, name := range names {
			out = append(out, command.Use{Word: name, For: errs.Say("the name of the queue %s", tree.Path(n.ID))})
		}
		for _, k := range keywords {
			out = append(out, command.Use{Word: k, For: errs.Say("a keyword of the queue %s", tree.Path(n.ID))})
		}
	}
	return out
}
