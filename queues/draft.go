package queues

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Channels with a tree of queues.
const (
	SMS = "sms"
	IVR = "ivr"
)

// Draft is a tenant's trees while somebody changes them (spec 1.4): each operation leaves trees in which siblings have
// positions 0, 1, 2 … and no queue is above itself. Check says whether what was changed may be saved.
type Draft struct {
	was     *Tree
	nodes   map[id.Queue]*Node // those there are now; Children is not kept
	below   map[place][]id.Queue
	checked map[id.Queue]bool // what Check looks at: names, keywords and where it stands
	redrawn map[place]string  // menus that show other lines than before, by the field that says so
	gone    map[id.Queue]id.Queue
}

// place is where siblings stand: below a queue, or at the top of a channel.
type place struct {
	parent  id.Queue
	channel string // at the top only
}

// Draft begins to change trees. The trees stay as they are.
func (t *Tree) Draft() *Draft {
	d := &Draft{
		was: t, nodes: make(map[id.Queue]*Node, len(t.nodes)), below: map[place][]id.Queue{}, checked: map[id.Queue]bool{},
		redrawn: map[place]string{}, gone: map[id.Queue]id.Queue{},
	}
	for _, n := range t.inOrder() {
		c := *n
		c.Children = nil
		if t.nodes[c.Parent] == nil {
			c.Parent = 0
		}
		d.nodes[c.ID] = &c
		at := d.place(&c)
		d.below[at] = append(d.below[at], c.ID)
	}
	return d
}

func (d *Draft) place(n *Node) place {
	if n.Parent != 0 {
		return place{parent: n.Parent}
	}
	return place{channel: n.Channel}
}

// Node is a queue as it has become; nil when there is none.
func (d *Draft) Node(q id.Queue) *Node { return d.nodes[q] }

// Leaf tells whether a queue has no children now.
func (d *Draft) Leaf(q id.Queue) bool { return len(d.below[place{parent: q}]) == 0 }

// Subtree is a queue and all below it, parents before their children, in menu order.
func (d *Draft) Subtree(q id.Queue) []id.Queue {
	out := []id.Queue{q}
	for _, c := range d.below[place{parent: q}] {
		out = append(out, d.Subtree(c)...)
	}
	return out
}

// Add puts a queue with a new id below its parent or at the top of its channel, at a position; past the end is the end.
// Below a parent it takes the parent's channel and language.
func (d *Draft) Add(n Node, at int) error {
	if n.Parent != 0 {
		parent := d.nodes[n.Parent]
		if parent == nil {
			return errs.Field("parent_id", "There is no queue %d to put it below", n.Parent)
		}
		if n.Channel != "" && n.Channel != parent.Channel {
			return errs.Field("channel", "A queue below %s is of its channel, %s", parent.Name, traffic(parent.Channel))
		}
		n.Channel, n.Lang = parent.Channel, parent.Lang
	}
	n.Children = nil
	d.nodes[n.ID] = &n
	d.insert(d.place(&n), n.ID, at, "hidden")
	d.checked[n.ID] = true
	return nil
}

// Change replaces what a queue is called and how it shows. What stands where is Move's.
func (d *Draft) Change(n Node) error {
	old := d.nodes[n.ID]
	if old == nil {
		return missing()
	}
	if n.Lang != old.Lang && old.Parent != 0 {
		return errs.Field("lang", "A whole tree speaks the language of its top queue: change it there")
	}
	n.Parent, n.Channel, n.Position, n.Children = old.Parent, old.Channel, old.Position, nil
	d.nodes[n.ID] = &n
	d.speak(n.ID, n.Lang)
	d.checked[n.ID], d.redrawn[d.place(&n)] = true, "hidden"
	return nil
}

// Move takes a queue with all below it to another place of its channel; past the end is the end.
func (d *Draft) Move(q, parent id.Queue, at int) error {
	n := d.nodes[q]
	if n == nil {
		return missing()
	}
	lang := n.Lang
	if parent != 0 {
		to := d.nodes[parent]
		switch {
		case to == nil:
			return errs.Field("parent_id", "There is no queue %d to put it below", parent)
		case slices.Contains(d.Subtree(q), parent):
			return errs.Field("parent_id", "%s cannot stand below itself", n.Name)
		case to.Channel != n.Channel:
			return errs.Field("parent_id", "%s is a queue of %s and %s of %s: copy it instead", n.Name, traffic(n.Channel), to.Name, traffic(to.Channel))
		}
		lang = to.Lang
	}
	d.remove(d.place(n), q, "parent_id")
	n.Parent = parent
	d.insert(d.place(n), q, at, "parent_id")
	d.speak(q, lang)
	for _, moved := range d.Subtree(q) { // its keywords meet those of another tree
		d.checked[moved] = true
	}
	return nil
}

