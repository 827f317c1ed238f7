package queues_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/queues"
)

func fewest(r *queues.Rules)         { r.Policy = queues.FewestAgents }
func neverMulticast(r *queues.Rules) { r.ThenMulticast = false }
func answering(r *queues.Rules)      { r.AutoAnswer = true }

func attempts(n int, w queues.Waiting) queues.Waiting {
	w.Attempts = n
	return w
}

func TestDeltacast(t *testing.T) {
	one := func(asked ...queues.Asked) []queues.Waiting {
		return []queues.Waiting{waiting(1, time.Minute, asked...)}
	}
	missed := func(who id.User) queues.Asked { return by(queues.Deltacast, refused(who, 0)) }
	declined := func(who id.User, until time.Duration) queues.Asked {
		return by(queues.Deltacast, refused(who, until))
	}
	after := func(n int, ws []queues.Waiting) []queues.Waiting { return []queues.Waiting{attempts(n, ws[0])} }
	for _, c := range []struct {
		name    string
		rules   []func(*queues.Rules)
		waiting []queues.Waiting
		agents  []queues.Agent
		want    []queues.Assignment
		look    time.Duration // from noon, of chat 1; 0: none
	}{
		{
			name: "one agent is asked: who has been idle the longest", waiting: one(),
			agents: []queues.Agent{idle(agent(ann, 5), time.Minute), idle(agent(bob, 5), time.Hour), idle(agent(cid, 5), time.Second)},
			want:   []queues.Assignment{asks(1, 1, bob)},
		},
		{
			name: "an agent without chats goes before one with chats, however long that one has had them", waiting: one(),
			agents: []queues.Agent{busy(idle(agent(ann, 4), time.Hour), 1, time.Hour), idle(agent(bob, 5), time.Second)},
			want:   []queues.Assignment{asks(1, 1, bob)},
		},
		{
			name: "when all are busy who has the fewest chats goes first", waiting: one(),
			agents: []queues.Agent{busy(agent(ann, 3), 2, time.Hour), busy(agent(bob, 4), 1, time.Second)},
			want:   []queues.Assignment{asks(1, 1, bob)},
		},
		{
			name: "of equally busy agents who got a chat the longest ago goes first", waiting: one(),
			agents: []queues.Agent{busy(agent(ann, 4), 1, time.Second), busy(agent(bob, 4), 1, time.Minute)},
			want:   []queues.Assignment{asks(1, 1, bob)},
		},
		{
			name: "an agent who rings is not idle", waiting: one(),
			agents: []queues.Agent{{ID: ann, Queues: agent(ann, 1).Queues, Free: 4, Ringing: 1, FreeSince: noon.Add(-time.Hour)}, idle(agent(bob, 5), 0)},
			want:   []queues.Assignment{asks(1, 1, bob)},
		},
		{
			name: "fewest agents fills up who has the most chats", rules: []func(*queues.Rules){fewest}, waiting: one(),
			agents: []queues.Agent{idle(agent(ann, 5), time.Hour), busy(agent(bob, 1), 4, time.Second), busy(agent(cid, 4), 1, time.Hour)},
			want:   []queues.Assignment{asks(1, 1, bob)},
		},
		{
			name: "fewest agents chooses the longest idle of the idle", rules: []func(*queues.Rules){fewest}, waiting: one(),
			agents: []queues.Agent{idle(agent(ann, 5), time.Minute), idle(agent(bob, 5), time.Hour)},
			want:   []queues.Assignment{asks(1, 1, bob)},
		},
		{
			name:    "chats that come together are spread over the idle",
			waiting: []queues.Waiting{waiting(1, 3*time.Minute), waiting(2, 2*time.Minute), waiting(3, time.Minute)},
			agents:  []queues.Agent{idle(agent(ann, 5), time.Minute), idle(agent(bob, 5), time.Hour)},
			want:    []queues.Assignment{asks(1, 1, bob), asks(1, 2, ann), asks(1, 3, ann)},
		},
		{
			name: "fewest agents packs chats that come together", rules: []func(*queues.Rules){fewest},
			waiting: []queues.Waiting{waiting(1, 3*time.Minute), waiting(2, 2*time.Minute), waiting(3, time.Minute)},
			agents:  []queues.Agent{idle(agent(ann, 5), time.Minute), idle(agent(bob, 2), time.Hour)},
			want:    []queues.Assignment{asks(1, 1, bob), asks(1, 2, bob), asks(1, 3, ann)},
		},
		{
			name: "nobody else is asked while one decides", waiting: after(1, one(by(queues.Deltacast, holds(ann)))),
			agents: []queues.Agent{agent(ann, 4), agent(bob, 5)},
		},
		{
			name: "who declined is followed by the next at once", waiting: after(1, one(declined(ann, 5*time.Second))),
			agents: []queues.Agent{idle(agent(ann, 5), time.Hour), idle(agent(bob, 5), time.Second)},
			want:   []queues.Assignment{asks(2, 1, bob)},
		},
		{
			name: "after the attempts all are asked, who missed it too", waiting: after(2, one(missed(ann), missed(bob))),
			agents: []queues.Agent{agent(ann, 5), agent(bob, 5), agent(cid, 5)},
			want:   multi(2, offer(1, ann), offer(1, bob), offer(1, cid)),
		},
		{
			name: "who declined has peace from the multicast until the lease is over", waiting: after(2, one(missed(ann), declined(bob, 4*time.Second))),
			agents: []queues.Agent{agent(ann, 5), agent(bob, 5)},
			want:   multi(2, offer(1, ann)),
		},
		{
			name: "then they are asked while the others decide", waiting: after(2, one(holds(ann), declined(bob, 0))),
			agents: []queues.Agent{agent(ann, 4), agent(bob, 5)},
			want:   multi(2, offer(1, bob)),
		},
		{
			name: "before the attempts are used up nobody is asked twice within a lease", waiting: after(1, one(declined(ann, 4*time.Second))),
			agents: []queues.Agent{agent(ann, 5)}, look: 4 * time.Second,
		},
		{
			name: "a lone agent is asked again after the lease", waiting: after(1, one(declined(ann, 0))),
			agents: []queues.Agent{agent(ann, 5)}, want: []queues.Assignment{asks(2, 1, ann)},
		},
		{
			name: "without multicast the round goes on, who was asked first comes first", rules: []func(*queues.Rules){neverMulticast},
			waiting: after(9, one(declined(ann, -time.Second), declined(bob, -2*time.Second))),
			agents:  []queues.Agent{idle(agent(ann, 5), time.Hour), idle(agent(bob, 5), time.Second)},
			want:    []queues.Assignment{asks(10, 1, bob)},
		},
		{
			name: "without multicast who has not been asked goes first", rules: []func(*queues.Rules){neverMulticast},
			waiting: after(9, one(declined(ann, -time.Second))), agents: []queues.Agent{idle(agent(ann, 5), time.Hour), idle(agent(bob, 5), 0)},
			want: []queues.Assignment{asks(10, 1, bob)},
		},
		{
			name: "an offer that answers itself is marked", rules: []func(*queues.Rules){answering}, waiting: one(),
			agents: []queues.Agent{agent(ann, 5)},
			want:   []queues.Assignment{{Chat: 1, Agent: ann, Mode: queues.Deltacast, Attempt: 1, Auto: true, Until: noon.Add(10 * time.Second)}},
		},
		{
			name: "the multicast after the attempts does not answer itself", rules: []func(*queues.Rules){answering},
			waiting: after(2, one(missed(bob))), agents: []queues.Agent{agent(ann, 5)}, want: multi(2, offer(1, ann)),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := queues.Assign(c.waiting, c.agents, rulebook(append(c.rules, deltacast)...), noon)
			require.Equal(t, c.want, p.Offers)
			requireLook(t, p, c.look)
		})
	}
}

