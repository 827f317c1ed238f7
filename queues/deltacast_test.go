package queues

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// newDeltacast is an office whose queue asks one agent at a time: Ann, who has been idle the longest, then Bob.
func newDeltacast(t testing.TB) (o *office, ann, bob id.User) {
	t.Helper()
	o = newOffice(t)
	o.set(o.queue, "offer_mode", `"deltacast"`)
	ann, bob = o.insertAgent(t, "Ann"), o.insertAgent(t, "Bob")
	o.idle(t, ann, time.Hour)
	o.idle(t, bob, time.Minute)
	return o, ann, bob
}

func (o *office) idle(t testing.TB, agent id.User, since time.Duration) {
	o.exec(t, "update users set free_since = $3 where tenant_id = $1 and id = $2", agent, noon.Add(-since))
}

func (o *office) statusOf(t testing.TB, agent id.User) string {
	return scan[string](t, o, "select status from users where tenant_id = $1 and id = $2", agent)
}

// history lists what an agent did: the status and how it came about.
func (o *office) history(t testing.TB, agent id.User) []string {
	return scans[string](t, o, "select status || ' ' || why from agent_status_history where tenant_id = $1 and user_id = $2 order by id", agent)
}

func (o *office) turn(t testing.TB) {
	t.Helper()
	require.NoError(t, o.router.runOnce(t.Context()))
}

func TestDeltacastAsksOneAndThenTheNext(t *testing.T) {
	t.Parallel()
	o, ann, bob := newDeltacast(t)
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	require.Equal(t, []id.User{ann}, o.told(t))
	require.Equal(t, []id.Chat{chat}, o.offered(t, ann))
	require.Empty(t, o.offered(t, bob))
	next, _ := o.due(t, chat)
	require.Equal(t, lease, next)
	o.route(t)
	require.Empty(t, o.told(t), "nobody else while she decides")

	o.clock.pass(time.Second)
	require.NoError(t, o.router.Decline(t.Context(), o.tenant, chat, ann))
	o.route(t)
	require.Empty(t, o.offered(t, ann))
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob))
	require.Equal(t, []string{"deltacast 1 declined", "deltacast 2 open"},
		scans[string](t, o, "select mode || ' ' || attempt || ' ' || state from offers where tenant_id = $1 order by id"))
	require.Equal(t, "available", o.statusOf(t, ann), "who declines is there")
}

func TestAMissedDeltacastOfferMakesTheAgentMissedChatUntilTheyChangeIt(t *testing.T) {
	t.Parallel()
	o, ann, bob := newDeltacast(t)
	chat := o.insertWaiting(t, 2*time.Minute)
	other := o.insertQueue(t) // a multicast queue, whose offer rings too
	o.exec(t, "insert into queue_agents (tenant_id, queue_id, user_id) values ($1, $2, $3)", other, ann)
	o.clock.pass(time.Second)
	o.route(t)
	second := o.insertWaiting(t, 0, other)
	o.clock.pass(lease / 2)
	o.route(t)
	require.Equal(t, []id.Chat{chat, second}, o.offered(t, ann))
	o.told(t)

	o.clock.pass(lease / 2)
	_, err := o.router.expire(t.Context())
	require.NoError(t, err)
	require.Contains(t, o.hints, event.Hint{Kind: event.AgentChanged, Tenant: o.tenant, User: ann})
	o.hints = nil
	require.Equal(t, "missed_chat", o.statusOf(t, ann))
	require.Equal(t, []string{"missed_chat missed"}, o.history(t, ann))
	require.Empty(t, o.offered(t, ann), "what else rang is withdrawn")
	require.Equal(t, map[string]int{"withdrawn": 1}, o.states(t, second))
	o.turn(t)
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob), "the second attempt")

	_, err = o.router.SetStatus(t.Context(), o.tenant, ann, tenant.Available, 0)
	require.NoError(t, err)
	o.hints = nil
	o.turn(t)
	require.Equal(t, []id.Chat{second}, o.offered(t, ann), "she may have others again")
	require.Equal(t, []string{"missed_chat missed", "available self"}, o.history(t, ann))
}

func TestTheThresholdCountsMissesSinceTheAgentBecameAvailable(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.set(o.queue, "offer_mode", `"deltacast"`)
	o.set(o.queue, "offer_then_multicast", `false`)
	o.set(o.queue, "missed_threshold", `3`)
	ann := o.insertAgent(t, "Ann")
	o.insertWaiting(t, time.Minute)
	miss := func() {
		o.turn(t)
		o.clock.pass(lease)
		o.turn(t)
	}
	miss()
	miss()
	require.Equal(t, "available", o.statusOf(t, ann))
	for _, s := range []tenant.Status{tenant.Break, tenant.Available} {
		_, err := o.router.SetStatus(t.Context(), o.tenant, ann, s, 0)
		require.NoError(t, err)
	}
	miss()
	miss()
	require.Equal(t, "available", o.statusOf(t, ann), "the break began anew")
	miss()
	require.Equal(t, "missed_chat", o.statusOf(t, ann))
}

func TestAThresholdOfZeroIsNever(t *testing.T) {
	t.Parallel()
	o, ann, _ := newDeltacast(t)
	o.set(o.queue, "missed_threshold", `0`)
	o.insertWaiting(t, time.Minute)
	for range 4 {
		o.turn(t)
		o.clock.pass(lease)
	}
	require.Equal(t, "available", o.statusOf(t, ann))
	require.Empty(t, o.history(t, ann))
}

