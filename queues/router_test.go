package queues

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
)

func TestAWaitingChatIsOfferedToAllWhoAreFree(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann, bob := o.insertAgent(t, "Ann"), o.insertAgent(t, "Bob")
	chat := o.insertWaiting(t, time.Minute)
	o.exec(t, "update end_users set name = 'Carla' where tenant_id = $1")
	for seq, text := range []string{"hello", "my mug is broken"} {
		o.exec(t, `insert into messages (tenant_id, account_id, chat_id, seq, direction, sender, our_address, address, body, status, created_at)
			select $1, 1, $2, $3, 'in', 'end_user', '+14155550100', '+14151000001', $4, 'received', now()`, chat, seq+1, text)
	}
	o.route(t)

	offers, err := o.router.Open(t.Context(), o.tenant, ann)
	require.NoError(t, err)
	require.Len(t, offers, 1)
	require.NotZero(t, offers[0].ID)
	require.NotZero(t, offers[0].EndUser)
	require.True(t, offers[0].WaitingSince.Equal(noon.Add(-time.Minute)))
	require.True(t, offers[0].ExpiresAt.Equal(noon.Add(lease)))
	require.Equal(t, Offer{
		ID: offers[0].ID, Chat: chat, Agent: ann, Queue: o.queue, Lang: "en", EndUser: offers[0].EndUser, EndUserName: "Carla",
		Address: "+14151000001", Preview: "hello", WaitingSince: offers[0].WaitingSince, ExpiresAt: offers[0].ExpiresAt,
	}, offers[0])
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob))
	require.Equal(t, []id.User{ann, bob}, o.told(t))
	next, ok := o.due(t, chat)
	require.True(t, ok)
	require.Equal(t, lease, next)

	o.route(t)
	require.Empty(t, o.told(t), "nothing is new")
	require.Equal(t, map[string]int{"open": 2}, o.states(t, chat))
}

func TestOnlyEligibleAgentsAreAsked(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other := o.insertQueue(t)
	for name, with := range map[string]func(*person){
		"Offline": status(tenant.Offline), "Break": status(tenant.Break), "Gone": disconnected, "Disabled": disabled,
		"Elsewhere": serves(other), "Nowhere": serves(),
	} {
		o.insertAgent(t, name, with)
	}
	ann := o.insertAgent(t, "Ann", func(p *person) { p.sockets = 3 })
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	require.Equal(t, []id.User{ann}, o.told(t))
	require.Equal(t, map[string]int{"open": 1}, o.states(t, chat))
}

func TestNobodyIsOfferedMoreThanTheirSlots(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann, bob := o.insertAgent(t, "Ann", limit(2)), o.insertAgent(t, "Bob") // the tenant's limit is 5
	first := o.insertWaitingMany(t, 8, o.queue, time.Minute)
	o.route(t)
	o.route(t)
	require.Equal(t, []id.Chat{first, first + 1}, o.offered(t, ann))
	require.Equal(t, []id.Chat{first, first + 1, first + 2, first + 3, first + 4}, o.offered(t, bob))

	o.accept(t, first, ann) // the winner's offer becomes a chat, the loser's slot is free
	require.Equal(t, map[string]int{"accepted": 1, "withdrawn": 1}, o.states(t, first))
	o.route(t)
	require.Equal(t, []id.Chat{first + 1}, o.offered(t, ann))
	require.Equal(t, []id.Chat{first + 1, first + 2, first + 3, first + 4, first + 5}, o.offered(t, bob))
}

func TestAnAgentWhoComesGetsTheOldest(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.insertWaiting(t, time.Minute)
	oldest := o.insertWaiting(t, time.Hour)
	o.insertWaiting(t, 2*time.Minute)
	o.route(t)
	require.Empty(t, o.told(t))
	ann := o.insertAgent(t, "Ann", limit(1))
	o.route(t)
	require.Equal(t, []id.Chat{oldest}, o.offered(t, ann))
}

func TestADeclinedChatStaysWithTheOthers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann, bob := o.insertAgent(t, "Ann", limit(1)), o.insertAgent(t, "Bob", limit(1))
	chat, next := o.insertWaiting(t, 2*time.Minute), o.insertWaiting(t, time.Minute)
	o.route(t)
	o.told(t)
	require.NoError(t, o.router.Decline(t.Context(), o.tenant, chat, ann))
	require.Equal(t, []id.User{ann}, o.told(t))
	o.route(t)
	require.Equal(t, []id.Chat{next}, o.offered(t, ann), "the slot is for the next chat")
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob))

	require.Equal(t, errs.OfferGone, errs.CodeOf(o.router.Decline(t.Context(), o.tenant, chat, ann)))
	require.Equal(t, errs.OfferGone, errs.CodeOf(o.router.Decline(t.Context(), o.tenant, chat+100, ann)))
}

