package queues_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/queues"
)

func fold(s string) string { return strings.ToLower(strings.Trim(s, " !")) }

// free lets every word call a queue but CANCEL.
func free(word string) error {
	if fold(word) == "cancel" {
		return errors.New("a protected word")
	}
	return nil
}

// orchard is Support > (Returns > (Damaged), Orders) and Sales for texts, Calls > (Desk) for calls.
func orchard() *queues.Tree {
	return queues.NewTree([]queues.Node{
		{ID: 1, Channel: "sms", Lang: "en", Name: "Support"},
		{ID: 2, Parent: 1, Channel: "sms", Name: "Returns", Keywords: []string{"refund"}, LangKeywords: map[string][]string{"es": {"devolver"}}},
		{ID: 3, Parent: 2, Channel: "sms", Name: "Damaged"},
		{ID: 4, Parent: 1, Channel: "sms", Position: 1, Name: "Orders", Names: map[string]string{"es": "Pedidos"}},
		{ID: 5, Channel: "sms", Lang: "es", Position: 1, Name: "Sales"},
		{ID: 6, Channel: "ivr", Lang: "en", Name: "Calls"},
		{ID: 7, Parent: 6, Channel: "ivr", Name: "Desk"},
	}, fold)
}

// drawn is the draft's trees, a line each: "Support/Returns".
func drawn(d *queues.Draft) (out []string) {
	tree := d.Tree()
	for _, n := range tree.Nodes() {
		out = append(out, n.Channel+" "+tree.Path(n.ID))
	}
	return out
}

func TestATreeIsChanged(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(d *queues.Draft) error
		want []string
	}{
		{"a queue is nested", func(d *queues.Draft) error { return d.Add(queues.Node{ID: 8, Parent: 1, Name: "Gifts"}, 1) }, []string{
			"ivr Calls", "ivr Calls › Desk", "sms Support", "sms Support › Returns", "sms Support › Returns › Damaged", "sms Support › Gifts", "sms Support › Orders", "sms Sales",
		}},
		{"a queue stands at the top", func(d *queues.Draft) error {
			return d.Add(queues.Node{ID: 8, Channel: "sms", Lang: "fr", Name: "Ventes"}, 99)
		}, []string{
			"ivr Calls", "ivr Calls › Desk", "sms Support", "sms Support › Returns", "sms Support › Returns › Damaged", "sms Support › Orders", "sms Sales", "sms Ventes",
		}},
		{"a branch moves", func(d *queues.Draft) error { return d.Move(2, 5, 0) }, []string{
			"ivr Calls", "ivr Calls › Desk", "sms Support", "sms Support › Orders", "sms Sales", "sms Sales › Returns", "sms Sales › Returns › Damaged",
		}},
		{"siblings change places", func(d *queues.Draft) error { return d.Reorder(1, "", []id.Queue{4, 2}) }, []string{
			"ivr Calls", "ivr Calls › Desk", "sms Support", "sms Support › Orders", "sms Support › Returns", "sms Support › Returns › Damaged", "sms Sales",
		}},
		{"a branch goes", func(d *queues.Draft) error { _, err := d.Delete(2, 4); return err }, []string{
			"ivr Calls", "ivr Calls › Desk", "sms Support", "sms Support › Orders", "sms Sales",
		}},
		{"a branch is copied to calls", func(d *queues.Draft) error { _, err := d.Copy(2, 6, "ivr", []id.Queue{8, 9}); return err }, []string{
			"ivr Calls", "ivr Calls › Desk", "ivr Calls › Returns", "ivr Calls › Returns › Damaged",
			"sms Support", "sms Support › Returns", "sms Support › Returns › Damaged", "sms Support › Orders", "sms Sales",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := orchard().Draft()
			require.Empty(t, d.Changed())
			require.NoError(t, c.do(d))
			require.NoError(t, d.Check(free))
			got := drawn(d)
			slices.SortStableFunc(got, func(a, b string) int { return strings.Compare(a[:3], b[:3]) })
			require.Equal(t, c.want, got)
		})
	}
}