func TestAfterTheAttemptsAllAreAskedAndNobodyMissesThat(t *testing.T) {
	t.Parallel()
	o, ann, bob := newDeltacast(t)
	cora := o.insertAgent(t, "Cora")
	o.idle(t, cora, time.Second)
	chat := o.insertWaiting(t, time.Minute)
	o.turn(t)
	o.clock.pass(lease)
	o.turn(t) // Ann has missed it
	require.NoError(t, o.router.Decline(t.Context(), o.tenant, chat, bob))
	_, err := o.router.SetStatus(t.Context(), o.tenant, ann, tenant.Available, 0)
	require.NoError(t, err)
	o.turn(t)
	require.Equal(t, []id.Chat{chat}, o.offered(t, ann), "who missed it too")
	require.Equal(t, []id.Chat{chat}, o.offered(t, cora))
	require.Empty(t, o.offered(t, bob), "not within his lease")
	o.clock.pass(lease)
	o.turn(t)
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob), "the one who has not been asked with the others")
	for _, a := range []id.User{ann, bob, cora} {
		require.Equal(t, "available", o.statusOf(t, a))
	}
}

func TestADeltacastOfferOfAnAgentWhoGoesGoesToTheNext(t *testing.T) {
	t.Parallel()
	o, ann, bob := newDeltacast(t)
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	o.exec(t, "delete from presence where tenant_id = $1 and user_id = $2", ann)
	require.NoError(t, o.router.AgentGone(t.Context(), o.tenant, ann))
	o.route(t)
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob))
	require.Equal(t, "available", o.statusOf(t, ann), "she has missed nothing")
}

// A node that dies takes its sockets with it and tells nobody. The lease still ends, and another node's router goes on.
func TestADeltacastOfferOfADeadNodeEndsWithItsLease(t *testing.T) {
	t.Parallel()
	o, ann, bob := newDeltacast(t)
	chat := o.insertWaiting(t, time.Minute)
	o.route(t) // by the node that dies now
	o.router = o.newRouter(o.db)
	gone, err := tenant.SweepSockets(t.Context(), o.db, 77)
	require.NoError(t, err)
	require.Equal(t, []tenant.Gone{{Tenant: o.tenant, User: ann}, {Tenant: o.tenant, User: bob}}, gone, "all sockets were the dead node's")
	o.exec(t, "insert into presence (tenant_id, user_id, socket_id, node_id) values ($1, $2, gen_random_uuid(), 2)", bob)

	o.clock.pass(lease - time.Millisecond)
	o.turn(t)
	require.Empty(t, o.offered(t, bob))
	o.clock.pass(time.Millisecond)
	o.turn(t)
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob))
}

func TestAnAcceptedDeltacastOfferIsOver(t *testing.T) {
	t.Parallel()
	o, ann, bob := newDeltacast(t)
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	o.accept(t, chat, ann)
	o.clock.pass(lease)
	o.turn(t)
	require.Empty(t, o.offered(t, bob))
	require.Equal(t, "available", o.statusOf(t, ann))
	next := o.insertWaiting(t, 0)
	o.route(t)
	require.Equal(t, []id.Chat{next}, o.offered(t, bob), "Ann has a chat, Bob has none")
}

func TestFewestAgentsFillsUpWhoIsBusy(t *testing.T) {
	t.Parallel()
	o, ann, bob := newDeltacast(t)
	o.set(0, "offer_policy", `"fewest_agents"`)
	first := o.insertWaiting(t, time.Minute)
	o.route(t)
	o.accept(t, first, ann)
	second := o.insertWaitingMany(t, 5, o.queue, time.Second)
	o.route(t)
	require.Equal(t, []id.Chat{second, second + 1, second + 2, second + 3}, o.offered(t, ann), "up to her limit")
	require.Equal(t, []id.Chat{second + 4}, o.offered(t, bob))
}

// The chats at the head ring elsewhere, and there are more of them than a first look reads.
func TestAFreeAgentGetsTheFirstChatThatNobodyDecidesAbout(t *testing.T) {
	t.Parallel()
	o, ann, _ := newDeltacast(t)
	first := o.insertWaitingMany(t, 30, o.queue, time.Hour)
	o.exec(t, "update users set chat_limit = 7 where tenant_id = $1")
	o.exec(t, "update users set status = 'break' where tenant_id = $1 and id = $2", ann)
	o.route(t)
	o.exec(t, "update users set status = 'available' where tenant_id = $1 and id = $2", ann)
	o.exec(t, "update users set chat_limit = 1 where tenant_id = $1 and id = $2", ann)
	o.route(t)
	require.Equal(t, []id.Chat{first + 7}, o.offered(t, ann))
}

func TestAQueueThatAnswersByItself(t *testing.T) {
	t.Parallel()
	o, ann, bob := newDeltacast(t)
	o.set(o.queue, "auto_answer", `true`)
	type answered struct {
		chat  id.Chat
		agent id.User
	}
	got := make(chan answered, 10)
	o.router.Answer = func(_ context.Context, _ id.Tenant, chat id.Chat, agent id.User) error {
		got <- answered{chat, agent}
		return nil
	}
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	require.Equal(t, answered{chat, ann}, <-got)
	require.Empty(t, o.told(t), "no desk rings")
	require.Empty(t, o.offered(t, ann))
	require.Equal(t, map[string]int{"open": 1}, o.states(t, chat), "a lease holds the slot until the chat does")

	o.clock.pass(lease) // the node died before it answered
	o.turn(t)
	require.Equal(t, answered{chat, bob}, <-got, "the next step")
	require.Equal(t, "available", o.statusOf(t, ann), "that was no fault of hers")
}
