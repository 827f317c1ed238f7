package queues_test

import (
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/id"
	"sidetone/internal/seedtest"
	"sidetone/queues"
)

func TestMain(m *testing.M) {
	if err := seedtest.Name("queues"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// A contact center in memory: what Assign decides is done at once, and afterwards its promises are checked.
type center struct {
	t      *rapid.T
	now    time.Time
	rules  map[id.Queue]queues.Rules
	people []*colleague
	chats  []*wait
	next   id.Chat
	offers int
}

type colleague struct {
	queues.Agent
	limit int
	here  bool
}

// wait is a chat that waits or is somebody's.
type wait struct {
	queues.Waiting
	owner id.User
	look  time.Time // when it is looked at without an event; zero: not
}

func (c *wait) open() (out []*queues.Asked) {
	for i := range c.Asked {
		if c.Asked[i].Open {
			out = append(out, &c.Asked[i])
		}
	}
	return out
}

func (c *center) eligible() (out []queues.Agent) {
	for _, p := range c.people {
		p.Chats, p.Ringing = 0, 0
		for _, w := range c.chats {
			if w.owner == p.ID {
				p.Chats++
			}
			for _, a := range w.open() {
				if a.Agent == p.ID {
					p.Ringing++
				}
			}
		}
		if p.Free = p.limit - p.Chats - p.Ringing; p.here && p.Free > 0 {
			out = append(out, p.Agent)
		}
	}
	return out
}

func (c *center) waiting() (out []queues.Waiting) {
	for _, w := range c.chats {
		if w.owner == 0 {
			out = append(out, w.Waiting)
		}
	}
	return out
}

// expire ends the leases that have run out, as the sweep does.
func (c *center) expire() {
	for _, w := range c.chats {
		for _, a := range w.open() {
			if !c.now.Before(a.Until) {
				a.Open = false
				if a.Mode == queues.Deltacast {
					c.person(a.Agent).here = false // missed_chat
				}
			}
		}
	}
}

func (c *center) person(who id.User) *colleague { return c.people[who-1] }

func (c *center) chat(of id.Chat) *wait {
	return c.chats[slices.IndexFunc(c.chats, func(w *wait) bool { return w.Chat == of })]
}

// route does what is decided and checks each offer as it is made.
func (c *center) route() {
	free := c.eligible()
	p := queues.Assign(c.waiting(), free, c.rules, c.now)
	for _, w := range c.chats {
		w.look = p.Looks[w.Chat]
	}
	for _, o := range p.Offers {
		c.offer(o)
	}
	c.check()
}

func (c *center) offer(o queues.Assignment) {
	c.offers++
	w, p := c.chat(o.Chat), c.person(o.Agent)
	i := slices.IndexFunc(w.Asked, func(a queues.Asked) bool { return a.Agent == o.Agent })
	c.must(w.owner == 0, "a chat with an owner is offered")
	c.must(p.here, "to who is not there")
	c.must(o.Until.After(c.now), "a lease without time")
	c.must(slices.ContainsFunc(p.Queues, func(s queues.Serves) bool { return s.Queue == w.Queue }), "to who does not serve the queue")
	c.must(i < 0 || !w.Asked[i].Open, "twice at a time")
	c.must(i < 0 || !c.now.Before(w.Asked[i].Until), "again within the lease")
	if i >= 0 {
		w.Asked = slices.Delete(w.Asked, i, i+1)
	}
	w.Asked = append(w.Asked, queues.Asked{Agent: o.Agent, Mode: o.Mode, Open: true, Until: o.Until})
	c.must(o.Attempt == w.Attempts || o.Mode == queues.Deltacast && o.Attempt == w.Attempts+1, "attempts are counted one by one")
	w.Attempts = o.Attempt
	if o.Auto {
		c.take(w, o.Agent)
	}
}

// take is an accept: the winner's slot becomes a chat, the others' offers end.
func (c *center) take(w *wait, who id.User) {
	c.must(w.owner == 0, "two owners")
	w.owner, w.Asked, w.Attempts = who, nil, 0
	c.person(who).LastChat = c.now
}

// check: nobody above the limit, one at a time where it must be so, and no chat hangs.
func (c *center) check() {
	free := map[id.User]queues.Agent{}
	for _, a := range c.eligible() {
		free[a.ID] = a
	}
	for _, p := range c.people {
		c.must(p.Chats+p.Ringing <= p.limit, "above the limit")
	}
	for _, w := range c.chats {
		open := w.open()
		if slices.ContainsFunc(open, func(a *queues.Asked) bool { return a.Mode != queues.Multicast }) {
			c.must(len(open) == 1, "an offer to one alone has company")
		}
		if w.owner != 0 || len(open) > 0 || !w.look.IsZero() {
			c.must(w.owner != 0 || len(open) > 0 || !w.look.Before(c.now), "a look in the past")
			continue
		}
		for _, a := range free {
			c.must(!slices.ContainsFunc(a.Queues, func(s queues.Serves) bool { return s.Queue == w.Queue }), "it hangs, and somebody is free")
		}
	}
}

// must is require.True at a fraction of its price.
func (c *center) must(ok bool, what string) {
	if !ok {
		require.Fail(c.t, what)
	}
}

func openCenter(t *rapid.T) *center {
	c := &center{t: t, now: noon, rules: map[id.Queue]queues.Rules{}}
	for q := range id.Queue(3) {
		c.rules[q+1] = queues.Rules{
			Mode:     rapid.SampledFrom([]queues.Mode{queues.Multicast, queues.Deltacast}).Draw(t, "mode"),
			Policy:   rapid.SampledFrom([]queues.Policy{queues.LongestIdle, queues.FewestAgents}).Draw(t, "policy"),
			Attempts: rapid.IntRange(1, 3).Draw(t, "attempts"), Timeout: 10 * time.Second,
			ThenMulticast: rapid.Bool().Draw(t, "then multicast"), AutoAnswer: rapid.Bool().Draw(t, "auto"),
			CascadeDelay: time.Duration(rapid.IntRange(1, 40).Draw(t, "delay")) * time.Second, Priority: rapid.IntRange(0, 2).Draw(t, "priority"),
			Preferred: time.Duration(rapid.IntRange(0, 60).Draw(t, "preferred")) * time.Second, Patience: time.Minute,
		}
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "people") {
		p := &colleague{Agent: queues.Agent{ID: id.User(i + 1), FreeSince: noon}, here: true, limit: rapid.IntRange(1, 3).Draw(t, "limit")}
		for q := range id.Queue(3) {
			if g := rapid.IntRange(0, 3).Draw(t, "group"); g > 0 {
				p.Queues = append(p.Queues, queues.Serves{Queue: q + 1, Group: g})
			}
		}
		c.people = append(c.people, p)
	}
	return c
}

// event is drawn in one number, so that a step costs little: what happens, to which chat, to which agent.
func (c *center) event(n int) {
	what, n := n%16, n/16
	p, n := c.people[n%len(c.people)], n/len(c.people)
	switch {
	case what < 3 && len(c.chats) < 6:
		c.next++
		c.chats = append(c.chats, &wait{Waiting: queues.Waiting{Chat: c.next, Queue: id.Queue(n%3 + 1), Since: c.now}})
	case what < 7:
		c.pass(time.Duration(n%12000) * time.Millisecond)
	case what == 7:
		p.here = !p.here
		if !p.here { // their offers are withdrawn
			for _, w := range c.chats {
				w.Asked = slices.DeleteFunc(w.Asked, func(a queues.Asked) bool { return a.Open && a.Agent == p.ID })
			}
		}
	case what == 8:
		p.here = true // back from missed_chat
	case what == 9:
		p.limit = max(p.Chats+p.Ringing, n%3+1)
	case len(c.chats) > 0:
		c.answer(c.chats[n%len(c.chats)], what)
	}
}

func (c *center) answer(w *wait, what int) {
	open := w.open()
	switch {
	case w.owner != 0 && what == 10: // dismissed, and the consumer writes
		w.Last, w.owner, w.Since = w.owner, 0, c.now
	case w.owner != 0 && what == 11: // transferred to another queue
		w.Last, w.owner, w.Since, w.Queue = 0, 0, c.now, w.Queue%3+1
	case w.owner != 0 && what >= 14: // ended
		c.person(w.owner).FreeSince = c.now
		c.chats = slices.DeleteFunc(c.chats, func(o *wait) bool { return o == w })
	case len(open) > 0 && what == 12:
		open[0].Open = false
	case len(open) > 0 && what >= 13:
		c.take(w, open[len(open)-1].Agent)
	}
}

// pass lets time go by, but not past the next thing that is due: the sweep would have been there.
func (c *center) pass(d time.Duration) {
	to := c.now.Add(d)
	for _, w := range c.chats {
		for _, a := range w.open() {
			to = first(to, a.Until)
		}
		if w.look.After(c.now) {
			to = first(to, w.look)
		}
	}
	c.now = to
	c.expire()
}

func first(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// stepsAtATime in each of rapid's 100 cases: half a million; the other half of a million is package chat's.
const stepsAtATime = 5000

func TestWhateverHappensNoChatHangsOrHasTwoOwners(t *testing.T) {
	cases, steps, offers := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := openCenter(t)
		for i, drawn := range rapid.SliceOfN(rapid.Uint64(), stepsAtATime, stepsAtATime).Draw(t, "events") {
			c.event(spread(drawn, i))
			c.route()
			steps++
		}
		cases++
		offers += c.offers
	})
	t.Logf("%d decisions in %d cases, %d offers", steps, cases, offers)
	if cases >= 100 {
		require.GreaterOrEqual(t, steps, 100*stepsAtATime)
		require.Greater(t, offers, steps/10, "there was something to decide")
	}
}

// spread makes all numbers equally likely: rapid prefers small ones, which would be the same few events again and again.
func spread(drawn uint64, i int) int {
	z := drawn + uint64(i+1)*0x9e3779b97f4a7c15 // splitmix64
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) >> 2)
}

func TestTheOrderOfTheArgumentsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := openCenter(t)
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 1<<24), 1, 60).Draw(t, "events") {
			c.event(n)
			c.route()
		}
		waiting, free := c.waiting(), c.eligible()
		c.now = c.now.Add(7 * time.Second)
		want := queues.Assign(waiting, free, c.rules, c.now)
		for i := range waiting {
			waiting[i].Asked = rapid.Permutation(waiting[i].Asked).Draw(t, "asked")
		}
		got := queues.Assign(rapid.Permutation(waiting).Draw(t, "waiting"), rapid.Permutation(free).Draw(t, "free"), maps.Clone(c.rules), c.now)
		require.Equal(t, want, got)
	})
}
