package queues_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/id"
	"sidetone/queues"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// The people of the tables below.
const (
	ann id.User = iota + 1
	bob
	cid
)

func agent(who id.User, free int, serves ...id.Queue) queues.Agent {
	if serves == nil {
		serves = []id.Queue{1}
	}
	return queues.Agent{ID: who, Queues: serves, Free: free}
}

func waiting(chat id.Chat, since time.Duration, asked ...queues.Asked) queues.Waiting {
	return queues.Waiting{Chat: chat, Queue: 1, Since: noon.Add(-since), Asked: asked}
}

func in(q id.Queue, w queues.Waiting) queues.Waiting {
	w.Queue = q
	return w
}

func holds(who id.User) queues.Asked {
	return queues.Asked{Agent: who, Open: true, Until: noon.Add(5 * time.Second)}
}

// refused was offered with a lease that ends so long after noon.
func refused(who id.User, until time.Duration) queues.Asked {
	return queues.Asked{Agent: who, Until: noon.Add(until)}
}

func TestAssign(t *testing.T) {
	for _, c := range []struct {
		name    string
		waiting []queues.Waiting
		agents  []queues.Agent
		want    []queues.Assignment
	}{
		{name: "nobody waits", agents: []queues.Agent{agent(ann, 1)}},
		{name: "nobody is free", waiting: []queues.Waiting{waiting(1, time.Minute)}, agents: []queues.Agent{agent(ann, 0)}},
		{name: "an agent past the limit counts as full", waiting: []queues.Waiting{waiting(1, time.Minute)}, agents: []queues.Agent{agent(ann, -2)}},
		{
			name:    "a chat is offered to all",
			waiting: []queues.Waiting{waiting(1, time.Minute)},
			agents:  []queues.Agent{agent(bob, 1), agent(ann, 3)},
			want:    []queues.Assignment{{Chat: 1, Agent: ann}, {Chat: 1, Agent: bob}},
		},
		{
			name:    "the longest wait goes first",
			waiting: []queues.Waiting{waiting(1, 2*time.Minute), waiting(2, 9*time.Minute)},
			agents:  []queues.Agent{agent(ann, 1)},
			want:    []queues.Assignment{{Chat: 2, Agent: ann}},
		},
		{
			name:    "of the same wait the older chat goes first",
			waiting: []queues.Waiting{waiting(8, time.Minute), waiting(7, time.Minute)},
			agents:  []queues.Agent{agent(ann, 1)},
			want:    []queues.Assignment{{Chat: 7, Agent: ann}},
		},
		{
			name:    "each is offered as many as they have slots",
			waiting: []queues.Waiting{waiting(1, 3*time.Minute), waiting(2, 2*time.Minute), waiting(3, time.Minute)},
			agents:  []queues.Agent{agent(ann, 2), agent(bob, 1)},
			want:    []queues.Assignment{{Chat: 1, Agent: ann}, {Chat: 1, Agent: bob}, {Chat: 2, Agent: ann}},
		},
		{
			name:    "only agents of the queue are asked",
			waiting: []queues.Waiting{in(1, waiting(1, 2*time.Minute)), in(2, waiting(2, time.Minute)), in(3, waiting(3, time.Hour))},
			agents:  []queues.Agent{agent(ann, 5, 1), agent(bob, 5, 2)},
			want:    []queues.Assignment{{Chat: 1, Agent: ann}, {Chat: 2, Agent: bob}},
		},
		{
			name:    "the oldest of all the queues that an agent serves",
			waiting: []queues.Waiting{in(1, waiting(1, time.Minute)), in(2, waiting(2, 2*time.Minute))},
			agents:  []queues.Agent{agent(ann, 1, 1, 2)},
			want:    []queues.Assignment{{Chat: 2, Agent: ann}},
		},
		{
			name:    "an offer that stands is not made twice",
			waiting: []queues.Waiting{waiting(1, 2*time.Minute, holds(ann)), waiting(2, time.Minute)},
			agents:  []queues.Agent{agent(ann, 1)},
			want:    []queues.Assignment{{Chat: 2, Agent: ann}},
		},
		{
			name:    "an agent who comes later is asked too",
			waiting: []queues.Waiting{waiting(1, time.Minute, holds(ann))},
			agents:  []queues.Agent{agent(ann, 4), agent(bob, 5)},
			want:    []queues.Assignment{{Chat: 1, Agent: bob}},
		},
		{
			name:    "who declined is left alone while another decides",
			waiting: []queues.Waiting{waiting(1, time.Minute, refused(ann, -time.Second), holds(bob))},
			agents:  []queues.Agent{agent(ann, 5), agent(bob, 4)},
		},
		{
			name:    "who declined is left alone while another can be asked",
			waiting: []queues.Waiting{waiting(1, time.Minute, refused(ann, -time.Second))},
			agents:  []queues.Agent{agent(ann, 5), agent(bob, 5)},
			want:    []queues.Assignment{{Chat: 1, Agent: bob}},
		},
		{
			name:    "who declined gets the next chat meanwhile",
			waiting: []queues.Waiting{waiting(1, 2*time.Minute, refused(ann, 4*time.Second)), waiting(2, time.Minute)},
			agents:  []queues.Agent{agent(ann, 1)},
			want:    []queues.Assignment{{Chat: 2, Agent: ann}},
		},
		{
			name:    "when all have declined they have peace until the lease is over",
			waiting: []queues.Waiting{waiting(1, time.Minute, refused(ann, time.Nanosecond), refused(bob, 3*time.Second))},
			agents:  []queues.Agent{agent(ann, 5), agent(bob, 5)},
		},
		{
			name:    "when all have declined or missed it all are asked again after the lease",
			waiting: []queues.Waiting{waiting(1, time.Minute, refused(ann, 0), refused(bob, -time.Second))},
			agents:  []queues.Agent{agent(ann, 5), agent(bob, 5)},
			want:    []queues.Assignment{{Chat: 1, Agent: ann}, {Chat: 1, Agent: bob}},
		},
		{
			name:    "somebody who has no slot does not keep the others from being asked again",
			waiting: []queues.Waiting{waiting(1, time.Minute, refused(ann, 0))},
			agents:  []queues.Agent{agent(ann, 1), agent(bob, 0)},
			want:    []queues.Assignment{{Chat: 1, Agent: ann}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, queues.Assign(c.waiting, c.agents, noon))
		})
	}
}

