// Package bus carries hints between the parts of a process and between nodes. Inside a process a hint goes straight to its
// subscribers; to other nodes it goes over core NATS, in a mesh of the nodes' own servers or through a NATS that is run
// elsewhere (DESIGN, the two ways through).
//
// A hint may be lost: the truth is in Postgres. So nothing here blocks or fails for its callers; what goes wrong is
// counted. Who the nodes are is internal/node's.
package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"

	"sidetone/internal/event"
)

const (
	outbox    = 8192  // hints that wait for the connection; more are dropped
	arrivals  = 8192  // hints of other nodes that wait to be given out; more are dropped
	inboxRoom = 65536 // hints that wait for one subscriber; more are dropped
	drainTime = 5 * time.Second
	startTime = 10 * time.Second

	reconnectWait = 5 * time.Millisecond // to the server in this process
)

// Config of a bus. The zero value is a bus inside this process.
type Config struct {
	URL     string                // of a NATS run elsewhere; then there is no server in this process
	Cluster *Cluster              // lets other nodes in; not with URL
	Metrics prometheus.Registerer // may be nil
}

// Bus is one process's end.
type Bus struct {
	conn   *nats.Conn
	server *server.Server // nil with Config.URL
	mesh   *mesh          // nil without Config.Cluster
	counts counts

	here    subscribers
	remote  map[string]*nats.Subscription // by subject, for what other nodes publish; guarded by subMu
	subMu   sync.Mutex
	out     chan event.Hint
	arrived chan *nats.Msg
	closed  chan struct{}  // the connection has ended
	ended   sync.WaitGroup // the sender
	emptied sync.WaitGroup // the receiver

	mu       sync.RWMutex // guards stopping against a Publish under way
	stopping bool
}

// Open starts the bus. A NATS elsewhere that does not answer yet is no error: the bus keeps trying, and Healthy says so.
func Open(ctx context.Context, cfg Config) (b *Bus, err error) {
	b = &Bus{
		here: subscribers{bySubject: map[string][]*inbox{}}, remote: map[string]*nats.Subscription{}, closed: make(chan struct{}),
		out: make(chan event.Hint, outbox), arrived: make(chan *nats.Msg, arrivals),
	}
	if b.counts, err = newCounts(cfg.Metrics); err != nil {
		return nil, err
	}
	if cfg.URL != "" && cfg.Cluster != nil {
		return nil, errors.New("open the bus: a NATS elsewhere and a mesh of our own exclude each other")
	}
	options := []nats.Option{
		nats.Name("sidetone"), nats.MaxReconnects(-1), nats.ErrorHandler(b.onError), nats.NoEcho(),
		nats.ClosedHandler(func(*nats.Conn) { close(b.closed) }),
	}
	if cfg.URL != "" {
		options = append(options, nats.RetryOnFailedConnect(true))
	} else {
		inside, err := b.startServer(ctx, cfg.Cluster)
		if err != nil {
			return nil, err
		}
		options = append(options, inside...)
	}
	if b.conn, err = nats.Connect(cfg.URL, options...); err != nil {
		b.stopServer()
		return nil, fmt.Errorf("connect to the bus: %w", err)
	}
	b.ended.Go(b.send)
	b.emptied.Go(b.receive)
	return b, nil
}

func (b *Bus) startServer(ctx context.Context, cluster *Cluster) (connect []nats.Option, err error) {
	opts := &server.Options{DontListen: true, NoSigs: true, NoLog: true}
	if cluster != nil {
		if b.mesh, err = newMesh(*cluster); err != nil {
			return nil, err
		}
		opts = b.mesh.options()
		connect = append(connect, nats.UserInfo(opts.Username, opts.Password))
	}
	if b.server, err = server.NewServer(opts); err != nil {
		return nil, fmt.Errorf("make the bus: %w", err)
	}
	go b.server.Start()
	wait := startTime
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(deadline))
	}
	if !b.server.ReadyForConnections(wait) {
		b.stopServer()
		return nil, errors.New("the bus did not start; is its address in use?")
	}
	// The server drops this connection too when its routes change; to come back costs nothing inside a process, and the
	// client's own two seconds are two seconds without a hint whenever a node comes or goes.
	return append(connect, nats.InProcessServer(b.server), nats.ReconnectWait(reconnectWait), nats.ReconnectJitter(0, 0)), nil
}

func (b *Bus) stopServer() {
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
}

// Publish sends a hint to whoever has subscribed, on every node. It never waits: with a full outbox or a closed bus the
// hint is dropped and counted.
func (b *Bus) Publish(h event.Hint) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.stopping {
		b.counts.dropped.Inc()
		return
	}
	b.counts.published.Inc()
	subject := h.Subject()
	b.deliver(subject, h)
	b.deliver(family(subject), h)
	if house := house(subject); house != "" {
		b.deliver(house, h)
	}
	if !b.hasNeighbours() {
		return
	}
	select {
	case b.out <- h:
	default:
		b.counts.dropped.Inc()
	}
}

// hasNeighbours: somebody outside of this process may listen.
func (b *Bus) hasNeighbours() bool {
	return b.server == nil || (b.mesh != nil && b.server.NumRoutes() > 0)
}

