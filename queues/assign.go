package queues

import (
	"cmp"
	"slices"
	"time"

	"sidetone/internal/id"
)

// Mode says how a chat is offered (spec 1.7).
type Mode string

// The modes. A queue is set to one of the first two; the last is made for a chat that knows its agent.
const (
	Multicast Mode = "multicast" // to all who may have it, the first accept wins
	Deltacast Mode = "deltacast" // to one after the other
	Preferred Mode = "preferred" // first to the agent who had it before
)

// alone: an offer in this mode keeps everybody else waiting.
func (m Mode) alone() bool { return m != Multicast }

// Policy says whom deltacast asks first.
type Policy string

// The policies. Who was asked least recently decides between equals.
const (
	LongestIdle  Policy = "longest_idle"  // the agent without chats who has been so the longest, else the one with the fewest chats
	FewestAgents Policy = "fewest_agents" // the agent with the most chats, so that few agents are busy
)

// Rules are the settings of a queue that routing goes by.
type Rules struct {
	Mode          Mode
	Policy        Policy
	Attempts      int           // agents that deltacast asks
	Timeout       time.Duration // of an offer
	ThenMulticast bool          // after the attempts
	AutoAnswer    bool          // deltacast only: the server accepts for the agent
	CascadeDelay  time.Duration // until the next group is asked too
	Priority      int           // the higher, the sooner
	Preferred     time.Duration // how long a returning chat is kept for its last agent; 0: not at all
	Patience      time.Duration // a wait that no priority may pass any more
}

// Waiting is a chat that waits for an agent, and who has been asked since it began to wait.
type Waiting struct {
	Chat     id.Chat
	Queue    id.Queue
	Since    time.Time
	Last     id.User // a returning chat: the agent who had it
	Attempts int     // agents that deltacast has asked
	Asked    []Asked // at most one for an agent: the last
}

// Asked is the last offer of a waiting chat to an agent.
type Asked struct {
	Agent id.User
	Mode  Mode
	Open  bool      // it stands; else the agent let it go
	Until time.Time // when its lease ends, or would have ended
}

// over: it was let go, and the agent has had peace from it for the length of the lease.
func (a Asked) over(now time.Time) bool { return !a.Open && !now.Before(a.Until) }

// Agent is somebody who may be offered chats now.
type Agent struct {
	ID        id.User
	Queues    []Serves
	Chats     int       // assigned
	Ringing   int       // offers open
	Free      int       // the limit, less these
	FreeSince time.Time // when the agent last had a slot freed, or became available
	LastChat  time.Time // when the agent last got one of the chats they have; zero without chats
	OfferTime int       // how many times as long as others' their offers stand, as they asked (spec 6, 8.5); 0 is 1
}

// Serves says that an agent serves a queue, and in which cascade group: 1 is asked first.
type Serves struct {
	Queue id.Queue
	Group int
}

// Assignment says that a chat is to be offered to an agent.
type Assignment struct {
	Chat    id.Chat
	Agent   id.User
	Mode    Mode
	Auto    bool // the server accepts it for the agent
	Attempt int  // the attempts of deltacast in this wait, this one included
	Until   time.Time
}

// Plan is what Assign decides.
type Plan struct {
	Offers []Assignment
	Looks  map[id.Chat]time.Time // when time alone will change what can be decided about a chat
}

// Assign decides who is offered which chat (spec 1.7). Chats take their turn (inTurn), and each asks the agents that its
// queue's rules say, as far as these have slots. An open offer holds a slot, so nobody rings for more chats than they may
// accept. The order of the arguments does not matter.
//
// A chat that somebody could take is never left hanging: an offer is made, or one stands, or a look is due.
func Assign(waiting []Waiting, agents []Agent, rules map[id.Queue]Rules, now time.Time) Plan {
	f := staff(agents)
	p := Plan{Looks: map[id.Chat]time.Time{}}
	for _, w := range inTurn(waiting, rules, now) {
		t := turn{Waiting: w, rules: rules[w.Queue], now: now}
		if f.slots == 0 {
			break
		}
		mode, asked := t.ask(f)
		for _, d := range asked {
			p.offer(f, t, mode, d)
		}
		if at := t.look(f, len(asked) > 0); !at.IsZero() {
			p.Looks[w.Chat] = at
		}
	}
	return p
}