func TestAChatThatAllDeclinedIsOfferedAgainAfterTheLease(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann, bob := o.insertAgent(t, "Ann"), o.insertAgent(t, "Bob")
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	o.clock.pass(2 * time.Second)
	require.NoError(t, o.router.Decline(t.Context(), o.tenant, chat, ann))
	require.NoError(t, o.router.Decline(t.Context(), o.tenant, chat, bob))
	o.route(t)
	require.Empty(t, o.offered(t, ann))

	o.clock.pass(lease - 2*time.Second - time.Millisecond)
	require.NoError(t, o.router.runOnce(t.Context()))
	require.Empty(t, o.offered(t, ann))
	o.told(t)
	o.clock.pass(time.Millisecond)
	require.NoError(t, o.router.runOnce(t.Context()))
	require.Equal(t, []id.Chat{chat}, o.offered(t, ann))
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob))
	require.Equal(t, []id.User{ann, bob}, o.told(t))
	require.Equal(t, map[string]int{"declined": 2, "open": 2}, o.states(t, chat))
}

func TestAMissedOfferIsMadeAgainAndChangesNobodysStatus(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann := o.insertAgent(t, "Ann")
	chat := o.insertWaiting(t, time.Minute)
	for round := range 3 {
		require.NoError(t, o.router.runOnce(t.Context()))
		require.Equal(t, []id.Chat{chat}, o.offered(t, ann))
		require.Equal(t, []id.User{ann}, o.told(t))
		next, _ := o.due(t, chat)
		require.Equal(t, time.Duration(round+1)*lease, next)
		o.clock.pass(lease)
	}
	require.Equal(t, map[string]int{"expired": 2, "open": 1}, o.states(t, chat))
	require.Equal(t, "available", scan[string](t, o, "select status from users where tenant_id = $1"))
}

func TestAnExpiredOfferIsFreshForAnAgentWhoCameLater(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann := o.insertAgent(t, "Ann")
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	o.clock.pass(lease / 2)
	bob := o.insertAgent(t, "Bob")
	o.route(t)
	o.clock.pass(lease / 2)
	require.NoError(t, o.router.runOnce(t.Context()))
	require.Empty(t, o.offered(t, ann), "Bob still decides")
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob))
	next, _ := o.due(t, chat)
	require.Equal(t, lease+lease/2, next)
}

func TestAnAgentWhoGoesLosesTheOffers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann, bob := o.insertAgent(t, "Ann"), o.insertAgent(t, "Bob")
	one, two := o.insertWaiting(t, 2*time.Minute), o.insertWaiting(t, time.Minute)
	o.route(t)
	require.NoError(t, o.router.Decline(t.Context(), o.tenant, one, bob))
	o.clock.pass(lease - time.Second)
	o.told(t)

	o.exec(t, "delete from presence where tenant_id = $1 and user_id = $2", ann)
	require.NoError(t, o.router.AgentGone(t.Context(), o.tenant, ann))
	require.Equal(t, []id.User{ann}, o.told(t))
	require.Empty(t, o.offered(t, ann))
	require.Equal(t, map[string]int{"withdrawn": 1, "declined": 1}, o.states(t, one))
	require.Equal(t, map[string]int{"withdrawn": 1, "open": 1}, o.states(t, two))
	require.NoError(t, o.router.AgentGone(t.Context(), o.tenant, ann), "twice does no harm")

	o.clock.pass(time.Second)
	require.NoError(t, o.router.runOnce(t.Context()))
	require.Equal(t, []id.Chat{one, two}, o.offered(t, bob), "nobody else is left to ask")
	require.Empty(t, o.offered(t, ann))
}

func TestANewWaitAsksEverybodyAfresh(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann := o.insertAgent(t, "Ann")
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	require.NoError(t, o.router.Decline(t.Context(), o.tenant, chat, ann))
	o.route(t)
	require.Empty(t, o.offered(t, ann))
	// A node whose clock is ahead let it wait again: the offer's own time is never before the wait's.
	o.exec(t, "update chats set queued_at = $2 where tenant_id = $1", noon.Add(time.Second))
	o.route(t)
	require.Equal(t, []id.Chat{chat}, o.offered(t, ann))
	require.NoError(t, o.router.Decline(t.Context(), o.tenant, chat, ann))
	o.route(t)
	require.Empty(t, o.offered(t, ann), "declined in this wait")
}

func TestAnAgentWhoDeclinedTheHeadGetsWhatIsBehindIt(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann, bob := o.insertAgent(t, "Ann", limit(2)), o.insertAgent(t, "Bob", limit(2))
	first := o.insertWaitingMany(t, 12, o.queue, time.Hour)
	for i := range id.Chat(4) {
		o.route(t)
		require.Equal(t, []id.Chat{first + 2*i, first + 2*i + 1}, o.offered(t, ann))
		require.NoError(t, o.router.Decline(t.Context(), o.tenant, first+2*i, ann))
		require.NoError(t, o.router.Decline(t.Context(), o.tenant, first+2*i+1, ann))
	}
	require.Equal(t, []id.Chat{first, first + 1}, o.offered(t, bob))
}

