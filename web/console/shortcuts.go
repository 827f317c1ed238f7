package console

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/segments"
	"sidetone/internal/tenant"
	"sidetone/internal/tenant/reply"
	gen "sidetone/openapi/gen/console"
	"sidetone/queues"
)

// ListShortcuts gives every shortcut, its attributes filled in as far as they are known (spec 1.9).
func (s *server) ListShortcuts(ctx context.Context, req gen.ListShortcutsRequestObject) (gen.ListShortcutsResponseObject, error) {
	session := callOf(ctx).session
	about, err := s.about(ctx, session, req.Params)
	if err != nil {
		return nil, err
	}
	counted := req.Params.Uses != nil && *req.Params.Uses
	all, uses, err := s.shortcuts(ctx, session.Tenant.ID, counted)
	if err != nil {
		return nil, err
	}
	out := gen.ListShortcuts200JSONResponse{Shortcuts: []gen.Shortcut{}, Variables: tenant.ShortcutVariables(), Values: map[string]string{}}
	for name, value := range about.known {
		if value != unknown(name) {
			out.Values[name] = value
		}
	}
	for _, one := range all {
		if one.Queue != 0 && about.queue != 0 && !slices.Contains(about.tree.Chain(about.queue), one.Queue) {
			continue
		}
		text := reply.Render(one.Text, about.known)
		size := segments.Count(text)
		shown := shortcut(one, about.tree)
		shown.Ready = &gen.ShortcutReady{Text: text, Encoding: string(size.Encoding), Segments: int32(size.Segments)}
		if used := uses[one.ID]; counted {
			shown.Uses = &gen.ShortcutUses{Month: used.Month, Total: used.Total}
		}
		out.Shortcuts = append(out.Shortcuts, shown)
	}
	return out, nil
}

// about is what a shortcut would be sent in.
type about struct {
	tree  *queues.Tree
	queue id.Queue
	known reply.Vars
}

// unknown is how an attribute is written.
func unknown(name string) string { return "@{" + name + "}" }

func (s *server) about(ctx context.Context, session tenant.Session, p gen.ListShortcutsParams) (about, error) {
	of := session.Tenant.ID
	rules, err := s.Chats.Rules(ctx, of)
	if err != nil {
		return about{}, err
	}
	// What is not known stays as it is written: a value is never expanded again.
	a := about{tree: rules.Tree, known: reply.Vars{
		"CUSTOMER_NAME": unknown("CUSTOMER_NAME"), "QUEUE_NAME": unknown("QUEUE_NAME"), "AGENT_NAME": session.User.Name,
	}}
	if p.QueueId != nil {
		a.queue = id.Queue(*p.QueueId)
	}
	if p.ChatId != nil {
		if _, err := s.mayRead(ctx, id.Chat(*p.ChatId)); err != nil {
			return a, err
		}
		view, err := s.Chats.View(ctx, of, id.Chat(*p.ChatId))
		if err != nil {
			return a, err
		}
		if a.known["CUSTOMER_NAME"] = view.EndUser.Name; view.EndUser.Name == "" {
			a.known["CUSTOMER_NAME"] = "Customer"
		}
		a.queue = view.Queue.ID
		a.known["QUEUE_NAME"] = view.Queue.Name
	}
	if n := rules.Tree.Node(a.queue); n != nil {
		a.known["QUEUE_NAME"] = n.Name
	}
	a.known["COMPANY_NAME"] = rules.Settings(a.queue).Company()
	return a, nil
}

// CreateShortcut adds a shortcut.
func (s *server) CreateShortcut(ctx context.Context, req gen.CreateShortcutRequestObject) (gen.CreateShortcutResponseObject, error) {
	saved, err := s.saveShortcut(ctx, 0, *req.Body)
	return gen.CreateShortcut201JSONResponse(saved), err
}

// ChangeShortcut puts another one in its place.
func (s *server) ChangeShortcut(ctx context.Context, req gen.ChangeShortcutRequestObject) (gen.ChangeShortcutResponseObject, error) {
	saved, err := s.saveShortcut(ctx, id.Shortcut(req.ShortcutId), *req.Body)
	return gen.ChangeShortcut200JSONResponse(saved), err
}

func (s *server) saveShortcut(ctx context.Context, of id.Shortcut, in gen.ShortcutBody) (gen.Shortcut, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return gen.Shortcut{}, err
	}
	one := tenant.Shortcut{ID: of, Keyword: in.Keyword, Text: in.Text}
	if in.Lang != nil {
		one.Lang = *in.Lang
	}
	if in.Category != nil {
		one.Category = *in.Category
	}
	if in.OptIn != nil {
		one.OptIn = *in.OptIn
	}
	if in.QueueId != nil {
		one.Queue = id.Queue(*in.QueueId)
	}
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		one, err = tenant.SaveShortcut(ctx, tx, session.Tenant.ID, by(session), s.Now(), one)
		return err
	})
	if err != nil {
		return gen.Shortcut{}, err
	}
	tree, err := s.Chats.Tree(ctx, session.Tenant.ID)
	if err != nil {
		return gen.Shortcut{}, err
	}
	return shortcut(one, tree), nil
}

// DeleteShortcut takes a shortcut away.
func (s *server) DeleteShortcut(ctx context.Context, req gen.DeleteShortcutRequestObject) (gen.DeleteShortcutResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		return tenant.DeleteShortcut(ctx, tx, session.Tenant.ID, by(session), s.Now(), id.Shortcut(req.ShortcutId))
	})
	return gen.DeleteShortcut204Response{}, err
}

// shortcuts lists them all, and counted how often each was sent.
func (s *server) shortcuts(ctx context.Context, of id.Tenant, counted bool) (all []tenant.Shortcut, uses map[id.Shortcut]tenant.Uses, err error) {
	err = s.DB.InTenantTx(ctx, of, func(tx pgx.Tx) error {
		if all, err = tenant.Shortcuts(ctx, tx, of); err != nil || !counted {
			return err
		}
		uses, err = tenant.ShortcutUses(ctx, tx, of, s.Now())
		return err
	})
	return all, uses, err
}

func shortcut(s tenant.Shortcut, tree *queues.Tree) gen.Shortcut {
	out := gen.Shortcut{Id: wire(s.ID), Lang: s.Lang, Keyword: s.Keyword, Category: s.Category, Text: s.Text, OptIn: s.OptIn}
	if s.Queue != 0 {
		out.Queue = &gen.QueueRef{Id: wire(s.Queue), Path: tree.Path(s.Queue)}
		if n := tree.Node(s.Queue); n != nil {
			out.Queue.Name = n.Name
		}
	}
	return out
}
