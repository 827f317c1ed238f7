// Package node makes this process a member of the cluster: it registers it, keeps it alive by heartbeats, tells it where the
// others' buses are, and has what a dead node left cleaned up. It does not own what nodes lease or hold; it says who is
// dead, and those parts take it from there.
package node

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// The rhythm of a cluster. All nodes of one should agree on it.
const (
	defaultInterval  = 2 * time.Second
	defaultDeadAfter = 10 * time.Second
)

// Config of a node. The zero value is a node that nobody meets.
type Config struct {
	RouteURL  string        // where the others reach its bus (bus.RouteURL)
	Interval  time.Duration // between heartbeats, 2 s
	DeadAfter time.Duration // without a heartbeat, 10 s

	// OnPeers gets the route URLs of the other living nodes, at each heartbeat (bus.SetRoutes).
	OnPeers func(urls []string) error
	// OnDead cleans up after a dead node (tenant.SweepSockets). It is called until it succeeds, and may be called twice.
	OnDead func(ctx context.Context, dead id.Node) error
	// OnRevived is called when this node was taken for dead and has come back: the others have cleaned up after it.
	OnRevived func(ctx context.Context) error

	Log     *slog.Logger          // slog.Default when nil
	Metrics prometheus.Registerer // may be nil
}

// Node is this process in the cluster.
type Node struct {
	id      id.Node
	db      *pg.DB
	cfg     Config
	log     *slog.Logger
	living  prometheus.Gauge
	count   atomic.Int32 // of living nodes, at the last heartbeat
	missed  prometheus.Counter
	last    time.Time // the last heartbeat that came through
	steady  time.Time // since when they came without a gap
	revived bool      // OnRevived is owed
}

var sql = NewQueries() // holds nothing

// Join registers this process and meets the others. Then call Run.
func Join(ctx context.Context, db *pg.DB, cfg Config, now time.Time) (*Node, error) {
	if cfg.Interval <= 0 {
		cfg.Interval = defaultInterval
	}
	if cfg.DeadAfter <= 0 {
		cfg.DeadAfter = defaultDeadAfter
	}
	n := &Node{db: db, cfg: cfg, log: cfg.Log, steady: now}
	if n.log == nil {
		n.log = slog.Default()
	}
	if err := n.register(); err != nil {
		return nil, err
	}
	var err error
	if n.id, err = sql.Register(ctx, db.Pool(), cfg.RouteURL); err != nil {
		return nil, fmt.Errorf("register this node: %w", err)
	}
	return n, n.Beat(ctx, now)
}

// ID is this node's, new at each start.
func (n *Node) ID() id.Node { return n.id }

// Living is how many nodes there were at the last heartbeat, this one too: what they share is divided by it.
func (n *Node) Living() int { return int(n.count.Load()) }

// Run beats until ctx ends. A heartbeat that fails is logged, and the next one tries again.
func (n *Node) Run(ctx context.Context) error {
	tick := time.NewTicker(n.cfg.Interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			n.beatOnce(ctx, now)
		}
	}
}

func (n *Node) beatOnce(ctx context.Context, now time.Time) {
	beat, cancel := context.WithTimeout(ctx, n.cfg.DeadAfter)
	defer cancel()
	if err := n.Beat(beat, now); err != nil && ctx.Err() == nil {
		n.missed.Inc()
		n.log.WarnContext(ctx, "a heartbeat failed", "node", n.id, "error", err)
	}
}

