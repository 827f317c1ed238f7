// Package bus carries hints between the parts of a process and between nodes, over core NATS: inside the process by
// default, in a mesh of the nodes' own servers, or through a NATS that is run elsewhere (DESIGN, the two ways through).
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
	outbox    = 8192     // hints that wait for the connection; more are dropped
	inbox     = 65536    // hints that wait for one subscriber; more are dropped
	inboxSize = 32 << 20 // of bytes
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

	out    chan event.Hint
	closed chan struct{} // the connection has ended
	ended  chan struct{} // the pump has ended

	mu       sync.RWMutex // guards stopping against a Publish under way
	stopping bool
}

// Open starts the bus. A NATS elsewhere that does not answer yet is no error: the bus keeps trying, and Healthy says so.
func Open(ctx context.Context, cfg Config) (b *Bus, err error) {
	b = &Bus{out: make(chan event.Hint, outbox), closed: make(chan struct{}), ended: make(chan struct{})}
	if b.counts, err = newCounts(cfg.Metrics); err != nil {
		return nil, err
	}
	if cfg.URL != "" && cfg.Cluster != nil {
		return nil, errors.New("open the bus: a NATS elsewhere and a mesh of our own exclude each other")
	}
	options := []nats.Option{
		nats.Name("sidetone"), nats.MaxReconnects(-1), nats.ErrorHandler(b.onError),
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
	go b.pump()
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
	select {
	case b.out <- h:
	default:
		b.counts.dropped.Inc()
	}
}

// Subscribe calls fn with the hints of a subject (event.Hint.Subject, with NATS's * and >), one after the other in the
// order they came. A slow fn delays nobody else; when too many wait for it they are dropped and counted. After cancel no
// further call begins.
func (b *Bus) Subscribe(subject string, fn func(event.Hint)) (cancel func()) {
	var stop sync.Mutex
	stopped := false
	sub, err := b.conn.Subscribe(subject, func(m *nats.Msg) {
		var h event.Hint
		if err := json.Unmarshal(m.Data, &h); err != nil {
			b.counts.malformed.Inc()
			return
		}
		stop.Lock()
		no := stopped
		stop.Unlock()
		if no {
			return
		}
		b.counts.received.Inc()
		fn(h)
	})
	if err != nil { // the bus is closed, or the subject is none
		b.counts.failed.Inc()
		return func() {}
	}
	if err := sub.SetPendingLimits(inbox, inboxSize); err != nil {
		b.counts.failed.Inc()
	}
	return func() {
		stop.Lock()
		stopped = true
		stop.Unlock()
		_ = sub.Unsubscribe() // it only fails when the bus is closed, and then there is nothing to leave
	}
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
	<-b.ended
	err := b.drain(ctx)
	b.stopServer()
	return err
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

// pump is the only sender, so that a stalled connection holds up nobody but itself.
func (b *Bus) pump() {
	defer close(b.ended)
	for h := range b.out {
		data, err := json.Marshal(h)
		if err == nil {
			err = b.conn.Publish(h.Subject(), data)
		}
		if err != nil {
			b.counts.failed.Inc()
			continue
		}
		b.counts.published.Inc()
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
