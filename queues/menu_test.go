package queues_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/queues"
)

// support is a tree of three levels: Support > (Returns > (Damaged item, Wrong item), Orders, Billing hidden), and a
// second tree with the same keyword.
func support() *queues.Tree {
	return queues.NewTree([]queues.Node{
		{ID: 4, Parent: 2, Position: 1, Name: "Damaged item", Keywords: []string{"broken"}},
		{ID: 1, Name: "Support"},
		{ID: 5, Parent: 2, Position: 2, Name: "Wrong item"},
		{ID: 2, Parent: 1, Position: 1, Name: "Returns"},
		{ID: 3, Parent: 1, Position: 2, Name: "Orders", Keywords: []string{"order", "Where is it"}},
		{ID: 6, Parent: 1, Position: 3, Name: "Billing", Hidden: true, Keywords: []string{"invoice"}},
		{ID: 10, Name: "Sales", Position: 9},
		{ID: 11, Parent: 10, Name: "New customers", Keywords: []string{"broken"}},
	}, func(s string) string { return strings.ToLower(strings.TrimSpace(s)) })
}

func TestAMenuNumbersItsVisibleChildren(t *testing.T) {
	require.Equal(t, "Reply with a number:\n1. Returns\n2. Orders", support().Node(1).Menu("Reply with a number:", "en"))
}

func TestChoosing(t *testing.T) {
	for _, c := range []struct {
		name string
		menu id.Queue
		said string
		want id.Queue
	}{
		{"by number", 1, "1", 2},
		{"by number with spaces", 1, " 2 ", 3},
		{"by the child's name", 1, "orders", 3},
		{"by keyword", 1, "WHERE IS IT", 3},
		{"a keyword deeper in the tree jumps", 1, "broken", 4},
		{"a keyword elsewhere in the tree jumps", 2, "order", 3},
		{"a hidden queue by keyword", 1, "invoice", 6},
		{"a hidden queue has no name either", 1, "billing", 0},
		{"a hidden queue has no number", 1, "3", 0},
		{"zero", 1, "0", 0},
		{"another tree's keyword means that tree's queue", 10, "broken", 11},
		{"a grandchild's name is no choice", 1, "wrong item", 0},
		{"nothing", 1, "  ", 0},
		{"prose", 1, "my mug is broken", 0},
		{"an unknown menu", 99, "1", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := support().Choose(c.menu, c.said, "en")
			if c.want == 0 {
				require.Nil(t, got)
				return
			}
			require.NotNil(t, got)
			require.Equal(t, c.want, got.ID)
		})
	}
}

func TestOneVisibleChildIsEnteredWithoutAsking(t *testing.T) {
	tree := support()
	require.Equal(t, id.Queue(11), tree.Enter(10).ID)
	require.Equal(t, id.Queue(1), tree.Enter(1).ID)
	require.Equal(t, id.Queue(4), tree.Enter(4).ID, "a leaf is itself")
	require.Nil(t, tree.Enter(99))
}

func TestTheTreeKnowsPathsAndChains(t *testing.T) {
	tree := support()
	require.Equal(t, "Support › Returns › Damaged item", tree.Path(4))
	require.Equal(t, []id.Queue{4, 2, 1}, tree.Chain(4))
	var order []id.Queue
	for _, n := range tree.Nodes() {
		order = append(order, n.ID)
	}
	require.Equal(t, []id.Queue{1, 2, 4, 5, 3, 6, 10, 11}, order)
}

func TestALoopOfParentsEnds(t *testing.T) {
	tree := queues.NewTree([]queues.Node{{ID: 1, Parent: 2, Name: "a"}, {ID: 2, Parent: 1, Name: "b"}}, strings.ToLower)
	require.Len(t, tree.Chain(1), 2)
}