// Beat is one heartbeat: it says that this node lives, hears who else does, and cleans up after those who do not.
func (n *Node) Beat(ctx context.Context, now time.Time) error {
	peers, err := n.alive(ctx)
	if err != nil {
		return err
	}
	if now.Sub(n.last) > n.cfg.DeadAfter/2 {
		n.steady = now
	}
	n.last = now
	n.living.Set(float64(len(peers) + 1))
	n.count.Store(int32(len(peers) + 1)) //nolint:gosec // a cluster is small
	if n.revived && n.cfg.OnRevived != nil {
		if err := n.cfg.OnRevived(ctx); err != nil {
			return fmt.Errorf("come back to life: %w", err)
		}
	}
	n.revived = false
	if n.cfg.OnPeers != nil {
		if err := n.cfg.OnPeers(peers); err != nil {
			return fmt.Errorf("meet the other nodes: %w", err)
		}
	}
	// After an outage of the database every node looks dead; only who has been well for a while may judge.
	if now.Sub(n.steady) < n.cfg.DeadAfter {
		return nil
	}
	return n.bury(ctx)
}

func (n *Node) alive(ctx context.Context) (peers []string, err error) {
	err = n.db.InTx(ctx, func(tx pgx.Tx) error {
		known, err := sql.Heartbeat(ctx, tx, n.cfg.RouteURL, n.id)
		if err != nil {
			return fmt.Errorf("beat: %w", err)
		}
		if known == 0 {
			n.revived = true
			if err := sql.Revive(ctx, tx, n.id, n.cfg.RouteURL); err != nil {
				return fmt.Errorf("register this node again: %w", err)
			}
		}
		living, err := sql.Living(ctx, tx, n.cfg.DeadAfter.Seconds())
		if err != nil {
			return fmt.Errorf("look for other nodes: %w", err)
		}
		for _, l := range living {
			if l.ID != n.id {
				peers = append(peers, l.RouteUrl)
			}
		}
		return nil
	})
	return peers, err
}

// bury cleans up before it removes the row, so that what fails is done again.
func (n *Node) bury(ctx context.Context) error {
	return n.db.InTx(ctx, func(tx pgx.Tx) error {
		dead, err := sql.Dead(ctx, tx, n.cfg.DeadAfter.Seconds())
		if err != nil {
			return fmt.Errorf("look for dead nodes: %w", err)
		}
		for _, d := range dead {
			n.log.WarnContext(ctx, "a node is dead", "node", d)
			if err := n.remove(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func (n *Node) remove(ctx context.Context, tx pgx.Tx, gone id.Node) error {
	if n.cfg.OnDead != nil {
		if err := n.cfg.OnDead(ctx, gone); err != nil {
			return fmt.Errorf("clean up after node %d: %w", gone, err)
		}
	}
	if err := sql.Remove(ctx, tx, gone); err != nil {
		return fmt.Errorf("remove node %d: %w", gone, err)
	}
	return nil
}

// Leave takes this node out of the cluster and cleans up after it. Run must have returned.
func (n *Node) Leave(ctx context.Context) error {
	return n.db.InTx(ctx, func(tx pgx.Tx) error { return n.remove(ctx, tx, n.id) })
}

func (n *Node) register() error {
	n.living = prometheus.NewGauge(prometheus.GaugeOpts{Name: "sidetone_nodes", Help: "Living nodes, as this one sees them."})
	n.missed = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "sidetone_node_heartbeat_failures_total", Help: "Heartbeats of this node that failed.",
	})
	if n.cfg.Metrics == nil {
		return nil
	}
	for _, c := range []prometheus.Collector{n.living, n.missed} {
		if err := n.cfg.Metrics.Register(c); err != nil {
			return fmt.Errorf("register the metrics of the node: %w", err)
		}
	}
	return nil
}

// Secret is what the nodes of this database share; the first to ask makes it. The bus takes its trust from it.
func Secret(ctx context.Context, db *pg.DB) ([]byte, error) {
	made := make([]byte, 32)
	rand.Read(made) // never fails: crypto/rand ends the process instead
	if err := sql.MakeSecret(ctx, db.Pool(), made); err != nil {
		return nil, fmt.Errorf("make the secret of the cluster: %w", err)
	}
	secret, err := sql.ReadSecret(ctx, db.Pool())
	if err != nil {
		return nil, fmt.Errorf("read the secret of the cluster: %w", err)
	}
	return secret, nil
}
