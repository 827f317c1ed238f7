package queues

import (
	"strconv"
	"strings"

	"sidetone/internal/id"
)

// MaxInvalidChoices is how often an invalid choice repeats the menu; then silence under the timer (spec 1.4).
const MaxInvalidChoices = 3

// Listed is the children a menu shows: the visible ones, in order.
func (n *Node) Listed() []*Node {
	var out []*Node
	for _, c := range n.Children {
		if !c.Hidden {
			out = append(out, c)
		}
	}
	return out
}

// Enter goes down from a queue while there is nothing to choose: one visible child only is entered without asking.
// The result is a leaf, or a menu with a choice. A menu without visible children is returned as it is.
func (t *Tree) Enter(q id.Queue) *Node {
	n := t.nodes[q]
	for n != nil {
		listed := n.Listed()
		if len(listed) != 1 {
			return n
		}
		n = listed[0]
	}
	return nil
}

// Menu is the text of a menu in a language: one instruction line, then a numbered line per visible child (spec 1.4).
func (n *Node) Menu(instruction, lang string) string {
	var b strings.Builder
	b.WriteString(instruction)
	for i, c := range n.Listed() {
		b.WriteByte('\n')
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteString(". ")
		b.WriteString(c.Title(lang))
	}
	return b.String()
}

// Choose reads a consumer's text as a choice in a menu: the number of a line, the name of a child that is listed, in the
// consumer's language or its plain one, or a keyword of any queue of the same tree, which jumps there: what is hidden takes
// texts to its own number or keyword alone (spec 1.4). Nil: no valid choice.
func (t *Tree) Choose(menu id.Queue, text, lang string) *Node {
	n := t.nodes[menu]
	if n == nil {
		return nil
	}
	said := t.normalise(text)
	if said == "" {
		return nil
	}
	listed := n.Listed()
	if i, err := strconv.Atoi(said); err == nil && i >= 1 && i <= len(listed) {
		return listed[i-1]
	}
	for _, name := range []func(*Node) string{func(c *Node) string { return c.Title(lang) }, func(c *Node) string { return c.Name }} {
		for _, c := range listed {
			if t.normalise(name(c)) == said {
				return c
			}
		}
	}
	return t.Keyword(menu, text, lang)
}

// Keyword reads a text as a keyword of any queue of the tree that q belongs to, in a language or in none. Nil: it is none.
func (t *Tree) Keyword(q id.Queue, text, lang string) *Node {
	root, said := t.root(q), t.normalise(text)
	for _, l := range tongues(lang) {
		if n := t.nodes[t.words[word{root, l, said}]]; n != nil {
			return n
		}
	}
	return nil
}
