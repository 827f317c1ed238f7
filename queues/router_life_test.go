package queues

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
)

// soon is how long a running router may take before a test fails; none waits so long.
const soon, often = 15 * time.Second, 5 * time.Millisecond

func (o *office) eventuallyOffered(t testing.TB, agent id.User, chats ...id.Chat) {
	t.Helper()
	require.Eventually(t, func() bool {
		got := o.offered(t, agent)
		return fmt.Sprint(got) == fmt.Sprint(chats)
	}, soon, often)
}

func TestARouterMayBeStartedAndStoppedTwice(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann := o.insertAgent(t, "Ann", limit(2))
	one := o.insertWaiting(t, 2*time.Minute) // nobody wakes the router for it
	o.router.Wake(o.tenant)                  // not running: nothing happens
	o.router.Stop()
	o.router.Start()
	o.router.Start()
	o.eventuallyOffered(t, ann, one)
	o.router.Stop()
	o.router.Stop()
	two := o.insertWaiting(t, time.Minute)
	o.router.Wake(o.tenant)
	require.Equal(t, []id.Chat{one}, o.offered(t, ann))
	o.router.Start()
	t.Cleanup(o.router.Stop)
	o.eventuallyOffered(t, ann, one, two)
}

func TestARunningRouterDoesWhatItIsWokenForAndEndsLeases(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.router.Start()
	t.Cleanup(o.router.Stop)
	ann := o.insertAgent(t, "Ann", limit(1))
	chat := o.insertWaiting(t, time.Minute)
	o.router.Wake(o.tenant)
	o.eventuallyOffered(t, ann, chat)

	o.clock.pass(lease)
	require.Eventually(t, func() bool { return o.states(t, chat)["expired"] == 1 }, soon, often)
	o.eventuallyOffered(t, ann, chat)

	next := o.insertWaiting(t, time.Second)
	require.NoError(t, o.router.Decline(t.Context(), o.tenant, chat, ann))
	o.eventuallyOffered(t, ann, next)
}

// What a chat that has ended leaves in due (wrap-up: package chat) is a moment at which somebody has a slot again.
func TestWhenTheTimeForWrapUpIsOverTheRouterLooksAtWhoIsFree(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann := o.insertAgent(t, "Ann", limit(1))
	ended, next := o.insertWaiting(t, 2*time.Minute), o.insertWaiting(t, time.Minute)
	o.exec(t, "update chats set status = 'finished', queued_at = null, agent_id = $3, assigned_at = $4, disconnected_by = 'disconnected_by_agent', fail_reason = 'nothing', ended_at = $4 where tenant_id = $1 and id = $2", ended, ann, noon)
	until := noon.Add(time.Minute)
	o.exec(t, "insert into wrap_ups (tenant_id, chat_id, agent_id, began_at, until) values ($1, $2, $3, $4, $5)", ended, ann, noon, until)
	o.exec(t, "insert into due (tenant_id, kind, ref, due_at) values ($1, 'offer', $2, $3) on conflict (tenant_id, kind, ref) do update set due_at = $3", ended, until)

	o.clock.pass(grace)
	_, err := o.router.expire(t.Context()) // what waits was looked at, in vain
	require.NoError(t, err)
	o.clock.pass(time.Minute - grace - time.Microsecond)
	woken, err := o.router.expire(t.Context())
	require.NoError(t, err)
	require.NotContains(t, woken, o.tenant)
	o.route(t)
	require.Empty(t, o.offered(t, ann), "the chat takes her slot")

	o.clock.pass(time.Microsecond)
	woken, err = o.router.expire(t.Context())
	require.NoError(t, err)
	require.Equal(t, []id.Tenant{o.tenant}, woken)
	_, owed := o.due(t, ended)
	require.False(t, owed)
	o.route(t)
	require.Equal(t, []id.Chat{next}, o.offered(t, ann))
}