// deliver gives a hint to the subscribers of exactly this subject.
func (b *Bus) deliver(subject string, h event.Hint) {
	for _, i := range b.here.of(subject) {
		if i.put(h, &b.here.working) {
			b.counts.received.Inc()
		} else {
			b.counts.slow.Inc()
		}
	}
}

// Subscribe calls fn with the hints of a subject (event.Hint.Subject), or of a kind ("lane.>"), one after the other in the
// order they came. A slow fn delays nobody else; when too many wait for it they are dropped and counted. After cancel no
// further call begins.
func (b *Bus) Subscribe(subject string, fn func(event.Hint)) (cancel func()) {
	i := &inbox{fn: fn, room: inboxRoom}
	b.subMu.Lock()
	defer b.subMu.Unlock()
	if b.here.add(subject, i) {
		sub, err := b.conn.ChanSubscribe(subject, b.arrived)
		if err != nil { // the bus is closed, or the subject is none
			b.counts.failed.Inc()
		} else {
			b.remote[subject] = sub
		}
	}
	return func() {
		if i.stop() {
			b.leave(subject, i)
		}
	}
}

func (b *Bus) leave(subject string, i *inbox) {
	b.subMu.Lock()
	defer b.subMu.Unlock()
	if !b.here.remove(subject, i) {
		return
	}
	if sub := b.remote[subject]; sub != nil {
		_ = sub.Unsubscribe() // it only fails when the bus is closed, and then there is nothing to leave
		delete(b.remote, subject)
	}
}

// receive gives out what other nodes publish, until the connection has ended and nothing is left.
func (b *Bus) receive() {
	for {
		select {
		case m := <-b.arrived:
			b.takeIn(m)
		case <-b.closed:
			for len(b.arrived) > 0 {
				b.takeIn(<-b.arrived)
			}
			return
		}
	}
}

func (b *Bus) takeIn(m *nats.Msg) {
	var h event.Hint
	if err := json.Unmarshal(m.Data, &h); err != nil {
		b.counts.malformed.Inc()
		return
	}
	b.deliver(m.Sub.Subject, h)
}

// Healthy is nil while hints flow.
func (b *Bus) Healthy() error {
	s := b.conn.Status()
	if s == nats.CONNECTED {
		return nil
	}
	if err := b.conn.LastError(); err != nil {
		return fmt.Errorf("the bus is %s: %w", s, err)
	}
	return fmt.Errorf("the bus is %s", s)
}

// Close sends what was published, lets subscribers finish what has arrived, and stops. Twice is once.
func (b *Bus) Close(ctx context.Context) error {
	b.mu.Lock()
	first := !b.stopping
	if first {
		b.stopping = true
		close(b.out)
	}
	b.mu.Unlock()
	if !first {
		<-b.closed
		return nil
	}
	b.ended.Wait()
	err := b.drain(ctx)
	b.stopServer()
	b.emptied.Wait()
	return errors.Join(err, b.settle(ctx))
}

// settle waits until the subscribers have had what came.
func (b *Bus) settle(ctx context.Context) error {
	done := make(chan struct{})
	go func() { b.here.working.Wait(); close(done) }()
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the subscribers of the bus: %w", ctx.Err())
	}
}

// drain waits for the closed handler, because nats.Conn.Drain returns at once.
func (b *Bus) drain(ctx context.Context) error {
	if err := b.conn.Drain(); err != nil { // still connecting, for example
		b.conn.Close()
		<-b.closed
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	select {
	case <-b.closed:
		return nil
	case <-ctx.Done():
		b.conn.Close()
		<-b.closed
		return fmt.Errorf("drain the bus: %w", ctx.Err())
	}
}

// send is the only sender to other nodes, so that a stalled connection holds up nobody but itself.
func (b *Bus) send() {
	for h := range b.out {
		data, err := json.Marshal(h)
		if err == nil {
			err = b.conn.Publish(h.Subject(), data)
		}
		if err != nil {
			b.counts.failed.Inc()
		}
	}
}

func (b *Bus) onError(_ *nats.Conn, _ *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrSlowConsumer) {
		b.counts.slow.Inc()
		return
	}
	b.counts.failed.Inc()
}

type counts struct {
	published, received, dropped, slow, malformed, failed prometheus.Counter
}

func newCounts(reg prometheus.Registerer) (c counts, err error) {
	for name, to := range map[string]struct {
		counter *prometheus.Counter
		help    string
	}{
		"published":      {&c.published, "Hints given to the bus."},
		"received":       {&c.received, "Hints given to subscribers."},
		"dropped":        {&c.dropped, "Hints dropped because the outbox was full or the bus closed."},
		"slow_consumers": {&c.slow, "Times a subscriber fell so far behind that hints to it were dropped."},
		"malformed":      {&c.malformed, "Messages on the bus that were no hints."},
		"failures":       {&c.failed, "Errors of the bus."},
	} {
		*to.counter = prometheus.NewCounter(prometheus.CounterOpts{Name: "sidetone_bus_" + name + "_total", Help: to.help})
		if reg != nil {
			if err := reg.Register(*to.counter); err != nil {
				return c, fmt.Errorf("register the counters of the bus: %w", err)
			}
		}
	}
	return c, nil
}
