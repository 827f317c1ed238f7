package soak

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"sidetone/cmd/sidetone/rig"
	"sidetone/internal/gauge"
)

// Options of a soak. Zero fields have a default.
type Options struct {
	Rig    rig.Config
	Seed   uint64 // of the moments and the mix; printed, so that a run can be repeated
	Rounds int    // crashes
	Texts  int    // in, and as many out, in a round
	Agents int
	Out    io.Writer
}

func (o *Options) defaults() {
	o.Rounds, o.Texts, o.Agents = cmp.Or(o.Rounds, 20), cmp.Or(o.Texts, 2000), cmp.Or(o.Agents, 40)
	if o.Seed == 0 {
		o.Seed = uint64(time.Now().UnixNano())
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
}

const (
	senders      = 24 // consumers who text at a time
	chatsEach    = 5  // of an agent
	oneRound     = 2 * time.Minute
	settleWithin = 3 * time.Minute
)

// Crash kills the server in the middle of traffic, again and again, and checks the invariants when all is quiet
// (reference G, test 13). It fails only when it could not be carried out; what did not hold is what it returns.
func Crash(ctx context.Context, o Options) ([]Violation, error) {
	o.defaults()
	c := &crash{Options: o, notes: &notes{owners: map[int64][]int64{}}, random: rand.New(rand.NewPCG(o.Seed, 1))} //nolint:gosec // to be repeated, not to be secret
	c.say("seed %d: %d rounds of %d texts in and %d out, the server killed in each\n", o.Seed, o.Rounds, o.Texts, o.Texts)
	r, err := rig.Start(ctx, o.Rig)
	if err != nil {
		return nil, err
	}
	c.rig = r
	found, err := c.run(ctx)
	return found, errors.Join(err, r.Close())
}

type crash struct {
	Options
	rig    *rig.Rig
	house  rig.House
	server *rig.Server
	desks  []*desk
	notes  *notes
	random *rand.Rand

	heard     [senders][]Heard // each sender's own
	texts     atomic.Int64     // ids given
	strangers atomic.Int64
	progress  atomic.Int64 // texts answered in this round
	repeats   atomic.Int64
}

func (c *crash) say(format string, args ...any) { fmt.Fprintf(c.Out, format, args...) }

func (c *crash) run(ctx context.Context) (violations []Violation, err error) {
	houses, err := c.rig.Furnish(ctx, rig.Plan{Houses: 1, Chats: c.Agents * chatsEach, PerAgent: chatsEach, PerSecond: 100_000})
	if err != nil {
		return nil, err
	}
	c.house = houses[0]
	// A carrier takes its time, and now and then its answer is lost although it took the text.
	if err := c.rig.Faults(ctx, `{"latency_ms":3,"drop_after_accept":0.003,"receipts":"shuffled"}`); err != nil {
		return nil, err
	}
	if c.server, err = c.rig.Serve(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.server.Stop()) }()
	atDesks, leave := context.WithCancel(ctx)
	var people sync.WaitGroup
	defer people.Wait()
	defer leave()
	for _, agent := range c.house.Agents {
		token, err := c.rig.SignIn(ctx, c.house, agent)
		if err != nil {
			return nil, err
		}
		d := newDesk(c.rig, c.house, agent, token, c.notes)
		c.desks = append(c.desks, d)
		people.Go(func() { d.run(atDesks) })
	}
	people.Go(func() { watch(atDesks, c.rig, c.notes) })
	for round := range c.Rounds {
		if err := c.round(ctx, round); err != nil {
			return nil, fmt.Errorf("round %d: %w\n%s", round+1, err, c.server.Log())
		}
	}
	c.say("all rounds done; waiting until all is quiet\n")
	for _, w := range []struct{ what, sql string }{{"every text is settled", unsettled}, {"every chat is served", unserved}} {
		if err := until(ctx, c.rig, w.what, settleWithin, w.sql); err != nil {
			c.say("%v\n", err) // the check names what is left
		}
	}
	leave()
	people.Wait()
	return c.check(ctx)
}