// multi are offers to all of a chat that deltacast has asked so many about.
func multi(attempt int, offers ...queues.Assignment) []queues.Assignment {
	for i := range offers {
		offers[i].Attempt = attempt
	}
	return offers
}

func requireLook(t *testing.T, p queues.Plan, in time.Duration) {
	t.Helper()
	want := map[id.Chat]time.Time{}
	if in != 0 {
		want[1] = noon.Add(in)
	}
	require.Equal(t, want, p.Looks)
}

func TestMulticastNeverAnswersItself(t *testing.T) {
	p := queues.Assign([]queues.Waiting{waiting(1, time.Minute)}, []queues.Agent{agent(ann, 1)}, rulebook(answering), noon)
	require.Equal(t, []queues.Assignment{offer(1, ann)}, p.Offers)
}

func TestCascade(t *testing.T) {
	first, second, third := agent(ann, 5), group(2, agent(bob, 5)), group(3, agent(cid, 5))
	for _, c := range []struct {
		name   string
		mode   func(*queues.Rules)
		waited time.Duration
		asked  []queues.Asked
		agents []queues.Agent
		want   []id.User
		look   time.Duration
	}{
		{name: "group 1 is asked first", waited: 0, agents: []queues.Agent{first, second, third}, want: []id.User{ann}, look: 30 * time.Second},
		{
			name: "a moment before the delay it still has it alone", waited: 30*time.Second - time.Nanosecond, asked: []queues.Asked{holds(ann)},
			agents: []queues.Agent{first, second, third}, look: time.Nanosecond,
		},
		{
			name: "then group 2 joins it", waited: 30 * time.Second, asked: []queues.Asked{holds(ann)},
			agents: []queues.Agent{first, second, third}, want: []id.User{bob}, look: 30 * time.Second,
		},
		{name: "and group 3 both of them", waited: time.Minute, agents: []queues.Agent{first, second, third}, want: []id.User{ann, bob, cid}},
		{name: "a group without anybody is waited for all the same", waited: 0, agents: []queues.Agent{third}, look: time.Minute},
		{
			name: "nobody waits for a group in which all are busy", waited: 0,
			agents: []queues.Agent{first, group(2, agent(bob, 0))}, want: []id.User{ann},
		},
		{
			name: "deltacast asks within the groups that have joined", mode: deltacast, waited: 0,
			agents: []queues.Agent{idle(first, time.Second), idle(second, time.Hour)}, want: []id.User{ann}, look: 30 * time.Second,
		},
		{
			name: "deltacast asks the best of all of them", mode: deltacast, waited: 30 * time.Second,
			agents: []queues.Agent{idle(first, time.Second), idle(second, time.Hour)}, want: []id.User{bob},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.mode == nil {
				c.mode = func(*queues.Rules) {}
			}
			p := queues.Assign([]queues.Waiting{waiting(1, c.waited, c.asked...)}, c.agents, rulebook(c.mode), noon)
			var got []id.User
			for _, o := range p.Offers {
				got = append(got, o.Agent)
			}
			require.Equal(t, c.want, got)
			requireLook(t, p, c.look)
		})
	}
}

