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
}

// Leaf tells a queue that agents serve from a menu.
func (n *Node) Leaf() bool { return len(n.Children) == 0 }

// Tree is the queue trees of a tenant, as read at one settings version. It is never changed after NewTree.
type Tree struct {
	nodes     map[id.Queue]*Node
	words     map[word]id.Queue // keywords of a whole tree
	normalise func(string) string
}

type word struct {
	root id.Queue
	text string
}

// NewTree links nodes by their parents, children in menu order. A node whose parent is unknown stands at the top.
// normalise folds a consumer's words the way command words are folded (spec 1.3).
func NewTree(nodes []Node, normalise func(string) string) *Tree {
	t := &Tree{nodes: make(map[id.Queue]*Node, len(nodes)), words: map[word]id.Queue{}, normalise: normalise}
	for i := range nodes {
		n := nodes[i]
		n.Children = nil
		t.nodes[n.ID] = &n
	}
	for _, n := range t.inOrder() {
		if parent := t.nodes[n.Parent]; parent != nil {
			parent.Children = append(parent.Children, n)
		}
	}
	for _, n := range t.inOrder() {
		root := t.root(n.ID)
		for _, k := range n.Keywords {
			w := word{root, normalise(k)}
			if _, taken := t.words[w]; !taken && w.text != "" {
				t.words[w] = n.ID
			}
		}
	}
	return t
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

// Path names a queue from the top: "Returns › Damaged item".
func (t *Tree) Path(q id.Queue) string {
	chain := t.Chain(q)
	names := make([]string, len(chain))
	for i, c := range chain {
		names[len(chain)-1-i] = t.nodes[c].Name
	}
	return strings.Join(names, " › ")
}