// round is one crash: traffic from both sides, a kill in the middle, a restart, and everything answered in the end.
func (c *crash) round(ctx context.Context, round int) error {
	ctx, cancel := context.WithTimeout(ctx, oneRound)
	defer cancel()
	began := time.Now()
	c.progress.Store(0)
	ackedBefore := c.acked()
	var team sync.WaitGroup
	errs := make(chan error, senders+len(c.desks)+1)
	for s := range senders {
		random := rand.New(rand.NewPCG(c.Seed, uint64(1000*round+s+10))) //nolint:gosec // as above
		n := c.Texts*(s+1)/senders - c.Texts*s/senders
		team.Go(func() { errs <- c.text(ctx, s, n, round, random) })
	}
	for i, d := range c.desks {
		n := c.Texts*(i+1)/len(c.desks) - c.Texts*i/len(c.desks)
		team.Go(func() { errs <- d.write(ctx, n, fmt.Sprintf("r%d", round)) })
	}
	at := int64(float64(2*c.Texts) * (0.05 + 0.9*c.random.Float64()))
	pause, down := time.Duration(c.random.IntN(20))*time.Millisecond, time.Duration(c.random.IntN(200))*time.Millisecond
	for c.progress.Load()+int64(c.acked()-ackedBefore) < at && ctx.Err() == nil {
		time.Sleep(200 * time.Microsecond)
	}
	time.Sleep(pause)
	if err := c.server.Kill(); err != nil {
		return err
	}
	inFlight, err := count(ctx, c.rig, "select count(*) from messages where status = 'sending'")
	if err != nil {
		return err
	}
	waiting, err := count(ctx, c.rig, inTheOutbox)
	if err != nil {
		return err
	}
	killed := c.progress.Load() + int64(c.acked()-ackedBefore)
	time.Sleep(down)
	again, err := c.rig.Serve(ctx)
	if err != nil {
		return err
	}
	c.server = again
	team.Wait()
	close(errs)
	for e := range errs {
		err = errors.Join(err, e)
	}
	if err != nil {
		return err
	}
	c.say("round %2d: killed after %4d of %d texts, %3d with the carrier, %4d in the outbox; ready again in %s; round took %s\n",
		round+1, killed, 2*c.Texts, inFlight, waiting, again.Ready.Round(time.Millisecond), time.Since(began).Round(100*time.Millisecond))
	// The next crash shall find the lanes at work, so they have to be taken over first.
	return until(ctx, c.rig, "the lanes are at work again", oneRound, `select count(*) from lanes l
		where l.node_id is distinct from (select max(id) from nodes)
		and exists (select from messages m where m.number_id = l.number_id and m.status = 'queued')`)
}

func (c *crash) acked() int {
	c.notes.mu.Lock()
	defer c.notes.mu.Unlock()
	return c.notes.acked
}

// text is one sender's share: its consumers in turn, now and then a stranger. A text that was not answered 2xx is sent
// again with the same id, as the carrier would.
func (c *crash) text(ctx context.Context, sender, n, round int, random *rand.Rand) error {
	var mine []string
	for i := sender; i < len(c.house.Consumers); i += senders {
		mine = append(mine, c.house.Consumers[i])
	}
	line := &line{address: c.rig.Address}
	defer line.hangUp()
	for i := range n {
		t := rig.Text{ID: rig.TextID('c', int(c.texts.Add(1))), To: c.house.Leaf}
		t.Body = fmt.Sprintf("Text %d of sender %d in round %d", i, sender, round)
		switch p := random.Float64(); {
		case p < 0.03:
			t.From = rig.Stranger(int(c.strangers.Add(1)))
		case p < 0.05:
			t.From, t.To = rig.Stranger(int(c.strangers.Add(1))), c.house.Menu
		default:
			if len(mine) == 0 {
				return fmt.Errorf("there are fewer consumers than senders")
			}
			t.From = mine[i%len(mine)]
		}
		request := c.rig.Webhook(c.house, t)
		for tries := 0; ; tries++ {
			err := line.post(ctx, request)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return fmt.Errorf("sender %d waits for an answer: %w", sender, err)
			}
			c.repeats.Add(1)
			line.hangUp()
			time.Sleep(time.Duration(5+random.IntN(20)) * time.Millisecond)
		}
		c.heard[sender] = append(c.heard[sender], Heard{ProviderID: t.ID, From: t.From, Body: t.Body, Answered: true})
		c.progress.Add(1)
	}
	return nil
}

// check reads everything and judges.
func (c *crash) check(ctx context.Context) ([]Violation, error) {
	p := Picture{Sent: c.notes.sent, Owners: c.notes.owners, Seen: c.notes.seen}
	for _, h := range c.heard {
		p.Heard = append(p.Heard, h...)
	}
	if err := p.read(ctx, c.rig); err != nil {
		return nil, err
	}
	uncertain, out := 0, 0
	for _, r := range p.Rows {
		if r.Uncertain {
			uncertain++
		}
		if !r.In {
			out++
		}
	}
	c.say("%d texts in (%d sent again), %d texts of agents accepted (%d sent again), %d texts out in all, %d given to the carrier, %d shown as uncertain, %d chats\n",
		len(p.Heard), c.repeats.Load(), len(p.Sent), c.notes.resent, out, len(p.Given), uncertain, len(p.Talks))
	return Check(p), nil
}

// line is a kept connection that is opened when it is needed.
type line struct {
	address string
	conn    net.Conn
	caller  *gauge.Caller
}

func (l *line) post(ctx context.Context, request []byte) (err error) {
	if l.conn == nil {
		if l.conn, err = (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", l.address); err != nil {
			l.conn = nil
			return err
		}
		l.caller = gauge.NewCaller(l.conn)
	}
	if err := l.conn.SetDeadline(time.Now().Add(15 * time.Second)); err != nil { // the carrier's own limit
		return err
	}
	return l.caller.Post(request)
}

func (l *line) hangUp() {
	if l.conn != nil {
		_ = l.conn.Close() // what it still holds is sent again
		l.conn = nil
	}
}