// The queues 1, 2 and 3 have the priorities 0, 1 and 100.
func TestPriority(t *testing.T) {
	rules := rulebook()
	for q, n := range map[id.Queue]int{2: 1, 3: 100} {
		r := rules[q]
		r.Priority = n
		rules[q] = r
	}
	for _, c := range []struct {
		name    string
		waiting []queues.Waiting
		want    id.Chat
	}{
		{"the higher number goes first", []queues.Waiting{waiting(1, 29*time.Minute), in(2, waiting(2, 0))}, 2},
		{"the highest of all", []queues.Waiting{in(2, waiting(1, time.Minute)), in(3, waiting(2, 0)), waiting(3, time.Minute)}, 2},
		{"the wait decides between equals", []queues.Waiting{in(3, waiting(1, time.Second)), in(3, waiting(2, time.Minute))}, 2},
		{"patience has an end", []queues.Waiting{waiting(1, 30*time.Minute), in(3, waiting(2, 29*time.Minute))}, 1},
		{"and not before it", []queues.Waiting{waiting(1, 30*time.Minute-time.Nanosecond), in(3, waiting(2, 29*time.Minute))}, 2},
		{"of those at the end of it the longest wait goes first", []queues.Waiting{waiting(1, 31*time.Minute), in(3, waiting(2, 32*time.Minute))}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := queues.Assign(c.waiting, []queues.Agent{agent(ann, 1, 1, 2, 3)}, rules, noon)
			require.Equal(t, []queues.Assignment{offer(c.want, ann)}, p.Offers)
		})
	}
}

