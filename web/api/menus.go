package api

import (
	"cmp"
	"context"
	"slices"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	gen "sidetone/openapi/gen/public"
	"sidetone/queues"
)

// wants says whether a queue is of the kind and the language asked for.
func wants(n *queues.Node, kind *gen.MenuType, lang *gen.Lang) bool {
	return (kind == nil || menuType(n) == *kind) && (lang == nil || n.Lang == *lang)
}

// ListMenus lists menus and queues, in the order of their ids.
func (s *server) ListMenus(ctx context.Context, req gen.ListMenusRequestObject) (gen.ListMenusResponseObject, error) {
	c, p := callOf(ctx), req.Params
	page, err := pageOf(p.Page, p.Per, p.After)
	if err != nil {
		return nil, err
	}
	tree, err := s.Chats.Tree(ctx, c.token.Tenant.ID)
	if err != nil {
		return nil, err
	}
	all := tree.Nodes()
	slices.SortFunc(all, func(a, b *queues.Node) int { return cmp.Compare(a.ID, b.ID) })
	all = slices.DeleteFunc(all, func(n *queues.Node) bool { return !wants(n, p.MenuType, p.Lang) })
	nodes, next, err := cut(all, page, func(n *queues.Node) int64 { return int64(n.ID) })
	if err != nil {
		return nil, err
	}
	out, err := s.menus(ctx, c, tree, nodes)
	if err != nil {
		return nil, err
	}
	c.listed(page, len(all), next)
	return gen.ListMenus200JSONResponse(out), nil
}

// GetMenu reads a menu or a queue, a deleted one too: chats still name it.
func (s *server) GetMenu(ctx context.Context, req gen.GetMenuRequestObject) (gen.GetMenuResponseObject, error) {
	c := callOf(ctx)
	tree, err := s.Chats.Tree(ctx, c.token.Tenant.ID)
	if err != nil {
		return nil, err
	}
	n := tree.Known(id.Queue(req.MenuId))
	if n == nil {
		return nil, errs.New(errs.NotFound, "There is no such menu")
	}
	out, err := s.menus(ctx, c, tree, []*queues.Node{n})
	if err != nil {
		return nil, err
	}
	return gen.GetMenu200JSONResponse(out[0]), nil
}

func (s *server) menus(ctx context.Context, c *call, tree *queues.Tree, nodes []*queues.Node) ([]gen.Menu, error) {
	serving, err := queues.ReadAssigned(ctx, s.DB, c.token.Tenant.ID)
	if err != nil {
		return nil, err
	}
	out := make([]gen.Menu, len(nodes))
	for i, n := range nodes {
		m := gen.Menu{
			Id: int64(n.ID), Name: n.Name, ParentId: number(n.Parent), Position: int32(n.Position), Deleted: n.Gone, Hidden: n.Hidden,
			MenuType: menuType(n), Lang: n.Lang, MenuPath: menuPath(tree.Line(n.ID)),
			AgentAssignments: []gen.AgentAssignment{}, TeamAssignments: []gen.TeamAssignment{},
		}
		for _, a := range serving.Agents[n.ID] {
			who := agentInfo(&chat.Person{ID: a.ID, Name: a.Name, Email: a.Email})
			m.AgentAssignments = append(m.AgentAssignments, gen.AgentAssignment{
				Lang: n.Lang, QueueLevel: int32(a.CascadeGroup), ChannelType: channelType(n),
				Assignee: gen.Assignee{Id: who.Id, Name: who.Name, FirstName: who.FirstName, LastName: who.LastName},
			})
		}
		for _, a := range serving.Teams[n.ID] {
			t := gen.TeamAssignment{Lang: n.Lang, QueueLevel: int32(a.CascadeGroup), ChannelType: channelType(n)}
			t.Team.Id, t.Team.Name, t.Team.AgentsCount = int64(a.ID), a.Name, int32(a.Members)
			m.TeamAssignments = append(m.TeamAssignments, t)
		}
		out[i] = m
	}
	return out, nil
}

func channelType(n *queues.Node) gen.ChannelType {
	if n.Channel == queues.IVR {
		return gen.VoiceCall
	}
	return gen.SmsChat
}

// GetMenuTree reads the trees, children in menu order.
func (s *server) GetMenuTree(ctx context.Context, req gen.GetMenuTreeRequestObject) (gen.GetMenuTreeResponseObject, error) {
	tree, err := s.Chats.Tree(ctx, callOf(ctx).token.Tenant.ID)
	if err != nil {
		return nil, err
	}
	out := gen.GetMenuTree200JSONResponse{}
	for _, n := range tree.Nodes() {
		if tree.Node(n.Parent) == nil && wants(n, req.Params.MenuType, req.Params.Lang) {
			out = append(out, menuNode(n))
		}
	}
	return out, nil
}

func menuNode(n *queues.Node) gen.MenuNode {
	out := gen.MenuNode{
		Id: int64(n.ID), Name: n.Name, ParentId: number(n.Parent), Position: int32(n.Position), Deleted: n.Gone, Hidden: n.Hidden,
		MenuType: menuType(n), Lang: n.Lang, Children: make([]gen.MenuNode, len(n.Children)),
	}
	for i, child := range n.Children {
		out.Children[i] = menuNode(child)
	}
	return out
}