func TestWhatMayNotBeDoneToATree(t *testing.T) {
	add := func(n queues.Node) func(d *queues.Draft) error {
		return func(d *queues.Draft) error { n.ID = 8; return d.Add(n, 0) }
	}
	change := func(q id.Queue, with func(n *queues.Node)) func(d *queues.Draft) error {
		return func(d *queues.Draft) error { n := *d.Node(q); with(&n); return d.Change(n) }
	}
	hide := func(q id.Queue) func(d *queues.Draft) error {
		return change(q, func(n *queues.Node) { n.Hidden = true })
	}
	for _, c := range []struct {
		name        string
		do          func(d *queues.Draft) error
		field, want string
	}{
		{"no such parent", add(queues.Node{Parent: 99, Name: "A"}), "parent_id", "no queue 99"},
		{"a call queue among texts", add(queues.Node{Parent: 1, Channel: "ivr", Name: "A"}), "channel", "of its channel, sms"},
		{"below itself", func(d *queues.Draft) error { return d.Move(1, 3, 0) }, "parent_id", "below itself"},
		{"into itself", func(d *queues.Draft) error { return d.Move(1, 1, 0) }, "parent_id", "below itself"},
		{"to the other channel", func(d *queues.Draft) error { return d.Move(2, 6, 0) }, "parent_id", "copy it instead"},
		{"nobody moves", func(d *queues.Draft) error { return d.Move(99, 1, 0) }, "", "no such queue"},
		{"an order that leaves one out", func(d *queues.Draft) error { return d.Reorder(1, "", []id.Queue{4}) }, "queue_ids", "there are 2"},
		{"an order that names one twice", func(d *queues.Draft) error { return d.Reorder(1, "", []id.Queue{4, 4}) }, "queue_ids", "each once"},
		{"a substitute that goes too", func(d *queues.Draft) error { _, err := d.Delete(2, 3); return err }, "substitute_id", "is deleted with Returns"},
		{"a substitute for calls", func(d *queues.Draft) error { _, err := d.Delete(2, 7); return err }, "substitute_id", "a queue of ivr"},
		{"a menu as substitute", func(d *queues.Draft) error { _, err := d.Delete(5, 1); return err }, "substitute_id", "is a menu"},
		{"a copy below itself", func(d *queues.Draft) error { _, err := d.Copy(1, 3, "sms", []id.Queue{10, 11, 12, 13}); return err }, "parent_id", "below itself"},
		{"another language below the top", change(2, func(n *queues.Node) { n.Lang = "fr" }), "lang", "of its top queue"},

		{"a menu's only queue is hidden", change(3, func(n *queues.Node) { n.Hidden = true }), "hidden", "The menu of Returns would show no queue, as Damaged is hidden"},
		{"the last queue that a menu shows is hidden", func(d *queues.Draft) error { return errors.Join(hide(2)(d), hide(4)(d)) }, "hidden", "The menu of Support would show"},
		{"a leaf becomes a menu of a hidden queue", add(queues.Node{Parent: 3, Name: "A", Hidden: true}), "hidden", "The menu of Damaged would show"},
		{"the last queue that a menu shows moves away", func(d *queues.Draft) error { return errors.Join(hide(2)(d), d.Move(4, 5, 0)) }, "parent_id", "The menu of Support would show"},
		{"a hidden queue moves below a leaf", func(d *queues.Draft) error { return errors.Join(hide(2)(d), d.Move(2, 5, 0)) }, "parent_id", "The menu of Sales would show"},
		{"the last queue that a menu shows is deleted", func(d *queues.Draft) error {
			_, err := d.Delete(4, 0)
			return errors.Join(hide(2)(d), err)
		}, "hidden", "The menu of Support would show"},

		{"the name of a sibling", add(queues.Node{Parent: 1, Name: "ORDERS!"}), "name", "taken by Support › Orders"},
		{"the name of a sibling in a language", add(queues.Node{Parent: 1, Name: "Pedidos"}), "name", "taken in es by Support › Orders"},
		{"a sibling's name at the top", change(5, func(n *queues.Node) { n.Name = "support" }), "name", "taken by Support"},
		{"a keyword of the tree", add(queues.Node{Parent: 1, Name: "A", Keywords: []string{"Refund"}}), "keywords", "taken by Support › Returns"},
		{"a Spanish keyword for everybody", add(queues.Node{Parent: 1, Name: "A", Keywords: []string{"devolver"}}), "keywords", "taken by Support › Returns"},
		{"everybody's keyword in French", add(queues.Node{Parent: 1, Name: "A", LangKeywords: map[string][]string{"fr": {"refund"}}}), "lang_keywords.fr", "taken by"},
		{"a Mexican's keyword", add(queues.Node{Parent: 1, Name: "A", LangKeywords: map[string][]string{"es-MX": {"devolver"}}}), "lang_keywords.es-MX", "taken by"},
		{"a keyword twice", add(queues.Node{Parent: 1, Name: "A", Keywords: []string{"x", "X!"}}), "keywords", "stands twice"},
		{"a keyword that comes with a branch", func(d *queues.Draft) error {
			if err := d.Add(queues.Node{ID: 8, Parent: 5, Name: "A", Keywords: []string{"refund"}}, 0); err != nil {
				return err
			}
			return d.Move(8, 4, 0)
		}, "keywords", "taken by Support › Returns"},
		{"a protected keyword", add(queues.Node{Parent: 1, Name: "A", Keywords: []string{"CANCEL"}}), "keywords", "The keyword CANCEL is a protected word"},
		{"a protected name", add(queues.Node{Parent: 1, Name: "Cancel"}), "name", "The name Cancel is a protected word"},
		{"a protected name in a language", add(queues.Node{Parent: 1, Name: "A", Names: map[string]string{"fr": "Cancel"}}), "names.fr", "protected"},
		{"a keyword like a number of the menu", add(queues.Node{Parent: 1, Name: "A", Keywords: []string{"2"}}), "keywords", "number of a choice"},
		{"a name without a letter", add(queues.Node{Parent: 1, Name: "!"}), "name", "needs a letter"},
		{"no name", add(queues.Node{Parent: 1}), "name", "1 to 100"},
		{"two lines", add(queues.Node{Parent: 1, Name: "A\nB"}), "name", "on one line"},
		{"no language", add(queues.Node{Parent: 1, Name: "A", Names: map[string]string{"english": "B"}}), "names.english", "no language"},
		{"a tree without a language", add(queues.Node{Channel: "sms", Name: "A"}), "lang", "no language"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := orchard().Draft()
			err := c.do(d)
			if err == nil {
				err = d.Check(free)
			}
			var refused *errs.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.field, refused.Field, refused.Message)
			require.Contains(t, refused.Message, c.want)
		})
	}
}