// turn is a chat whose turn it is.
type turn struct {
	Waiting
	rules Rules
	now   time.Time
}

func (p *Plan) offer(f *floor, t turn, mode Mode, d *desk) {
	a := Assignment{
		Chat: t.Chat, Agent: d.agent, Mode: mode, Attempt: t.Attempts, Until: t.now.Add(t.rules.Timeout * time.Duration(max(d.offerTime, 1))),
		Auto: mode.alone() && t.rules.AutoAnswer && t.rules.Mode == Deltacast,
	}
	if mode == Deltacast {
		a.Attempt++
	}
	p.Offers = append(p.Offers, a)
	f.take(d, t.now)
}

// inTurn is the order in which chats are dealt with: those whose patience is at an end, then by priority; among equals the longest wait first. Patience is what keeps a low priority from starving: however many
// important chats keep coming, one that has waited so long is behind none that has waited less.
func inTurn(waiting []Waiting, rules map[id.Queue]Rules, now time.Time) []Waiting {
	level := func(w Waiting) int {
		switch r := rules[w.Queue]; {
		case !now.Before(w.Since.Add(r.Patience)):
			return impatient
		default:
			return r.Priority
		}
	}
	return slices.SortedFunc(slices.Values(waiting), func(a, b Waiting) int {
		return cmp.Or(cmp.Compare(level(b), level(a)), a.Since.Compare(b.Since), cmp.Compare(a.Chat, b.Chat))
	})
}

// impatient is a level above every priority.
const impatient = 1 << 20

// ask is whom a chat is offered to now, and how.
func (t turn) ask(f *floor) (Mode, []*desk) {
	for _, a := range t.Asked {
		if a.Open && a.Mode.alone() {
			return "", nil
		}
	}
	free := f.reached(t)
	known := t.known(f)
	if t.rules.Mode == Deltacast && !(t.rules.ThenMulticast && t.Attempts >= t.rules.Attempts) {
		return Deltacast, t.deltacast(free, known)
	}
	if known != nil && !t.stands() {
		return Preferred, []*desk{known}
	}
	return Multicast, t.multicast(free)
}

// known is the agent who had a returning chat, as long as it is kept for them and they have not been asked.
func (t turn) known(f *floor) *desk {
	d := f.desks[t.Last]
	if d == nil || d.free <= 0 || !d.serves(t.Queue) || !t.now.Before(t.Since.Add(t.rules.Preferred)) {
		return nil
	}
	if _, asked := t.asked(t.Last); asked {
		return nil
	}
	return d
}

func (t turn) asked(who id.User) (Asked, bool) {
	for _, a := range t.Asked {
		if a.Agent == who {
			return a, true
		}
	}
	return Asked{}, false
}

// stands: somebody is deciding.
func (t turn) stands() bool {
	return slices.ContainsFunc(t.Asked, func(a Asked) bool { return a.Open })
}

// multicast asks everybody who has not been asked with the others; who let an offer go that was theirs alone is one of
// them again when its lease has run out. Who let go an offer to all is asked again when nobody else can be: no offer
// stands, and their lease has run out.
func (t turn) multicast(free []*desk) []*desk {
	var fresh, again []*desk
	for _, d := range free {
		switch a, asked := t.asked(d.agent); {
		case !asked, a.over(t.now) && a.Mode.alone():
			fresh = append(fresh, d)
		case a.over(t.now):
			again = append(again, d)
		}
	}
	if len(fresh) == 0 && !t.stands() {
		return again
	}
	return fresh
}

