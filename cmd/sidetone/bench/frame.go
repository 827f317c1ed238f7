package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"

	"sidetone/cmd/sidetone/rig"
	"sidetone/internal/gauge"
)

const (
	watchers  = 100 // agents who are connected
	busyTexts = 500 // a second
	frameWait = 10 * time.Second
)

// desks are connected agents; each text's arrival is told with its body.
type desks struct {
	house     rig.House
	consumers []string // of the agents who are connected
	sockets   []*rig.Socket
	arrivals  chan arrival
	readers   sync.WaitGroup
}

type arrival struct {
	body string
	at   time.Time
}

// frame times a webhook's way to the agent's socket.
func (b *bench) frame(ctx context.Context) error {
	d, err := b.seat(ctx)
	if err != nil {
		return err
	}
	defer d.leave()
	var single, whole, behind, busy gauge.Series
	for round := range b.rounds {
		commit, err := b.limits.Commit(ctx, b.window/2)
		if err != nil {
			return err
		}
		alone, after, err := b.oneByOne(ctx, d, 300)
		if err != nil {
			return err
		}
		under, err := b.paced(ctx, d)
		if err != nil {
			return err
		}
		single, whole, behind, busy = append(single, commit), append(whole, alone), append(behind, after), append(busy, under)
		b.say("frame round %d: commit p50 %s, alone p50 %s, behind its 2xx p50 %s, under load p99 %s\n",
			round+1, commit.P50, alone.P50, after.P50, under.P99)
	}
	row := func(path string, ours []float64, most *gauge.Bound) {
		b.table.Add(gauge.Row{
			Path: path, Ours: gauge.Seconds(gauge.Median(ours)), Limit: "one commit, p50 " + gauge.Seconds(gauge.Median(single.P50s())),
			Figure: gauge.Ratio(ours, single.P50s()), Target: most,
		})
	}
	row("webhook sent → agent's socket, alone, p50", whole.P50s(), nil) // the bound is for what follows its 2xx
	row("the same, p99", whole.P99s(), nil)
	row("webhook accepted (its 2xx read) → agent's socket, alone, p50", behind.P50s(), gauge.AtMost(6))
	row("the same, p99", behind.P99s(), gauge.AtMost(15))
	row("webhook sent → agent's socket at 500 texts/s, p99", busy.P99s(), gauge.AtMost(100))
	return nil
}

// seat connects agents of the large house.
func (b *bench) seat(ctx context.Context) (*desks, error) {
	h := b.one[0]
	d := &desks{house: h, arrivals: make(chan arrival, 1<<16)}
	for i := range watchers {
		token, err := b.rig.SignIn(ctx, h, h.Agents[i])
		if err != nil {
			return d, err
		}
		s, err := b.rig.Connect(ctx, token)
		if err != nil {
			return d, err
		}
		d.sockets = append(d.sockets, s)
		hello, err := s.Read()
		if err != nil {
			return d, fmt.Errorf("wait for hello: %w", err)
		}
		var chats struct {
			Chats []struct {
				EndUser struct{ Number string } `json:"end_user"`
			}
		}
		if err := json.Unmarshal(hello.Data, &chats); err != nil {
			return d, fmt.Errorf("read hello: %w", err)
		}
		for _, c := range chats.Chats {
			d.consumers = append(d.consumers, c.EndUser.Number)
		}
		d.readers.Go(func() { d.read(s) })
	}
	if len(d.consumers) == 0 {
		return d, fmt.Errorf("no agent has a chat")
	}
	return d, nil
}

func (d *desks) read(s *rig.Socket) {
	for {
		f, err := s.Read()
		if err != nil {
			return
		}
		if f.Type != "message" {
			continue
		}
		at := time.Now()
		var m struct{ Text string }
		if json.Unmarshal(f.Data, &m) == nil {
			d.arrivals <- arrival{m.Text, at}
		}
	}
}

func (d *desks) leave() {
	for _, s := range d.sockets {
		s.Close()
	}
	d.readers.Wait()
}

// to is a text to the i-th consumer whose agent is connected.
func (b *bench) to(d *desks, i int) rig.Text {
	b.known++
	return rig.Text{
		ID: rig.TextID('w', b.known), From: d.consumers[i%len(d.consumers)], To: d.house.Leaf, Body: fmt.Sprintf("Is anybody there? %d", b.known),
	}
}

// oneByOne sends a text when the one before has arrived, over a kept connection as carriers do. It times the frame from the
// moment before the webhook was written, and from the moment after its 2xx was read; a frame that was quicker than that is
// no time behind it.
func (b *bench) oneByOne(ctx context.Context, d *desks, n int) (whole, behind gauge.Run, err error) {
	if b.Quick {
		n = 50
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", b.rig.Address)
	if err != nil {
		return whole, behind, fmt.Errorf("connect to %s: %w", b.rig.Address, err)
	}
	defer conn.Close()
	caller := gauge.NewCaller(conn)
	var wholes, behinds []time.Duration
	for i := range n {
		t := b.to(d, i)
		reqs := &gauge.Requests{}
		reqs.Add(b.rig.Webhook(d.house, t))
		sent := time.Now()
		if err := caller.Post(reqs.At(0)); err != nil {
			return whole, behind, err
		}
		accepted := time.Now()
		at, err := d.await(t.Body)
		if err != nil {
			return whole, behind, err
		}
		wholes, behinds = append(wholes, at.Sub(sent)), append(behinds, max(0, at.Sub(accepted)))
	}
	return gauge.Summary(wholes, 0), gauge.Summary(behinds, 0), nil
}

func (d *desks) await(body string) (time.Time, error) {
	late := time.After(frameWait)
	for {
		select {
		case a := <-d.arrivals:
			if a.body == body {
				return a.at, nil
			}
		case <-late:
			return time.Time{}, fmt.Errorf("a text did not arrive at its agent within %s", frameWait)
		}
	}
}

// paced sends 500 a second, each counted from the moment at which it was due.
func (b *bench) paced(ctx context.Context, d *desks) (gauge.Run, error) {
	n := int(busyTexts * b.window.Seconds())
	reqs, bodies := &gauge.Requests{}, make([]string, n)
	for i := range n {
		t := b.to(d, i)
		bodies[i] = t.Body
		reqs.Add(b.rig.Webhook(d.house, t))
	}
	dues := make([]time.Time, n)
	if err := gauge.Pace(ctx, b.rig.Address, 32, busyTexts, b.window, reqs, func(i int, due time.Time) { dues[i] = due }); err != nil {
		return gauge.Run{}, err
	}
	arrived := make(map[string]time.Time, n)
	late := time.After(frameWait)
	for len(arrived) < n {
		select {
		case a := <-d.arrivals:
			arrived[a.body] = a.at
		case <-late:
			return gauge.Run{}, fmt.Errorf("%d of %d texts did not arrive at their agents within %s", n-len(arrived), n, frameWait)
		}
	}
	times := make([]time.Duration, n)
	for i, body := range bodies {
		times[i] = arrived[body].Sub(dues[i])
	}
	return gauge.Summary(times, 0), nil
}
