package queues

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

func (o *office) lostSoFar() []Lost {
	o.router.running.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	lost := o.lost
	o.lost = nil
	return lost
}

// transfer lets a chat wait for one agent only, as package chat does.
func (o *office) transfer(t testing.TB, chat id.Chat, to id.User) {
	o.exec(t, "update chats set status = 'queued', agent_id = null, wanted_agent_id = $3, queued_at = $4 where tenant_id = $1 and id = $2",
		chat, to, o.clock.now())
}

func TestAChatForOneAgentIsOfferedToThemAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann := o.insertAgent(t, "Ann")
	bob := o.insertAgent(t, "Bob", serves(), limit(1)) // he serves no queue
	older, chat := o.insertWaiting(t, time.Hour), o.insertWaiting(t, time.Minute)
	o.transfer(t, chat, bob)
	o.route(t)
	require.Equal(t, []id.Chat{older}, o.offered(t, ann))
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob))
	require.Equal(t, []string{"direct"}, scans[string](t, o, "select mode from offers where tenant_id = $1 and user_id = $2", bob))
	o.route(t)
	require.Empty(t, o.lostSoFar())
}

func TestAChatThatItsAgentDoesNotTakeIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do  func(t *testing.T, o *office, chat id.Chat, bob id.User)
		why Why
	}{
		"declined": {func(t *testing.T, o *office, chat id.Chat, bob id.User) {
			require.NoError(t, o.router.Decline(t.Context(), o.tenant, chat, bob))
		}, Declined},
		"missed": {func(t *testing.T, o *office, _ id.Chat, _ id.User) { o.clock.pass(lease) }, Missed},
		"gone": {func(t *testing.T, o *office, _ id.Chat, bob id.User) {
			o.exec(t, "delete from presence where tenant_id = $1 and user_id = $2", bob)
			require.NoError(t, o.router.AgentGone(t.Context(), o.tenant, bob))
		}, NotThere},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.set(0, "offer_mode", `"deltacast"`)
			ann, bob := o.insertAgent(t, "Ann"), o.insertAgent(t, "Bob")
			chat := o.insertWaiting(t, time.Minute)
			o.transfer(t, chat, bob)
			o.route(t)
			require.Empty(t, o.lostSoFar())
			c.do(t, o, chat, bob)
			o.turn(t)
			require.Equal(t, []Lost{{chat, bob, c.why}}, o.lostSoFar())
			require.Empty(t, o.offered(t, ann))
			require.Equal(t, "available", o.statusOf(t, bob), "a transfer missed is no chat missed")
			o.turn(t)
			require.Equal(t, []Lost{{chat, bob, c.why}}, o.lostSoFar(), "again, as long as it waits for him")
			o.exec(t, "update chats set wanted_agent_id = null, queued_at = $3 where tenant_id = $1 and id = $2", chat, o.clock.now())
			o.turn(t)
			require.Empty(t, o.lostSoFar())
			require.Equal(t, []id.Chat{chat}, append(o.offered(t, ann), o.offered(t, bob)...), "it is anybody's")
		})
	}
}

func TestAChatForAnAgentWhoIsNotThereIsToldAtOnce(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]func(*person){"on a break": status(tenant.Break), "gone": disconnected, "disabled": disabled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			bob := o.insertAgent(t, "Bob", with)
			chat := o.insertWaiting(t, time.Minute)
			o.transfer(t, chat, bob)
			o.route(t)
			require.Equal(t, []Lost{{chat, bob, NotThere}}, o.lostSoFar())
		})
	}
}

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
