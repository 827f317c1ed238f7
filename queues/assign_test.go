package queues_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

// agent has so many slots free and no chat.
func agent(who id.User, free int, serves ...id.Queue) queues.Agent {
	if serves == nil {
		serves = []id.Queue{1}
	}
	a := queues.Agent{ID: who, Free: free, FreeSince: noon.Add(-time.Hour)}
	for _, q := range serves {
		a.Queues = append(a.Queues, queues.Serves{Queue: q, Group: 1})
	}
	return a
}

// busy is an agent who has chats, the last one since so long.
func busy(a queues.Agent, chats int, since time.Duration) queues.Agent {
	a.Chats, a.LastChat = chats, noon.Add(-since)
	return a
}

// idle is an agent without chats since so long.
func idle(a queues.Agent, since time.Duration) queues.Agent {
	a.FreeSince = noon.Add(-since)
	return a
}

func group(g int, a queues.Agent) queues.Agent {
	for i := range a.Queues {
		a.Queues[i].Group = g
	}
	return a
}

func waiting(chat id.Chat, since time.Duration, asked ...queues.Asked) queues.Waiting {
	return queues.Waiting{Chat: chat, Queue: 1, Since: noon.Add(-since), Asked: asked}
}

func in(q id.Queue, w queues.Waiting) queues.Waiting {
	w.Queue = q
	return w
}

func holds(who id.User) queues.Asked {
	return queues.Asked{Agent: who, Mode: queues.Multicast, Open: true, Until: noon.Add(5 * time.Second)}
}

// refused was offered with a lease that ends so long after noon.
func refused(who id.User, until time.Duration) queues.Asked {
	return queues.Asked{Agent: who, Mode: queues.Multicast, Until: noon.Add(until)}
}

// by is an offer in a mode.
func by(m queues.Mode, a queues.Asked) queues.Asked {
	a.Mode = m
	return a
}

// rulebook is the rules of queues 1 to 3: the defaults, changed by with.
func rulebook(with ...func(*queues.Rules)) map[id.Queue]queues.Rules {
	r := queues.Rules{
		Mode: queues.Multicast, Policy: queues.LongestIdle, Attempts: 2, Timeout: 10 * time.Second, ThenMulticast: true,
		CascadeDelay: 30 * time.Second, Preferred: time.Minute, Patience: 30 * time.Minute,
	}
	for _, w := range with {
		w(&r)
	}
	return map[id.Queue]queues.Rules{1: r, 2: r, 3: r}
}

func deltacast(r *queues.Rules) { r.Mode = queues.Deltacast }

// offer is one in the mode and for the time that the defaults give.
func offer(chat id.Chat, who id.User) queues.Assignment {
	return queues.Assignment{Chat: chat, Agent: who, Mode: queues.Multicast, Until: noon.Add(10 * time.Second)}
}

// asks is the nth question of deltacast.
func asks(n int, chat id.Chat, who id.User) queues.Assignment {
	a := offer(chat, who)
	a.Mode, a.Attempt = queues.Deltacast, n
	return a
}

func TestMulticast(t *testing.T) {
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
			want:    []queues.Assignment{offer(1, ann), offer(1, bob)},
		},
		{
			name:    "the longest wait goes first",
			waiting: []queues.Waiting{waiting(1, 2*time.Minute), waiting(2, 9*time.Minute)},
			agents:  []queues.Agent{agent(ann, 1)},
			want:    []queues.Assignment{offer(2, ann)},
		},
		{
			name:    "of the same wait the older chat goes first",
			waiting: []queues.Waiting{waiting(8, time.Minute), waiting(7, time.Minute)},
			agents:  []queues.Agent{agent(ann, 1)},
			want:    []queues.Assignment{offer(7, ann)},
		},
		{
			name:    "each is offered as many as they have slots",
			waiting: []queues.Waiting{waiting(1, 3*time.Minute), waiting(2, 2*time.Minute), waiting(3, time.Minute)},
			agents:  []queues.Agent{agent(ann, 2), agent(bob, 1)},
			want:    []queues.Assignment{offer(1, ann), offer(1, bob), offer(2, ann)},
		},
		{
			name:    "only agents of the queue are asked",
			waiting: []queues.Waiting{in(1, waiting(1, 2*time.Minute)), in(2, waiting(2, time.Minute)), in(3, waiting(3, time.Hour))},
			agents:  []queues.Agent{agent(ann, 5, 1), agent(bob, 5, 2)},
			want:    []queues.Assignment{offer(1, ann), offer(2, bob)},
		},
		{
			name:    "the oldest of all the queues that an agent serves",
			waiting: []queues.Waiting{in(1, waiting(1, time.Minute)), in(2, waiting(2, 2*time.Minute))},
			agents:  []queues.Agent{agent(ann, 1, 1, 2)},
			want:    []queues.Assignment{offer(2, ann)},
		},
		{
			name:    "an offer that stands is not made twice",
			waiting: []queues.Waiting{waiting(1, 2*time.Minute, holds(ann)), waiting(2, time.Minute)},
			agents:  []queues.Agent{agent(ann, 1)},
			want:    []queues.Assignment{offer(2, ann)},
		},
		{
			name:    "an agent who comes later is asked too",
			waiting: []queues.Waiting{waiting(1, time.Minute, holds(ann))},
			agents:  []queues.Agent{agent(ann, 4), agent(bob, 5)},
			want:    []queues.Assignment{offer(1, bob)},
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
			want:    []queues.Assignment{offer(1, bob)},
		},
		{
			name:    "who declined gets the next chat meanwhile",
			waiting: []queues.Waiting{waiting(1, 2*time.Minute, refused(ann, 4*time.Second)), waiting(2, time.Minute)},
			agents:  []queues.Agent{agent(ann, 1)},
			want:    []queues.Assignment{offer(2, ann)},
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
			want:    []queues.Assignment{offer(1, ann), offer(1, bob)},
		},
		{
			name:    "somebody who has no slot does not keep the others from being asked again",
			waiting: []queues.Waiting{waiting(1, time.Minute, refused(ann, 0))},
			agents:  []queues.Agent{agent(ann, 1), agent(bob, 0)},
			want:    []queues.Assignment{offer(1, ann)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, queues.Assign(c.waiting, c.agents, rulebook(), noon).Offers)
		})
	}
}