// Reorder puts siblings into an order: those below a queue, or those at the top of a channel. All must be named once.
func (d *Draft) Reorder(parent id.Queue, channel string, order []id.Queue) error {
	at := place{channel: channel}
	if parent != 0 {
		if d.nodes[parent] == nil {
			return errs.Field("parent_id", "There is no queue %d", parent)
		}
		at = place{parent: parent}
	}
	if !slices.Equal(slices.Sorted(slices.Values(order)), slices.Sorted(slices.Values(d.below[at]))) {
		return errs.Field("queue_ids", "Name every queue that stands there, each once: there are %d", len(d.below[at]))
	}
	d.below[at] = slices.Clone(order)
	return nil
}

// Copy puts a copy of a queue and all below it, with names, keywords and order, below a parent or at the top of a channel,
// behind what is there. It returns which queue became which; newIDs has an id for each of Subtree.
func (d *Draft) Copy(q, parent id.Queue, channel string, newIDs []id.Queue) (map[id.Queue]id.Queue, error) {
	if d.nodes[q] == nil {
		return nil, missing()
	}
	if parent != 0 && slices.Contains(d.Subtree(q), parent) {
		return nil, errs.Field("parent_id", "%s cannot stand below itself", d.nodes[q].Name)
	}
	subtree := d.Subtree(q) // before the copies join
	became := map[id.Queue]id.Queue{}
	for i, from := range subtree {
		n := *d.nodes[from]
		n.ID, n.Channel = newIDs[i], channel
		if from == q {
			n.Parent = parent
		} else {
			n.Parent = became[n.Parent]
		}
		if err := d.Add(n, len(d.nodes)); err != nil {
			return nil, err
		}
		became[from] = n.ID
	}
	return became, nil
}

// Delete takes a queue and all below it away and returns them. Whoever waits there goes on to the substitute, a leaf of
// the same channel elsewhere; 0 is none.
func (d *Draft) Delete(q, substitute id.Queue) ([]id.Queue, error) {
	n := d.nodes[q]
	if n == nil {
		return nil, missing()
	}
	gone := d.Subtree(q)
	if substitute != 0 {
		to := d.nodes[substitute]
		switch {
		case to == nil:
			return nil, errs.Field("substitute_id", "There is no queue %d", substitute)
		case slices.Contains(gone, substitute):
			return nil, errs.Field("substitute_id", "%s is deleted with %s: name a queue elsewhere", to.Name, n.Name)
		case to.Channel != n.Channel:
			return nil, errs.Field("substitute_id", "%s is a queue of %s, not of %s", to.Name, traffic(to.Channel), traffic(n.Channel))
		case !d.Leaf(substitute):
			return nil, errs.Field("substitute_id", "%s is a menu: name a queue that agents serve", to.Name)
		}
	}
	d.remove(d.place(n), q, "queue_id")
	for _, g := range gone {
		d.gone[g] = substitute
		delete(d.nodes, g)
		delete(d.below, place{parent: g})
		delete(d.checked, g)
	}
	return gone, nil
}

// Changed is the rows to save: what is new or differs, and what is gone, by id.
func (d *Draft) Changed() []Node {
	var out []Node
	for _, siblings := range d.below {
		for i, q := range siblings {
			n := *d.nodes[q]
			n.Position = i
			if old := d.was.nodes[q]; old == nil || !same(*old, n) {
				out = append(out, n)
			}
		}
	}
	for q, to := range d.gone {
		if old := d.was.nodes[q]; old != nil {
			n := *old
			n.Gone, n.Substitute, n.Children = true, to, nil
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b Node) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Tree is the trees as they have become.
func (d *Draft) Tree() *Tree {
	nodes := make([]Node, 0, len(d.nodes))
	for _, siblings := range d.below {
		for i, q := range siblings {
			n := *d.nodes[q]
			n.Position = i
			nodes = append(nodes, n)
		}
	}
	return NewTree(nodes, d.was.normalise)
}

func same(a, b Node) bool {
	a.Children, b.Children = nil, nil
	return slices.Equal(a.Keywords, b.Keywords) && maps.Equal(a.Names, b.Names) &&
		maps.EqualFunc(a.LangKeywords, b.LangKeywords, slices.Equal) && reflect.DeepEqual(plain(a), plain(b))
}

// plain is a node without what has several empty forms.
func plain(n Node) Node {
	n.Keywords, n.Names, n.LangKeywords = nil, nil, nil
	return n
}

func (d *Draft) insert(at place, q id.Queue, position int, field string) {
	position = max(0, min(position, len(d.below[at])))
	d.below[at] = slices.Insert(slices.Clone(d.below[at]), position, q)
	d.redrawn[at] = field
}

func (d *Draft) remove(at place, q id.Queue, field string) {
	d.redrawn[at] = field
	d.below[at] = slices.DeleteFunc(slices.Clone(d.below[at]), func(o id.Queue) bool { return o == q })
}

// speak gives a whole tree its language.
func (d *Draft) speak(top id.Queue, lang string) {
	for _, q := range d.Subtree(top) {
		d.nodes[q].Lang = lang
	}
}

// traffic is a channel in a sentence.
func traffic(channel string) *errs.Text {
	if channel == "ivr" {
		return errs.Say("ivr")
	}
	return errs.Say("sms")
}

func missing() error { return errs.New(errs.NotFound, "There is no such queue") }
