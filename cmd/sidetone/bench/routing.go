package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"sidetone/cmd/sidetone/rig"
	"sidetone/internal/gauge"
	"sidetone/internal/id"
)

const (
	routed   = 10 // agents, each with as many chats as they may have
	handOver = 30 // times that an agent ends a chat and gets the next, in a round
)

// routing times what lies between an agent ending a chat and the next one's offer at their socket, however many wait: the
// end's commit, the routing and the frame. The last line has it with everything on: deltacast, two queues of which one has
// priority, and cascade groups.
func (b *bench) routing(ctx context.Context) error {
	houses, err := b.rig.Furnish(ctx, rig.Plan{Houses: 1, Chats: routed, PerAgent: 1, PerSecond: 100_000})
	if err != nil {
		return err
	}
	h := houses[0]
	if err := b.rig.Fill(ctx, h, 1); err != nil {
		return err
	}
	waiting := 0
	for _, n := range []int{100, 1_000, 10_000} {
		if err := b.rig.Wait(ctx, h, n-waiting); err != nil {
			return err
		}
		waiting = n
		if err := b.handOvers(ctx, h, fmt.Sprintf("slot freed → offer at the socket, %d waiting", n)); err != nil {
			return err
		}
		waiting -= b.rounds * handOver
	}
	err = b.rig.Rules(ctx, h, map[string]any{"offer_mode": "deltacast", "queue_priority": 5, "cascade_delay": 60, "offer_timeout": 60})
	if err != nil {
		return err
	}
	return b.handOvers(ctx, h, "the same with deltacast, cascade, priority")
}

func (b *bench) handOvers(ctx context.Context, h rig.House, path string) error {
	var single, runs gauge.Series
	for round := range b.rounds {
		commit, err := b.limits.Commit(ctx, b.window/4)
		if err != nil {
			return err
		}
		times, err := b.handOver(ctx, h)
		if err != nil {
			return err
		}
		run := gauge.Summary(times, 0)
		single, runs = append(single, commit), append(runs, run)
		b.say("routing round %d: %s: p50 %s, p99 %s\n", round+1, path, run.P50, run.P99)
	}
	p99 := gauge.Median(runs.P99s())
	b.table.Add(gauge.Row{
		Path: path + ", p99 (p50)", Ours: fmt.Sprintf("%s (%s)", gauge.Seconds(p99), gauge.Seconds(gauge.Median(runs.P50s()))),
		Limit: "target in ms; one commit, p50 " + gauge.Seconds(gauge.Median(single.P50s())), Figure: p99 * 1e3, Target: gauge.AtMost(100),
	})
	return nil
}

// handOver lets one agent after the other end their chat and take the one they are offered for it.
func (b *bench) handOver(ctx context.Context, h rig.House) (times []time.Duration, err error) {
	var desks []*desk
	defer func() {
		for _, d := range desks {
			d.Close()
		}
	}()
	for _, a := range h.Agents {
		d, err := b.sit(ctx, h, a)
		if err != nil {
			return nil, err
		}
		desks = append(desks, d)
	}
	for i := range handOver {
		took, err := desks[i%len(desks)].next(i)
		if err != nil {
			return nil, err
		}
		times = append(times, took)
	}
	return times, nil
}

// desk is an agent with one chat.
type desk struct {
	*rig.Socket
	chat id.Chat
}

func (b *bench) sit(ctx context.Context, h rig.House, agent id.User) (*desk, error) {
	token, err := b.rig.SignIn(ctx, h, agent)
	if err != nil {
		return nil, err
	}
	s, err := b.rig.Connect(ctx, token)
	if err != nil {
		return nil, err
	}
	hello, err := s.Read()
	if err != nil {
		return nil, fmt.Errorf("wait for hello: %w", err)
	}
	var has struct {
		Chats []struct {
			ID id.Chat `json:"chat_id"`
		}
	}
	if err := json.Unmarshal(hello.Data, &has); err != nil || len(has.Chats) != 1 {
		return nil, fmt.Errorf("an agent has %d chats and not one: %w", len(has.Chats), err)
	}
	return &desk{s, has.Chats[0].ID}, nil
}

// next ends the agent's chat and takes the next one. It returns what the offer took.
func (d *desk) next(i int) (time.Duration, error) {
	began := time.Now()
	if err := d.Ask("end", fmt.Sprint("end", i), d.chat, nil); err != nil {
		return 0, err
	}
	offer, err := d.await("offer")
	if err != nil {
		return 0, err
	}
	took := time.Since(began)
	d.chat = offer.Chat
	if err := d.Ask("accept", fmt.Sprint("accept", i), d.chat, nil); err != nil {
		return 0, err
	}
	_, err = d.await("chat_assigned")
	return took, err
}

func (d *desk) await(kind string) (rig.Frame, error) {
	for {
		f, err := d.Read()
		switch {
		case err != nil:
			return f, fmt.Errorf("wait for %s: %w", kind, err)
		case f.Type == "error":
			return f, fmt.Errorf("wait for %s: %s", kind, f.Data)
		case f.Type == kind:
			return f, nil
		}
	}
}
