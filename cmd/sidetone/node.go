package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"sidetone/chat"
	"sidetone/internal/blob"
	"sidetone/internal/bus"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/media"
	"sidetone/internal/carrier/simulator"
	"sidetone/internal/config"
	"sidetone/internal/event"
	"sidetone/internal/firstrun"
	"sidetone/internal/id"
	"sidetone/internal/job"
	clusternode "sidetone/internal/node"
	"sidetone/internal/seal"
	"sidetone/internal/tenant"
	"sidetone/queues"
	"sidetone/smsapi"
	"sidetone/web/console"
)

// stopWithin is how long a clean stop may take unless told otherwise.
const stopWithin = 20 * time.Second

// nodeConfig is what a node is started with. Config, Listener and Log are needed.
type nodeConfig struct {
	config.Config // Listen and PublicURL are those of the listener: withAddress
	Listener      net.Listener
	Log           *slog.Logger
	Reachable     bool // PublicURL was set by the operator, so that carriers on the internet reach it

	Database   *database // opened from the settings when nil; the node closes it either way
	Seal       *seal.Box // from the settings when nil
	StopWithin time.Duration

	Simulator    *console.Simulator // the demo's phones
	SimulatorURL string             // the simulated carrier, which then answers below /sim too
	Simulated    *simulator.Carrier // when it is to follow the accounts that are set up at it
	Origins      []string           // further pages that may ask with a session
}

// node is everything one process serves. serve, demo, bench, soak and the tests start it in the same way; two in one
// process are two nodes.
type node struct {
	url       string
	id        id.Node
	db        *database
	bus       *bus.Bus
	accounts  *carrier.Accounts
	gate      *carrier.Gate
	lanes     *carrier.Lanes
	receipts  *carrier.Receipts
	chats     *chat.Service
	router    *queues.Router
	releaser  *smsapi.Releaser
	waits     *queues.Estimates
	jobs      *job.Client
	media     *media.Service
	members   *clusternode.Node
	sessions  *tenant.Sessions
	setup     *firstrun.Service
	simulated *simulated
	metrics   *prometheus.Registry

	log     *slog.Logger
	cfg     nodeConfig
	started stack
	broken  chan error // the server ended by itself
}

// startNode starts the parts in the order in which they need each other: database, membership and bus, lanes, chats and
// routing, and the doors last. An error stops what was started.
func startNode(ctx context.Context, cfg nodeConfig) (*node, error) {
	if cfg.StopWithin <= 0 {
		cfg.StopWithin = stopWithin
	}
	n := &node{url: cfg.URL(), log: cfg.Log, cfg: cfg, metrics: newRegistry(), broken: make(chan error, 4)}
	n.started.log = cfg.Log
	for _, start := range []func(context.Context) error{n.openDatabase, n.join, n.startChannel, n.startSimulated, n.startJobs, n.startDoors} {
		if err := start(ctx); err != nil {
			return nil, errors.Join(err, n.stop(context.WithoutCancel(ctx)))
		}
	}
	return n, nil
}

// stop ends the parts in the reverse order: the doors close and sockets say goodbye, what waits is committed, lanes record
// what is in flight and give their leases back, hints drain, the node leaves, the database stops.
func (n *node) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.StopWithin)
	defer cancel()
	began := time.Now()
	err := n.started.run(ctx)
	n.log.Info("stopped", "took", time.Since(began).Round(time.Millisecond))
	return err
}

// wait returns when ctx ends, or with what broke.
func (n *node) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		n.log.Info("stopping")
		return nil
	case err := <-n.broken:
		return err
	}
}

func (n *node) openDatabase(ctx context.Context) (err error) {
	n.db = n.cfg.Database
	if n.db == nil {
		if n.db, err = openDatabase(ctx, n.cfg.Config, n.log); err != nil {
			return err
		}
	}
	n.started.push("the database", n.db.close, true)
	if n.cfg.Seal == nil {
		n.cfg.Seal, err = seal.Load(n.cfg.SealKey, n.cfg.SealKeyPath())
	}
	watchPool(n.metrics, n.db.Pool())
	return err
}