func TestTheLimitsOfATree(t *testing.T) {
	check := func(n queues.Node) error {
		d := orchard().Draft()
		n.ID, n.Parent = 8, 1
		require.NoError(t, d.Add(n, 0))
		return d.Check(free)
	}
	words := func(n int) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf("word%d", i))
		}
		return out
	}
	langs := func(n int) map[string]string {
		out := map[string]string{}
		for i := range n {
			out["x"+string(rune('a'+i))] = fmt.Sprintf("Name %d", i)
		}
		return out
	}
	require.NoError(t, check(queues.Node{Name: strings.Repeat("é", queues.MaxName)}))
	require.Error(t, check(queues.Node{Name: strings.Repeat("é", queues.MaxName+1)}))
	require.NoError(t, check(queues.Node{Name: "A", Keywords: words(queues.MaxKeywords)}))
	require.Error(t, check(queues.Node{Name: "A", Keywords: words(queues.MaxKeywords + 1)}))
	require.NoError(t, check(queues.Node{Name: "A", Keywords: []string{strings.Repeat("é", queues.MaxKeyword)}}))
	require.Error(t, check(queues.Node{Name: "A", Keywords: []string{strings.Repeat("é", queues.MaxKeyword+1)}}))
	require.NoError(t, check(queues.Node{Name: "A", Names: langs(queues.MaxLanguages)}))
	require.Error(t, check(queues.Node{Name: "A", Names: langs(queues.MaxLanguages + 1)}))
	require.Error(t, check(queues.Node{Name: "30"}))
	require.NoError(t, check(queues.Node{Name: "31"}))

	deep := orchard().Draft()
	for i := range queues.MaxDepth - 3 {
		require.NoError(t, deep.Add(queues.Node{ID: id.Queue(20 + i), Parent: map[bool]id.Queue{true: 3, false: id.Queue(19 + i)}[i == 0], Name: "Deeper"}, 0))
	}
	require.NoError(t, deep.Check(free))
	require.NoError(t, deep.Add(queues.Node{ID: 50, Parent: id.Queue(20 + queues.MaxDepth - 4), Name: "Too deep"}, 0))
	require.ErrorContains(t, deep.Check(free), "8 levels at most")
	branch := orchard().Draft()
	require.NoError(t, branch.Add(queues.Node{ID: 20, Parent: 4, Name: "a"}, 0))
	for i := range 4 {
		require.NoError(t, branch.Add(queues.Node{ID: id.Queue(21 + i), Parent: id.Queue(20 + i), Name: "b"}, 0))
	}
	require.NoError(t, branch.Move(2, 23, 0)) // Returns is the 7th level, Damaged the 8th
	require.NoError(t, branch.Check(free))
	require.NoError(t, branch.Move(2, 24, 0))
	require.ErrorContains(t, branch.Check(free), "Damaged would stand 9 deep")

	wide := orchard().Draft()
	for i := range queues.MaxListed - 2 {
		require.NoError(t, wide.Add(queues.Node{ID: id.Queue(20 + i), Parent: 1, Name: fmt.Sprintf("Queue %d", i)}, 99))
	}
	require.NoError(t, wide.Check(free))
	require.NoError(t, wide.Add(queues.Node{ID: 60, Parent: 1, Name: "Hidden", Hidden: true}, 99))
	require.NoError(t, wide.Check(free), "what is hidden is not shown")
	shown := *wide.Node(60)
	shown.Hidden = false
	require.NoError(t, wide.Change(shown))
	require.ErrorContains(t, wide.Check(free), "it shows 30 at most")

	long := func(names int) error { // a line is "\n1. " and 96 characters
		d := queues.NewTree([]queues.Node{{ID: 1, Channel: "sms", Lang: "en", Name: "Top"}}, fold).Draft()
		for i := range 9 {
			require.NoError(t, d.Add(queues.Node{ID: id.Queue(20 + i), Parent: 1, Name: fmt.Sprintf("%c%s", 'a'+i, strings.Repeat("x", 95))}, 99))
		}
		for i := range 5 {
			require.NoError(t, d.Add(queues.Node{ID: id.Queue(40 + i), Parent: 1, Name: fmt.Sprintf("%c%s", 'k'+i, strings.Repeat("x", names-1))}, 99))
		}
		return d.Check(free)
	}
	require.NoError(t, long(95))
	require.ErrorContains(t, long(96), "it may have 1400")
}