func TestWhoAcceptsFirstHasItAndTheOthersOffersAreClosed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann, bob := o.insertAgent(t, "Ann"), o.insertAgent(t, "Bob")
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	o.accept(t, chat, bob)
	took, err := chatStatements(t).accept(t.Context(), o.db, o.tenant, chat, ann, o.clock.now())
	require.NoError(t, err)
	require.False(t, took)
	require.Empty(t, o.offered(t, ann))
	require.Empty(t, o.offered(t, bob))
	require.Equal(t, map[string]int{"accepted": 1, "withdrawn": 1}, o.states(t, chat))
	require.Equal(t, errs.OfferGone, errs.CodeOf(o.router.Decline(t.Context(), o.tenant, chat, ann)))

	o.clock.pass(lease)
	require.NoError(t, o.router.runOnce(t.Context()))
	_, ok := o.due(t, chat)
	require.False(t, ok, "a chat that is answered has no next step here")
}

func TestAnOfferOfAChatThatWaitsNoLongerIsClosed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann := o.insertAgent(t, "Ann")
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	o.exec(t, "update chats set status = 'selecting', queue_id = null, queued_at = null where tenant_id = $1")
	require.Empty(t, o.offered(t, ann), "not shown meanwhile")
	o.told(t)
	o.clock.pass(lease)
	require.NoError(t, o.router.runOnce(t.Context()))
	require.Equal(t, map[string]int{"withdrawn": 1}, o.states(t, chat))
	require.Equal(t, []id.User{ann}, o.told(t))
	_, ok := o.due(t, chat)
	require.False(t, ok)
}

func TestAWaitingChatAlwaysHasANextStep(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	next, _ := o.due(t, chat)
	require.Equal(t, grace, next, "from the transaction that let it wait")
	o.clock.pass(grace)
	require.NoError(t, o.router.runOnce(t.Context()))
	next, _ = o.due(t, chat)
	require.Equal(t, grace+idle, next, "nobody is there to be asked")
	o.insertAgent(t, "Ann")
	require.NoError(t, o.router.runOnce(t.Context()), "a look, without any wake")
	next, _ = o.due(t, chat)
	require.Equal(t, grace+lease, next)
}

func TestAChatThatIsBeingChangedIsPassedOverNotWaitedFor(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann := o.insertAgent(t, "Ann")
	held, other := o.insertWaiting(t, 2*time.Minute), o.insertWaiting(t, time.Minute)
	require.NoError(t, o.db.InTenantTx(t.Context(), o.tenant, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "update chats set last_seq = 1 where id = $1", held)
		require.NoError(t, err)
		missed, err := o.router.route(t.Context(), o.tenant)
		require.NoError(t, err)
		require.True(t, missed)
		require.Equal(t, []id.Chat{other}, o.offered(t, ann))
		return nil
	}))
	o.route(t)
	require.Equal(t, []id.Chat{held, other}, o.offered(t, ann))
}

func TestTenantsDoNotMeet(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	acme, other := openOffice(t, db, "acme"), openOffice(t, db, "other")
	ann, olaf := acme.insertAgent(t, "Ann"), other.insertAgent(t, "Olaf")
	mine, theirs := acme.insertWaiting(t, time.Minute), other.insertWaiting(t, time.Hour)
	acme.route(t)
	require.Equal(t, []id.Chat{mine}, acme.offered(t, ann))
	require.Empty(t, other.offered(t, olaf))
	require.NoError(t, other.router.runOnce(t.Context()), "looks after all tenants")
	require.Equal(t, []id.Chat{theirs}, other.offered(t, olaf))
	require.Empty(t, other.offered(t, ann))
	require.Equal(t, errs.OfferGone, errs.CodeOf(other.router.Decline(t.Context(), other.tenant, mine, ann)))
	require.NoError(t, other.router.AgentGone(t.Context(), other.tenant, ann))
	require.Equal(t, []id.Chat{mine}, acme.offered(t, ann))

	acme.clock.pass(lease)
	require.NoError(t, acme.router.runOnce(t.Context()))
	require.Equal(t, map[string]int{"expired": 1, "open": 1}, acme.states(t, mine))
	require.Equal(t, map[string]int{"expired": 1, "open": 1}, other.states(t, theirs), "a sweep ends the leases of all tenants")
}

func TestTheLookAfterAllDeclinedComesWithTheFirstLeaseThatEnds(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann := o.insertAgent(t, "Ann")
	chat := o.insertWaiting(t, time.Minute)
	o.route(t)
	o.clock.pass(lease / 2)
	bob := o.insertAgent(t, "Bob")
	o.route(t)
	require.NoError(t, o.router.Decline(t.Context(), o.tenant, chat, bob))
	o.exec(t, "update users set status = 'break' where tenant_id = $1 and id = $2", ann)
	require.NoError(t, o.router.AgentGone(t.Context(), o.tenant, ann))
	o.route(t)
	next, _ := o.due(t, chat)
	require.Equal(t, lease+lease/2, next, "Bob is left, and has peace until then")
	o.clock.pass(lease)
	require.NoError(t, o.router.runOnce(t.Context()))
	require.Equal(t, []id.Chat{chat}, o.offered(t, bob))
}