func TestManyWakesAreOneRun(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var runs atomic.Int32
	started, goOn := make(chan struct{}, 10), make(chan struct{})
	o.router.Settings = func(_ context.Context, _ id.Tenant, q id.Queue) (tenant.Settings, error) {
		if q == 0 {
			runs.Add(1)
			started <- struct{}{}
			<-goOn
		}
		return tenant.Settings{}, nil
	}
	o.router.Start()
	t.Cleanup(o.router.Stop)
	o.router.Wake(o.tenant)
	<-started
	for range 1000 {
		o.router.Wake(o.tenant) // while one run is under way
	}
	close(goOn)
	require.Eventually(t, func() bool {
		o.router.mu.Lock()
		defer o.router.mu.Unlock()
		return len(o.router.working) == 0
	}, soon, often)
	require.EqualValues(t, 2, runs.Load())
}

func TestARunThatFailedIsRepeated(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann := o.insertAgent(t, "Ann")
	var tries atomic.Int32
	o.router.Settings = func(context.Context, id.Tenant, id.Queue) (tenant.Settings, error) {
		if tries.Add(1) == 1 {
			return tenant.Settings{}, context.DeadlineExceeded
		}
		return tenant.Settings{}, nil
	}
	o.router.Start()
	t.Cleanup(o.router.Stop)
	chat := o.insertWaiting(t, time.Minute)
	o.router.Wake(o.tenant)
	o.eventuallyOffered(t, ann, chat)
}

// TestSeveralNodesRouteAtOnce lets three nodes route, sweep, accept, decline and go at the same time, over few agents and
// many chats. Whatever happens, nobody has more than their slots, no chat has two agents, no offer outlives its chat's
// wait, and no statement is a victim of a deadlock.
func TestSeveralNodesRouteAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var agents []id.User
	for i := range 6 {
		agents = append(agents, o.insertAgent(t, fmt.Sprint("Agent", i), limit(3)))
	}
	o.insertWaitingMany(t, 30, o.queue, time.Hour)
	chat := chatStatements(t)

	var all sync.WaitGroup
	var accepted atomic.Int32
	errors := make(chan error, 1000)
	for node := range 3 {
		db := openNode(t, o.db)
		router := o.newRouter(db)
		all.Go(func() {
			for range 60 {
				errors <- router.runOnce(t.Context())
				o.clock.pass(300 * time.Millisecond)
			}
		})
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(node)))
			for range 80 {
				agent := agents[random.IntN(len(agents))]
				offers, err := router.Open(t.Context(), o.tenant, agent)
				errors <- err
				switch n := random.IntN(10); {
				case n == 0:
					errors <- router.AgentGone(t.Context(), o.tenant, agent)
				case len(offers) == 0:
				case n < 4:
					_ = router.Decline(t.Context(), o.tenant, offers[0].Chat, agent)
				default:
					took, err := chat.accept(t.Context(), db, o.tenant, offers[random.IntN(len(offers))].Chat, agent, o.clock.now())
					errors <- err
					if took {
						accepted.Add(1)
					}
				}
			}
		})
	}
	go func() { all.Wait(); close(errors) }()
	for err := range errors {
		require.NoError(t, err)
	}

	require.Empty(t, scans[string](t, o, `select u.name from users u where u.tenant_id = $1 and u.chat_limit <
		(select count(*) from chats c where c.agent_id = u.id and c.status = 'assigned') +
		(select count(*) from offers f where f.user_id = u.id and f.state = 'open')`), "more than their slots")
	require.Equal(t, accepted.Load(), scan[int32](t, o, "select count(*)::int from chats where tenant_id = $1 and status = 'assigned'"))
	require.Positive(t, accepted.Load())
	require.Empty(t, scans[int64](t, o, `select f.id from offers f join chats c on c.id = f.chat_id
		where f.tenant_id = $1 and f.state = 'open' and c.status <> 'queued'`), "offers of chats that wait no longer")
	require.Empty(t, scans[int64](t, o, `select c.id from chats c where c.tenant_id = $1 and c.status = 'queued'
		and not exists (select from due d where d.tenant_id = $1 and d.kind = 'offer' and d.ref = c.id)`), "a chat without a next step")
}

// openNode is another node's pool on the same database.
func openNode(t testing.TB, db *pg.DB) *pg.DB {
	t.Helper()
	return pgtest.Open(t, pgtest.Database{AppURL: db.URL()})
}