// floor is a random afternoon: queues, agents, chats, and who was asked.
type floor struct {
	waiting []queues.Waiting
	agents  []queues.Agent
}

func drawFloor(t *rapid.T) floor {
	var f floor
	queue := rapid.Custom(func(t *rapid.T) id.Queue { return id.Queue(rapid.IntRange(1, 3).Draw(t, "queue")) })
	for i := range rapid.IntRange(0, 6).Draw(t, "agents") {
		f.agents = append(f.agents, queues.Agent{
			ID: id.User(i + 1), Free: rapid.IntRange(-1, 4).Draw(t, "free"),
			Queues: rapid.SliceOfNDistinct(queue, 0, 3, rapid.ID[id.Queue]).Draw(t, "serves"),
		})
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "chats") {
		w := queues.Waiting{
			Chat: id.Chat(i + 1), Queue: queue.Draw(t, "in"),
			Since: noon.Add(-time.Duration(rapid.IntRange(0, 5).Draw(t, "minutes")) * time.Minute),
		}
		for _, a := range f.agents {
			switch rapid.IntRange(0, 3).Draw(t, "asked") {
			case 0:
				w.Asked = append(w.Asked, holds(a.ID))
			case 1:
				w.Asked = append(w.Asked, refused(a.ID, time.Duration(rapid.IntRange(-1, 1).Draw(t, "until"))*time.Second))
			}
		}
		f.waiting = append(f.waiting, w)
	}
	return f
}

func TestAssigningKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFloor(t)
		got := queues.Assign(f.waiting, f.agents, noon)

		offers := map[queues.Assignment]bool{}
		left, offered := map[id.User]int{}, map[id.Chat]bool{}
		for _, a := range f.agents {
			left[a.ID] = a.Free
		}
		for _, a := range got {
			require.False(t, offers[a], "made twice")
			offers[a], offered[a.Chat] = true, true
			left[a.Agent]--
			require.GreaterOrEqual(t, left[a.Agent], 0, "more offers than slots")
		}
		for _, a := range f.agents {
			for _, w := range f.waiting {
				offer := queues.Assignment{Chat: w.Chat, Agent: a.ID}
				i := slices.IndexFunc(w.Asked, func(x queues.Asked) bool { return x.Agent == a.ID })
				stands := slices.ContainsFunc(w.Asked, func(x queues.Asked) bool { return x.Open })
				if offers[offer] {
					require.Contains(t, a.Queues, w.Queue)
					if i >= 0 {
						require.False(t, stands, "asked again while an offer stands")
						require.False(t, w.Asked[i].Until.After(noon), "asked again within the lease")
					}
				}
				if !slices.Contains(a.Queues, w.Queue) || left[a.ID] <= 0 {
					continue
				}
				if i < 0 {
					require.True(t, offers[offer], "agent %d has a slot left and was never asked for chat %d", a.ID, w.Chat)
				} else if !w.Asked[i].Until.After(noon) {
					require.True(t, stands || offered[w.Chat], "chat %d hangs while agent %d has a slot left", w.Chat, a.ID)
				}
			}
		}
	})
}

func TestNobodyIsOfferedAYoungerChatInsteadOfAnOlderOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFloor(t)
		offers := map[queues.Assignment]bool{}
		for _, a := range queues.Assign(f.waiting, f.agents, noon) {
			offers[a] = true
		}
		for offer := range offers {
			younger := f.waiting[offer.Chat-1]
			for _, older := range f.waiting {
				asked := slices.ContainsFunc(older.Asked, func(x queues.Asked) bool { return x.Agent == offer.Agent })
				if older.Since.Before(younger.Since) && !asked && slices.Contains(f.agents[offer.Agent-1].Queues, older.Queue) {
					require.True(t, offers[queues.Assignment{Chat: older.Chat, Agent: offer.Agent}])
				}
			}
		}
	})
}

func TestTheOrderOfTheArgumentsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFloor(t)
		want := queues.Assign(f.waiting, f.agents, noon)
		require.Equal(t, want, queues.Assign(rapid.Permutation(f.waiting).Draw(t, "waiting"), rapid.Permutation(f.agents).Draw(t, "agents"), noon))
	})
}