func TestAnOldFaultElsewhereHindersNobody(t *testing.T) {
	d := queues.NewTree([]queues.Node{
		{ID: 1, Channel: "sms", Lang: "en", Name: "Cancel"}, {ID: 2, Channel: "sms", Lang: "en", Name: "Cancel"}, {ID: 3, Channel: "sms", Lang: "en", Name: "Sales"},
	}, fold).Draft()
	n := *d.Node(3)
	n.Name = "Shop"
	require.NoError(t, d.Change(n))
	require.NoError(t, d.Check(free))
	require.Equal(t, []id.Queue{2, 3}, changed(d), "siblings had one position; now each has its own")
}

func changed(d *queues.Draft) (out []id.Queue) {
	for _, n := range d.Changed() {
		out = append(out, n.ID)
	}
	return out
}

func TestOneLanguageAfterTheOther(t *testing.T) {
	tree := orchard()
	require.Equal(t, "Pedidos", tree.Node(4).Title("es-MX"))
	require.Equal(t, "Orders", tree.Node(4).Title("fr"))
	require.Equal(t, "Elija:\n1. Returns\n2. Pedidos", tree.Node(1).Menu("Elija:", "es"))
	require.Equal(t, id.Queue(4), tree.Choose(1, "pedidos", "es").ID)
	require.Equal(t, id.Queue(4), tree.Choose(1, "orders", "es").ID)
	require.Nil(t, tree.Choose(1, "pedidos", "en"))
	require.Equal(t, id.Queue(2), tree.Keyword(1, "devolver", "es-MX").ID)
	require.Equal(t, id.Queue(2), tree.Keyword(1, "refund", "es").ID)
	require.Nil(t, tree.Keyword(1, "devolver", "en"))
	require.Equal(t, "es", tree.Node(5).Lang)
	require.Equal(t, "en", tree.Node(3).Lang, "a tree speaks the language of its top")
}