// A constant stream of important chats does not keep an unimportant one waiting for ever.
func TestALowPriorityDoesNotStarve(t *testing.T) {
	rules := rulebook()
	r := rules[3]
	r.Priority = 100
	rules[3] = r
	low := waiting(1, 0)
	for minute := range 61 {
		now := noon.Add(time.Duration(minute) * time.Minute)
		important := queues.Waiting{Chat: id.Chat(minute + 2), Queue: 3, Since: now}
		p := queues.Assign([]queues.Waiting{low, important}, []queues.Agent{agent(ann, 1, 1, 3)}, rules, now)
		if p.Offers[0].Chat == 1 {
			require.Equal(t, 30, minute)
			return
		}
	}
	t.Fatal("it starved")
}

func TestPreferredAgent(t *testing.T) {
	back := func(waited time.Duration, asked ...queues.Asked) []queues.Waiting {
		w := waiting(1, waited, asked...)
		w.Last = bob
		return []queues.Waiting{w}
	}
	kept := offer(1, bob)
	kept.Mode = queues.Preferred
	both := []queues.Agent{agent(ann, 5), agent(bob, 5)}
	for _, c := range []struct {
		name    string
		rules   []func(*queues.Rules)
		waiting []queues.Waiting
		agents  []queues.Agent
		want    []queues.Assignment
	}{
		{name: "who had the chat is asked alone", waiting: back(0), agents: both, want: []queues.Assignment{kept}},
		{name: "up to the end of the time", waiting: back(time.Minute - time.Nanosecond), agents: both, want: []queues.Assignment{kept}},
		{name: "and not at it", waiting: back(time.Minute), agents: both, want: []queues.Assignment{offer(1, ann), offer(1, bob)}},
		{name: "while they decide nobody else is asked", waiting: back(time.Second, by(queues.Preferred, holds(bob))), agents: both},
		{
			name: "who declines makes it everybody's", waiting: back(time.Second, by(queues.Preferred, refused(bob, 9*time.Second))), agents: both,
			want: []queues.Assignment{offer(1, ann)},
		},
		{
			name: "who misses it is one of all", waiting: back(10*time.Second, by(queues.Preferred, refused(bob, 0))), agents: both,
			want: []queues.Assignment{offer(1, ann), offer(1, bob)},
		},
		{name: "without a slot they are not waited for", waiting: back(0), agents: []queues.Agent{agent(ann, 5), agent(bob, 0)}, want: []queues.Assignment{offer(1, ann)}},
		{name: "nor when they are gone", waiting: back(0), agents: []queues.Agent{agent(ann, 5)}, want: []queues.Assignment{offer(1, ann)}},
		{name: "nor when they serve the queue no more", waiting: back(0), agents: []queues.Agent{agent(ann, 5), agent(bob, 5, 2)}, want: []queues.Assignment{offer(1, ann)}},
		{
			name: "a later cascade group does not matter", waiting: back(0), agents: []queues.Agent{agent(ann, 5), group(2, agent(bob, 5))},
			want: []queues.Assignment{kept},
		},
		{
			name: "it can be off", rules: []func(*queues.Rules){func(r *queues.Rules) { r.Preferred = 0 }}, waiting: back(0), agents: both,
			want: []queues.Assignment{offer(1, ann), offer(1, bob)},
		},
		{
			name: "for deltacast it is the first attempt", rules: []func(*queues.Rules){deltacast}, waiting: back(0),
			agents: []queues.Agent{idle(agent(ann, 5), time.Hour), idle(agent(bob, 5), 0)}, want: []queues.Assignment{asks(1, 1, bob)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, queues.Assign(c.waiting, c.agents, rulebook(c.rules...), noon).Offers)
		})
	}
}

func TestWhoAskedForLongerOffersHasThem(t *testing.T) {
	patient := agent(bob, 1)
	patient.OfferTime = 3
	p := queues.Assign([]queues.Waiting{waiting(1, time.Minute)}, []queues.Agent{agent(ann, 1), patient}, rulebook(), noon)
	longer := offer(1, bob)
	longer.Until = noon.Add(3 * longer.Until.Sub(noon))
	require.Equal(t, []queues.Assignment{offer(1, ann), longer}, p.Offers)
}
