package node_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"sidetone/internal/bus"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/node"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
)

const soon = 20 * time.Second

// member is a process of the cluster: a pool, a bus and a node of its own.
type member struct {
	bus   *bus.Bus
	node  *node.Node
	heard chan event.Hint

	mu   sync.Mutex
	dead []id.Node
	stop func()
}

func start(t *testing.T, d pgtest.Database) *member {
	t.Helper()
	db := pgtest.Open(t, d)
	secret, err := node.Secret(t.Context(), db)
	require.NoError(t, err)
	m := &member{heard: make(chan event.Hint, 10_000)}
	m.bus, err = bus.Open(t.Context(), bus.Config{Cluster: &bus.Cluster{Secret: secret}})
	require.NoError(t, err)
	m.bus.Subscribe(event.SettingsSubjects, func(h event.Hint) { m.heard <- h })
	m.node, err = node.Join(t.Context(), db, node.Config{
		RouteURL: m.bus.RouteURL(), Interval: 50 * time.Millisecond, DeadAfter: time.Second, OnPeers: m.bus.SetRoutes,
		OnDead: func(_ context.Context, n id.Node) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.dead = append(m.dead, n)
			return nil
		},
		Metrics: prometheus.NewRegistry(),
	}, time.Now())
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = m.node.Run(ctx) })
	m.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		_ = m.bus.Close(context.Background())
	})
	t.Cleanup(m.stop)
	return m
}

func (m *member) buried() []id.Node {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]id.Node(nil), m.dead...)
}

// requireHears waits until a hint of one reaches the other.
func requireHears(t *testing.T, from, to *member) {
	t.Helper()
	require.Eventually(t, func() bool {
		from.bus.Publish(event.Hint{Kind: event.Settings, Tenant: id.Tenant(from.node.ID())})
		for {
			select {
			case h := <-to.heard:
				if h.Tenant == id.Tenant(from.node.ID()) {
					return true
				}
			default:
				return false
			}
		}
	}, soon, 20*time.Millisecond)
}

func nodes(t *testing.T, db *pg.DB) (n int) {
	t.Helper()
	require.NoError(t, db.Pool().QueryRow(t.Context(), "select count(*) from nodes").Scan(&n))
	return n
}

func TestNodesMeetAndOutliveEachOther(t *testing.T) {
	t.Parallel()
	d := pgtest.NewDatabase(t)
	ann := start(t, d)
	bob := start(t, d)
	require.NotEqual(t, ann.node.ID(), bob.node.ID())
	requireHears(t, ann, bob)
	requireHears(t, bob, ann)

	bob.stop() // killed: it does not leave
	carl := start(t, d)
	requireHears(t, ann, carl)
	requireHears(t, carl, ann)
	require.Eventually(t, func() bool {
		return len(ann.buried())+len(carl.buried()) > 0
	}, soon, 20*time.Millisecond)
	require.Subset(t, []id.Node{bob.node.ID()}, append(ann.buried(), carl.buried()...))

	bob = start(t, d) // again, on another port
	requireHears(t, bob, ann)
	requireHears(t, bob, carl)
	requireHears(t, carl, bob)
	require.Eventually(t, func() bool { return ann.bus.Routes() == 2 }, soon, 20*time.Millisecond)
}

func TestWhoLeavesIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	d := pgtest.NewDatabase(t)
	ann, bob := start(t, d), start(t, d)
	requireHears(t, ann, bob)
	bob.stop()
	require.NoError(t, bob.node.Leave(t.Context()))
	require.Equal(t, 1, nodes(t, pgtest.Open(t, d)))
	require.Equal(t, []id.Node{bob.node.ID()}, bob.buried(), "it cleans up after itself")
	require.Eventually(t, func() bool { return ann.bus.Routes() == 0 }, soon, 20*time.Millisecond)
}

// silent makes a node without a loop: the test beats for it.
func silent(t *testing.T, db *pg.DB, cfg node.Config, now time.Time) *node.Node {
	t.Helper()
	cfg.DeadAfter = 10 * time.Second
	n, err := node.Join(t.Context(), db, cfg, now)
	require.NoError(t, err)
	return n
}

func ageBy(t *testing.T, db *pg.DB, n *node.Node, by time.Duration) {
	t.Helper()
	_, err := db.Pool().Exec(t.Context(), "update nodes set seen_at = seen_at - make_interval(secs => $2) where id = $1", n.ID(), by.Seconds())
	require.NoError(t, err)
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestANodeThatWasTakenForDeadComesBackAsItself(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	revived := 0
	bob := silent(t, db, node.Config{OnRevived: func(context.Context) error { revived++; return nil }}, noon)
	var peers []string
	ann := silent(t, db, node.Config{OnPeers: func(urls []string) error { peers = urls; return nil }}, noon)
	require.Len(t, peers, 1)

	ageBy(t, db, bob, 11*time.Second)
	for at := noon; at.Before(noon.Add(12 * time.Second)); at = at.Add(2 * time.Second) {
		require.NoError(t, ann.Beat(t.Context(), at))
	}
	require.Empty(t, peers)
	require.Equal(t, 1, nodes(t, db))

	require.NoError(t, bob.Beat(t.Context(), noon.Add(12*time.Second)))
	require.NoError(t, bob.Beat(t.Context(), noon.Add(14*time.Second)))
	require.Equal(t, 1, revived)
	require.NoError(t, ann.Beat(t.Context(), noon.Add(14*time.Second)))
	require.Len(t, peers, 1)
}

func TestAfterAnOutageOfTheDatabaseNobodyIsBuriedAlive(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann, bob := silent(t, db, node.Config{}, noon), silent(t, db, node.Config{}, noon)
	ageBy(t, db, ann, time.Hour)
	ageBy(t, db, bob, time.Hour)
	back := noon.Add(time.Hour)
	require.NoError(t, ann.Beat(t.Context(), back))
	require.Equal(t, 2, nodes(t, db))
	for at := back; !at.After(back.Add(10 * time.Second)); at = at.Add(2 * time.Second) {
		require.NoError(t, ann.Beat(t.Context(), at))
	}
	require.Equal(t, 1, nodes(t, db), "bob had time enough")
}

func TestWhatIsNotCleanedUpIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	sorry := errors.New("sorry")
	var fails error
	calls := 0
	ann := silent(t, db, node.Config{OnDead: func(context.Context, id.Node) error { calls++; return fails }}, noon.Add(-time.Minute))
	bob := silent(t, db, node.Config{}, noon)
	ageBy(t, db, bob, 11*time.Second)
	require.NoError(t, ann.Beat(t.Context(), noon), "not steady yet")
	fails = sorry
	for _, at := range []time.Duration{4, 8} {
		require.NoError(t, ann.Beat(t.Context(), noon.Add(at*time.Second)))
	}
	require.ErrorIs(t, ann.Beat(t.Context(), noon.Add(12*time.Second)), sorry)
	require.Equal(t, 2, nodes(t, db))
	fails = nil
	require.NoError(t, ann.Beat(t.Context(), noon.Add(14*time.Second)))
	require.Equal(t, 1, nodes(t, db))
	require.Equal(t, 2, calls)
}

func TestAllNodesShareOneSecret(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var wg sync.WaitGroup
	got := make([][]byte, 8)
	for i := range got {
		wg.Go(func() {
			secret, err := node.Secret(t.Context(), db)
			require.NoError(t, err)
			got[i] = secret
		})
	}
	wg.Wait()
	require.Len(t, got[0], 32)
	for _, s := range got {
		require.Equal(t, got[0], s)
	}
}