func TestADeletedQueueKnowsWhoStandsIn(t *testing.T) {
	tree := queues.NewTree([]queues.Node{
		{ID: 1, Name: "Sales"},
		{ID: 2, Name: "Old", Gone: true, Substitute: 3},
		{ID: 3, Name: "Older", Gone: true, Substitute: 1},
		{ID: 4, Name: "Gone", Gone: true},
		{ID: 5, Name: "a", Gone: true, Substitute: 6},
		{ID: 6, Name: "b", Gone: true, Substitute: 5},
	}, fold)
	for q, want := range map[id.Queue]id.Queue{2: 1, 3: 1, 4: 0, 5: 0} {
		to, gone := tree.Gone(q)
		require.True(t, gone)
		require.Equal(t, want, to)
	}
	_, gone := tree.Gone(1)
	require.False(t, gone)
	require.Nil(t, tree.Node(2))
	require.Equal(t, "Old", tree.Path(2))
	require.Len(t, tree.Nodes(), 1)
}

func TestAQueuesWordsAreThoseOfAllLanguages(t *testing.T) {
	names, keywords := orchard().Node(2).Words()
	require.Equal(t, []string{"Returns"}, names)
	require.Equal(t, []string{"refund", "devolver"}, keywords)
}

// Whatever is done, in whatever order, trees stay trees: each queue stands once, under a parent of its channel, with a
// position of its own, and what is saved makes the same trees again.
func TestTreesStayTrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		saved := map[id.Queue]queues.Node{}
		for _, n := range orchard().Nodes() {
			saved[n.ID] = *n
		}
		next := id.Queue(100)
		somewhere := func() id.Queue { return id.Queue(rapid.Int64Range(0, 12).Draw(t, "queue")) }
		pick := func(d *queues.Draft) id.Queue {
			all := []id.Queue{0}
			for _, n := range d.Tree().Nodes() {
				all = append(all, n.ID)
			}
			return all[int(somewhere())%len(all)]
		}
		for range rapid.IntRange(1, 12).Draw(t, "saves") {
			d := tree(saved).Draft()
			for range rapid.IntRange(1, 4).Draw(t, "operations") {
				q, to, at := pick(d), pick(d), int(somewhere())
				var err error
				switch rapid.IntRange(0, 5).Draw(t, "operation") {
				case 0:
					next++
					err = d.Add(queues.Node{ID: next, Parent: to, Channel: map[bool]string{true: "sms"}[to == 0], Lang: "en", Name: fmt.Sprint("q", next)}, at)
				case 1:
					err = d.Move(q, to, at)
				case 2:
					var order []id.Queue
					for _, n := range d.Tree().Nodes() {
						if n.Parent == q && (q != 0 || n.Channel == "sms") {
							order = append(order, n.ID)
						}
					}
					slices.Reverse(order)
					err = d.Reorder(q, "sms", order)
				case 3:
					_, err = d.Delete(q, to)
				case 4:
					if n := d.Node(q); n != nil {
						c := *n
						c.Hidden = !c.Hidden
						err = d.Change(c)
					}
				case 5:
					if d.Node(q) == nil {
						continue
					}
					var fresh []id.Queue
					for range d.Subtree(q) {
						next++
						fresh = append(fresh, next)
					}
					channel := "sms"
					if p := d.Node(to); p != nil {
						channel = p.Channel
					}
					_, err = d.Copy(q, to, channel, fresh)
				}
				_ = err // refused operations change nothing
				lawful(t, d.Tree())
			}
			if d.Check(free) != nil {
				continue
			}
			for _, n := range d.Changed() {
				saved[n.ID] = n
			}
			for _, n := range tree(saved).Nodes() {
				require.True(t, n.Leaf() || len(n.Listed()) > 0, "the menu of %s shows nothing", n.Name)
			}
			require.Equal(t, drawn(d), drawn(tree(saved).Draft()))
			require.Empty(t, tree(saved).Draft().Changed(), "what was saved needs no saving")
		}
	})
}

func tree(rows map[id.Queue]queues.Node) *queues.Tree {
	var nodes []queues.Node
	for _, n := range rows {
		nodes = append(nodes, n)
	}
	return queues.NewTree(nodes, fold)
}

func lawful(t *rapid.T, tree *queues.Tree) {
	type spot struct {
		parent   id.Queue
		channel  string
		position int
	}
	taken := map[spot]bool{}
	for _, n := range tree.Nodes() {
		chain := tree.Chain(n.ID)
		top := tree.Node(chain[len(chain)-1])
		require.Zero(t, top.Parent, "every way up ends at a top")
		require.Equal(t, top.Channel, n.Channel)
		require.Equal(t, top.Lang, n.Lang)
		s := spot{n.Parent, n.Channel, n.Position}
		require.False(t, taken[s], "two siblings at %v", s)
		taken[s] = true
	}
}
