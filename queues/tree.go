// Package queues holds the queue tree, its menus, who is offered which chat, and the offers themselves (spec 1.4, 1.7).
//
// It does not own chats: a chat's life is package chat, one floor up.
package queues

import (
	"cmp"
	"slices"
	"strings"

	"sidetone/internal/id"
)

// Node is a menu (it has children) or a leaf queue (it has agents).
type Node struct {
	ID       id.Queue
	Parent   id.Queue // 0 at the top
	Channel  string   // sms or ivr
	Lang     string
	Position int
	Name     string
	Keywords []string
	Hidden   bool // not listed in menus; still takes texts to its own number or keyword
	Children []*Node

	Names        map[string]string   // by language; Name where there is none
	LangKeywords map[string][]string // by language, besides Keywords

	Gone       bool // deleted
	Substitute id.Queue
}

// Title is a queue's name in a language: a regional one falls back to its base, then to the plain name.
func (n *Node) Title(lang string) string {
	for _, l := range tongues(lang) {
		if name := n.Names[l]; name != "" {
			return name
		}
	}
	return n.Name
}

// tongues are the languages in which a word of somebody who speaks lang may be: es-MX, es, and those without one.
func tongues(lang string) []string {
	base, _, regional := strings.Cut(lang, "-")
	if regional {
		return []string{lang, base, ""}
	}
	return []string{lang, ""}
}

// Leaf tells a queue that agents serve from a menu.
func (n *Node) Leaf() bool { return len(n.Children) == 0 }

// Tree is the queue trees of a tenant, as read at one settings version. It is never changed after NewTree.
type Tree struct {
	nodes     map[id.Queue]*Node
	gone      map[id.Queue]*Node
	words     map[word]id.Queue // keywords of a whole tree
	normalise func(string) string
}

type word struct {
	root id.Queue
	lang string // "" for everybody's
	text string
}

// NewTree links nodes by their parents, children in menu order. A node whose parent is unknown stands at the top, and a
// whole tree speaks the language of its top. normalise folds a consumer's words the way command words are folded (spec 1.3).
func NewTree(nodes []Node, normalise func(string) string) *Tree {
	t := &Tree{
		nodes: make(map[id.Queue]*Node, len(nodes)), gone: map[id.Queue]*Node{}, words: map[word]id.Queue{}, normalise: normalise,
	}
	for i := range nodes {
		n := nodes[i]
		n.Children = nil
		if n.Gone {
			t.gone[n.ID] = &n
			continue
		}
		t.nodes[n.ID] = &n
	}
	for _, n := range t.inOrder() {
		if parent := t.nodes[n.Parent]; parent != nil {
			parent.Children = append(parent.Children, n)
		}
	}
	for _, n := range t.inOrder() {
		root := t.root(n.ID)
		n.Lang = t.nodes[root].Lang
		t.enter(n.ID, root, "", n.Keywords)
		for lang, keywords := range n.LangKeywords {
			t.enter(n.ID, root, lang, keywords)
		}
	}
	return t
}

// enter notes keywords; one that is taken stays with who had it.
func (t *Tree) enter(q, root id.Queue, lang string, keywords []string) {
	for _, k := range keywords {
		w := word{root, lang, t.normalise(k)}
		if _, taken := t.words[w]; !taken && w.text != "" {
			t.words[w] = q
		}
	}
}

// inOrder is every node by position, then id: the order of menus, whatever the order of rows was.
func (t *Tree) inOrder() []*Node {
	out := make([]*Node, 0, len(t.nodes))
	for _, n := range t.nodes {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b *Node) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Node returns a queue of the tree, nil when it is not there.
func (t *Tree) Node(q id.Queue) *Node { return t.nodes[q] }

// Known returns a queue of the tree or one that was deleted: for what is told about the past.
func (t *Tree) Known(q id.Queue) *Node {
	if n := t.nodes[q]; n != nil {
		return n
	}
	return t.gone[q]
}

// Gone says that a queue was deleted, and which one stands in for it now: 0 for none. A substitute may be deleted too.
func (t *Tree) Gone(q id.Queue) (to id.Queue, gone bool) {
	n := t.gone[q]
	if n == nil {
		return 0, false
	}
	for range len(t.gone) + 1 { // a loop ends it
		if n == nil {
			return 0, true
		}
		if to := n.Substitute; t.nodes[to] != nil {
			return to, true
		}
		n = t.gone[n.Substitute]
	}
	return 0, true
}

// Nodes lists every queue, parents before their children, children in menu order.
func (t *Tree) Nodes() []*Node {
	var out []*Node
	var walk func(ns []*Node)
	walk = func(ns []*Node) {
		for _, n := range ns {
			out = append(out, n)
			walk(n.Children)
		}
	}
	var tops []*Node
	for _, n := range t.inOrder() {
		if t.nodes[n.Parent] == nil {
			tops = append(tops, n)
		}
	}
	walk(tops)
	return out
}

// Chain is a queue and its ancestors, itself first: the order in which settings are looked up. A loop of parents ends it.
func (t *Tree) Chain(q id.Queue) []id.Queue {
	var out []id.Queue
	for n := t.nodes[q]; n != nil && !slices.Contains(out, n.ID); n = t.nodes[n.Parent] {
		out = append(out, n.ID)
	}
	return out
}

func (t *Tree) root(q id.Queue) id.Queue {
	chain := t.Chain(q)
	if len(chain) == 0 {
		return 0
	}
	return chain[len(chain)-1]
}

// Path names a queue from the top: "Returns › Damaged item". A deleted one has kept its name alone.
func (t *Tree) Path(q id.Queue) string {
	if n := t.gone[q]; n != nil {
		return n.Name
	}
	chain := t.Chain(q)
	names := make([]string, len(chain))
	for i, c := range chain {
		names[len(chain)-1-i] = t.nodes[c].Name
	}
	return strings.Join(names, " › ")
}

// Line is a queue with the menus that lead to it, from the top. Deleted ones have kept their place.
func (t *Tree) Line(q id.Queue) (out []*Node) {
	for n := t.Known(q); n != nil && !slices.Contains(out, n); n = t.Known(n.Parent) {
		out = append(out, n)
	}
	slices.Reverse(out)
	return out
}

// Below is a queue and all queues below it. One that is not there stands for itself, as past chats have it.
func (t *Tree) Below(q id.Queue) []id.Queue {
	out := []id.Queue{q}
	if n := t.nodes[q]; n != nil {
		for _, c := range n.Children {
			out = append(out, t.Below(c.ID)...)
		}
	}
	return out
}
