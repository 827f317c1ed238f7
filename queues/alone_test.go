package queues

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

func TestAReturningChatGoesToItsLastAgentFirst(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann, bob := o.insertAgent(t, "Ann"), o.insertAgent(t, "Bob")
	chat := o.insertWaiting(t, 0)
	o.exec(t, "update chats set last_agent_id = $2, assigned_at = $3::timestamptz - interval '1 h', dismissed_at = $3::timestamptz - interval '30 min' where tenant_id = $1", bob, noon)
	o.route(t)
	require.Empty(t, o.offered(t, ann))
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob))
	o.clock.pass(lease)
	o.turn(t)
	require.Equal(t, []id.Chat{chat}, o.offered(t, ann), "he missed it, so it is for all")
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob))
	require.Equal(t, "available", o.statusOf(t, bob))
}

func TestATransferredChatDoesNotReturnToWhoGaveItAway(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann, bob := o.insertAgent(t, "Ann"), o.insertAgent(t, "Bob")
	chat := o.insertWaiting(t, 0)
	o.exec(t, "update chats set last_agent_id = $2, assigned_at = $3::timestamptz - interval '1 min', dismissed_at = $3::timestamptz - interval '1 h' where tenant_id = $1", bob, noon)
	o.route(t)
	require.Equal(t, []id.Chat{chat}, o.offered(t, ann), "he had it after it came back, and let it go to the queue")
}

func TestTheNextCascadeGroupJoinsOnTime(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.set(o.queue, "cascade_delay", "4")
	ann, bob := o.insertAgent(t, "Ann"), o.insertAgent(t, "Bob")
	o.exec(t, "update queue_agents set cascade_group = 2 where tenant_id = $1 and user_id = $2", bob)
	chat := o.insertWaitingMany(t, 300, o.queue, 0)
	o.route(t)
	require.Len(t, o.offered(t, ann), 5)
	require.Empty(t, o.offered(t, bob))
	next, _ := o.due(t, chat)
	require.Equal(t, 4*time.Second, next, "before the lease ends")
	o.clock.pass(4*time.Second - time.Millisecond)
	o.turn(t)
	require.Empty(t, o.offered(t, bob))
	o.clock.pass(time.Millisecond)
	o.turn(t)
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob), "the next chat came a second later")
	next, _ = o.due(t, chat+1)
	require.Equal(t, 5*time.Second, next)
}

func TestPriorityAndPatienceComeFromTheQueuesSettings(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	urgent := o.insertQueue(t)
	o.set(urgent, "queue_priority", "5")
	o.set(0, "unanswered_in_hours", "20")
	plain := o.insertWaiting(t, 9*time.Minute)
	first := o.insertWaiting(t, time.Minute, urgent)
	ann := o.insertAgent(t, "Ann", limit(1), serves(o.queue, urgent))
	o.route(t)
	require.Equal(t, []id.Chat{first}, o.offered(t, ann))
	require.NoError(t, o.router.AgentGone(t.Context(), o.tenant, ann))
	o.clock.pass(time.Minute)
	o.route(t)
	require.Equal(t, []id.Chat{plain}, o.offered(t, ann), "half of its time is over")
}

func TestTheServerTellsOfStatusesAndKeepsTheirHistory(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.set(0, "agent_statuses", `["training"]`)
	ann, mona := o.insertAgent(t, "Ann"), o.insertAgent(t, "Mona", status(tenant.Offline))
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	for _, s := range []tenant.Status{tenant.MissedChat, tenant.Unresponsive, "asleep", ""} {
		_, err := o.router.SetStatus(t.Context(), o.tenant, ann, s, 0)
		require.ErrorContains(t, err, "no such status")
	}
	is, err := o.router.SetStatus(t.Context(), o.tenant, ann, "training", mona)
	require.NoError(t, err)
	require.Equal(t, tenant.Status("training"), is.Status)
	require.Empty(t, o.offered(t, ann))
	require.Equal(t, map[string]int{"withdrawn": 1}, o.states(t, chat))
	require.Equal(t, []string{"training manager"}, o.history(t, ann))
	require.Equal(t, []int{1}, scans[int](t, o, "select count(*)::int from audit_log where tenant_id = $1 and action = 'user.status_set' and user_id = $2", mona))
	_, err = o.router.SetStatus(t.Context(), o.tenant, ann, "training", 0)
	require.NoError(t, err)
	require.Len(t, o.history(t, ann), 1, "no change, no row")
}