// deltacast asks one: the agent who had a returning chat, else whom the policy puts first of those who have not been
// asked, else, round again, the one whose lease ran out first.
func (t turn) deltacast(free []*desk, known *desk) []*desk {
	if t.stands() {
		return nil
	}
	if known != nil {
		return []*desk{known}
	}
	var best *desk
	var turnOf time.Time // when the lease of best ran out; zero: not asked
	for _, d := range free {
		a, asked := t.asked(d.agent)
		if asked && !a.over(t.now) {
			continue
		}
		if best == nil || cmp.Or(a.Until.Compare(turnOf), t.rules.Policy.compare(d, best)) < 0 {
			best, turnOf = d, a.Until
		}
	}
	if best == nil {
		return nil
	}
	return []*desk{best}
}

// compare says whether a is to be asked before b (negative).
func (p Policy) compare(a, b *desk) int {
	load := cmp.Compare(a.load, b.load)
	if p == FewestAgents {
		load = -load
	}
	return cmp.Or(load, a.rested().Compare(b.rested()), cmp.Compare(a.agent, b.agent))
}

// look is when time alone changes what can be done about a chat: the next group joins, or, if nothing is under way,
// somebody who let the chat go may be asked again. Zero: nothing but an event changes it, or the end of an offer.
func (t turn) look(f *floor, offered bool) time.Time {
	at := f.joins(t)
	if offered || t.stands() {
		return at
	}
	for _, a := range t.Asked {
		if a.Until.After(t.now) {
			at = sooner(at, a.Until)
		}
	}
	return at
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// desk is an agent as offers are made.
type desk struct {
	agent     id.User
	queues    []Serves
	free      int
	load      int
	freeSince time.Time
	lastChat  time.Time
	offerTime int
}

// rested is since when an agent has waited: without chats since the last one went, else since the last one came.
func (d *desk) rested() time.Time {
	if d.load == 0 || d.lastChat.IsZero() {
		return d.freeSince
	}
	return d.lastChat
}

func (d *desk) serves(q id.Queue) bool {
	return slices.ContainsFunc(d.queues, func(s Serves) bool { return s.Queue == q })
}

// seat is a desk in the cascade group of a queue.
type seat struct {
	*desk
	group int
}

// joined is when a chat's cascade reaches a group; the first one is there from the start, whatever the clocks say.
func (t turn) joined(group int) time.Time {
	if group <= 1 {
		return time.Time{}
	}
	return t.Since.Add(time.Duration(group-1) * t.rules.CascadeDelay)
}

func (t turn) reaches(group int) bool { return !t.now.Before(t.joined(group)) }

// floor is everybody who may be offered chats.
type floor struct {
	desks   map[id.User]*desk
	serving map[id.Queue][]seat
	slots   int // of all together
}

func staff(agents []Agent) *floor {
	f := &floor{desks: map[id.User]*desk{}, serving: map[id.Queue][]seat{}}
	for _, a := range slices.SortedFunc(slices.Values(agents), func(a, b Agent) int { return cmp.Compare(a.ID, b.ID) }) {
		if a.Free <= 0 {
			continue
		}
		d := &desk{agent: a.ID, queues: a.Queues, free: a.Free, load: a.Chats + a.Ringing, freeSince: a.FreeSince, lastChat: a.LastChat, offerTime: a.OfferTime}
		f.desks[a.ID] = d
		f.slots += a.Free
		for _, s := range a.Queues {
			f.serving[s.Queue] = append(f.serving[s.Queue], seat{d, s.Group})
		}
	}
	return f
}

// take holds one of an agent's slots.
func (f *floor) take(d *desk, now time.Time) {
	d.free--
	d.load++
	d.lastChat = now
	f.slots--
}

// reached lists who has a slot for a chat and is in a group that its cascade has reached.
func (f *floor) reached(t turn) (free []*desk) {
	for _, s := range f.serving[t.Queue] {
		if s.free > 0 && t.reaches(s.group) {
			free = append(free, s.desk)
		}
	}
	return free
}

// joins is when the next group with a free agent is reached; zero: all are.
func (f *floor) joins(t turn) (at time.Time) {
	for _, s := range f.serving[t.Queue] {
		if s.free > 0 && !t.reaches(s.group) {
			at = sooner(at, t.joined(s.group))
		}
	}
	return at
}