// join makes this process a node: its bus, its row, its heartbeat.
func (n *node) join(ctx context.Context) error {
	b := bus.Config{URL: n.cfg.NATSURL, Metrics: n.metrics}
	if b.URL == "" {
		secret, err := clusternode.Secret(ctx, n.db.DB)
		if err != nil {
			return err
		}
		b.Cluster = &bus.Cluster{Listen: n.cfg.ClusterListen, Advertise: n.cfg.ClusterAdvertise, Secret: secret}
	}
	var err error
	if n.bus, err = bus.Open(ctx, b); err != nil {
		return err
	}
	n.started.push("the bus", n.bus.Close, false)
	me, err := clusternode.Join(ctx, n.db.DB, clusternode.Config{
		RouteURL: n.bus.RouteURL(), OnPeers: n.bus.SetRoutes, OnDead: n.bury, Log: n.log, Metrics: n.metrics,
	}, time.Now())
	if err != nil {
		return err
	}
	n.id, n.members = me.ID(), me
	n.started.push("the node's row", me.Leave, true)
	n.background("the heartbeat", me.Run)
	n.log.Info("joined", "node", n.id, "bus", n.bus.RouteURL())
	return nil
}

// bury ends what a dead node left: its agents' sockets, and the offers to those who have no other. These are expected back.
func (n *node) bury(ctx context.Context, dead id.Node) error {
	gone, err := tenant.SweepSockets(ctx, n.db.DB, dead)
	for _, g := range gone {
		if g.Connected || n.router == nil {
			continue
		}
		err = errors.Join(err, n.router.AgentGone(ctx, g.Tenant, g.User), n.chats.AgentGone(ctx, g.Tenant, g.User), n.expectBack(ctx, g))
	}
	return err
}

func (n *node) expectBack(ctx context.Context, g tenant.Gone) error {
	rules, err := n.chats.Rules(ctx, g.Tenant)
	if err != nil {
		return err
	}
	by := time.Now().Add(rules.Settings(0).Duration(tenant.UnresponsiveAfter))
	return n.db.InTenantTx(ctx, g.Tenant, func(tx pgx.Tx) error { return tenant.ExpectReturn(ctx, tx, g.Tenant, g.User, by) })
}

// startChannel starts what works without being asked: lanes, timers, routing.
func (n *node) startChannel(ctx context.Context) error {
	log, db := n.log, n.db.DB
	n.sessions = tenant.NewSessions(db)
	n.gate = carrier.NewGate(time.Now)
	n.accounts = carrier.NewAccounts(db, n.cfg.Seal, n.url)
	if err := n.openMedia(ctx); err != nil {
		return err
	}
	metrics := carrier.NewMetrics(n.metrics)
	n.lanes = carrier.NewLanes(carrier.Config{
		DB: db, Node: n.id, Senders: n.accounts.Sender, Gate: n.gate, Publish: n.bus.Publish, Log: log, Metrics: metrics,
		Now: time.Now, Resend: n.resend, MediaURL: n.media.Link,
	})
	n.receipts = carrier.NewReceipts(db, n.bus.Publish, log, metrics)
	n.router = queues.NewRouter(queues.RouterConfig{
		DB: db, Publish: n.bus.Publish, Now: time.Now, Log: log,
		Settings: n.settingsOf,
		InHours: func(ctx context.Context, t id.Tenant, q id.Queue, at time.Time) (bool, error) {
			rules, err := n.chats.Rules(ctx, t)
			return err == nil && rules.Open(q, at), err
		},
		Gone: func(ctx context.Context, t id.Tenant, agent id.User) error { return n.chats.AgentGone(ctx, t, agent) },
		Answer: func(ctx context.Context, t id.Tenant, c id.Chat, agent id.User) error {
			return n.chats.Answer(ctx, t, c, agent)
		},
	})
	n.waits = queues.NewEstimates(queues.EstimatesConfig{DB: db, Settings: n.settingsOf, Now: time.Now, Log: log})
	n.chats = chat.NewService(chat.Config{
		DB: db, Gate: n.gate, Seal: n.cfg.Seal, Publish: n.bus.Publish, Wake: n.lanes.Wake, Route: n.router.Wake, Estimate: n.waits.Known, Media: n.media,
		Now: time.Now, Log: log, Metrics: chat.NewMetrics(n.metrics),
	})
	for _, subject := range []string{event.LaneSubjects, event.StopSubjects, event.SettingsSubjects} {
		cancel := n.bus.Subscribe(subject, n.hear)
		n.started.push("", func(context.Context) error { cancel(); return nil }, true)
	}
	n.lanes.Start()
	n.started.push("the lanes", plain(n.lanes.Stop), false)
	n.started.push("receipts", plain(n.receipts.Stop), false)
	n.router.Start()
	n.started.push("routing", plain(n.router.Stop), false)
	sweeper := chat.NewSweeper(n.chats)
	sweeper.Start()
	n.started.push("the timers", plain(sweeper.Stop), false)
	n.started.push("chats", plain(n.chats.Stop), false)
	n.releaser = smsapi.NewReleaser(smsapi.ReleaserConfig{DB: db, Rules: n.chats.Rules, Wake: n.lanes.Wake, Now: time.Now, Log: log})
	n.releaser.Start()
	n.started.push("session-less texts", plain(n.releaser.Stop), false)
	n.background("the estimates of waits", n.waits.Run)
	n.background("the purge of sessions", n.purgeSessions)
	return nil
}

// openMedia opens the store of files. Chats and jobs, which media need, come later than they do; both are there before the
// doors open.
func (n *node) openMedia(ctx context.Context) error {
	blobs, err := blob.Open(ctx, n.cfg.BlobURL, n.cfg.BlobPath())
	if err != nil {
		return err
	}
	n.media = media.New(media.Config{
		DB: n.db.DB, Blobs: blobs, Accounts: n.accounts, Links: media.Links{Box: n.cfg.Seal, Base: n.url}, Outside: n.cfg.Reachable,
		Settings: func(ctx context.Context, t id.Tenant) (tenant.Settings, error) {
			rules, err := n.chats.Rules(ctx, t)
			if err != nil {
				return tenant.Settings{}, err
			}
			return rules.Settings(0), nil
		},
		Enqueue: func(ctx context.Context, tx pgx.Tx, jobs ...job.Args) error { return n.jobs.Enqueue(ctx, tx, jobs...) },
		Settle: func(ctx context.Context, t id.Tenant, s media.Settlement) error {
			return n.chats.SettleMedia(ctx, t, s)
		},
		Now: time.Now,
	})
	return nil
}

// settingsOf are those of a queue as cached, or the tenant's for 0.
func (n *node) settingsOf(ctx context.Context, t id.Tenant, q id.Queue) (tenant.Settings, error) {
	rules, err := n.chats.Rules(ctx, t)
	if err != nil {
		return tenant.Settings{}, err
	}
	return rules.Settings(q), nil
}

// hear passes hints that concern the whole node on; those for agents go to their sockets.
func (n *node) hear(h event.Hint) {
	if h.Kind == event.Settings {
		n.chats.Forget(h.Tenant)
		n.accounts.Forget(h.Tenant)
		n.simulated.wake()
		n.router.Wake(h.Tenant) // a limit, a queue's agents or its rules may let somebody have more
	}
	n.lanes.Hint(h)
}

// resend is the setting ambiguous_send. Without an answer a text is rather not sent twice.
func (n *node) resend(t id.Tenant) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	rules, err := n.chats.Rules(ctx, t)
	if err != nil {
		n.log.Warn("read whether lost texts are sent again", "tenant", t, "error", err)
		return false
	}
	return rules.Settings(0).Choice(tenant.AmbiguousSend) == "retry"
}

// startJobs begins what may take long or fail. Kinds of all floors stand here.
func (n *node) startJobs(ctx context.Context) (err error) {
	n.jobs, err = job.New(job.Config{
		DB: n.db.DB, Log: n.log, Metrics: n.metrics, Kinds: append(n.media.Kinds(), n.chats.Kinds()...), Periodic: append(n.media.Periodic(), n.chats.Periodic()...),
	})
	if err != nil {
		return err
	}
	if err := n.jobs.Start(ctx); err != nil {
		return err
	}
	n.started.push("the jobs", n.jobs.Stop, false)
	return nil
}

func (n *node) purgeSessions(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if _, err := n.sessions.Purge(ctx, now); err != nil && ctx.Err() == nil {
				n.log.Warn("purge old sessions", "error", err)
			}
		}
	}
}

// background runs until the node stops.
func (n *node) background(name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	n.started.push(name, func(context.Context) error {
		cancel()
		return <-ended
	}, false)
}

func plain(stop func()) func(context.Context) error {
	return func(context.Context) error {
		stop()
		return nil
	}
}
