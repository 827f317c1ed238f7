package chat_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

func TestATextGoesDownTheMenuToAnAgentAndBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	h.text(t, marisol, support, "Hi, a mug from my order arrived chipped")
	c := h.newest(t)
	h.text(t, marisol, support, "1")
	require.Equal(t, 1, h.log.route, "routing was told once, when the chat began to wait")
	h.offer(t, c, h.ann, h.bob)

	view, err := h.Accept(ctx, h.tenant, c, h.ann)
	require.NoError(t, err)
	require.Equal(t, chat.Assigned, view.Status)
	require.Equal(t, "Support › Returns", view.Queue.Path)
	require.Equal(t, marisol, view.EndUser.Address)
	sent, err := h.Send(ctx, h.tenant, c, h.ann, "c1", "Hi Marisol, Ann here.")
	require.NoError(t, err)
	again, err := h.Send(ctx, h.tenant, c, h.ann, "c1", "Hi Marisol, Ann here.")
	require.NoError(t, err)
	require.Equal(t, sent, again, "a repeated client id is the same message")
	h.text(t, marisol, support, "Thanks!")
	require.NoError(t, h.End(ctx, h.tenant, c, h.ann))

	require.Equal(t, []string{
		"*started Support",
		"end_user/chat: Hi, a mug from my order arrived chipped",
		"system/greeting: Welcome to Fernhill. By texting us you agree to receive texts about your request. Msg & data rates may apply. Reply HELP for help, STOP to opt out.",
		"system/menu: Please reply with a number:\n1. Returns\n2. Orders",
		"end_user/chat: 1",
		"*menu_choice Support › Returns",
		"system/queued: You chose Returns. Thank you. An agent will be with you as soon as possible.",
		"*queued Support › Returns",
		"*assigned AnnSupport › Returns",
		"agent/chat: Hi Marisol, Ann here.",
		"end_user/chat: Thanks!",
		"*ended Ann",
	}, h.transcript(t, c))
	require.Equal(t, "accepted withdrawn", one[string](t, h, "select string_agg(state, ' ' order by state) from offers"))
	require.Equal(t, 4, one[int](t, h, "select count(*)::int from messages where status = 'queued' and expires_at = created_at + interval '10 min'"))
	require.Zero(t, one[int](t, h, "select count(*)::int from due where kind = 'chat'"), "nothing is due for a chat that has ended")
	require.Zero(t, one[int](t, h, "select coalesce(max(chat_id), 0)::int from threads"), "the pair has no active chat")
}

func TestHintsTellTheAgentWhatMoved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	seq := one[int](t, h, "select last_seq from chats where id = $1", c)
	h.text(t, marisol, sales, "one more thing")
	require.Equal(t, []event.Hint{{Kind: event.ChatMoved, Tenant: h.tenant, User: h.ann, Chat: c, Seq: seq + 1}}, h.log.take())
}

func TestARepeatOfAWebhookHasNoEffect(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	in := h.inbound(marisol, sales, "hello")
	for range 3 {
		require.NoError(t, h.Receive(t.Context(), h.tenant, h.account, in))
	}
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from messages where direction = 'in'"))
	require.Len(t, h.transcript(t, h.newest(t)), 4)
}

// The carrier may send the same text to two nodes at once, and twice within one group.
func TestARepeatAtTheSameMomentHasNoEffect(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.serve(t)
	for i := range 50 {
		in := h.inbound(fmt.Sprintf("+1415555%04d", i), sales, "hello")
		var group sync.WaitGroup
		for _, s := range []*chat.Service{h.Service, other, h.Service, other} {
			group.Go(func() { require.NoError(t, s.Receive(context.WithoutCancel(t.Context()), h.tenant, h.account, in)) })
		}
		group.Wait()
	}
	require.Equal(t, 50, one[int](t, h, "select count(*)::int from messages where direction = 'in'"))
	require.Equal(t, 50, one[int](t, h, "select count(*)::int from chats"))
}

func TestTextsThatBelongToNoChatAreKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.text(t, marisol, "+14155550199", "to a number that is not ours")
	h.text(t, marisol, nobody, "to a number without a queue")
	h.text(t, "FERNBANK", sales, "from a name")
	h.text(t, marisol, sales, "EXIT")
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "insert into blocklist (tenant_id, address) values ($1, $2)", h.tenant, theo)
		return err
	})
	h.text(t, theo, sales, "from someone blocked")
	require.Equal(t, "unknown_number no_queue no_queue command blocked",
		one[string](t, h, "select string_agg(disposition, ' ' order by id) from messages"))
	require.Zero(t, one[int](t, h, "select count(*)::int from chats"))
	require.Zero(t, one[int](t, h, "select count(*)::int from messages where direction = 'out'"))
}

func TestStopIsLaw(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	_, err := h.Send(t.Context(), h.tenant, c, h.ann, "c1", "This must not leave any more")
	require.NoError(t, err)
	h.text(t, marisol, sales, "Stop.")

	require.Equal(t, "chat cancelled opted_out | greeting cancelled opted_out | stop_confirmation queued ",
		one[string](t, h, "select string_agg(kind || ' ' || status || ' ' || coalesce(error_code, ''), ' | ' order by kind) from messages where direction = 'out'"))
	require.Equal(t, "finished disconnected_by_end_user end_user_opt_out",
		one[string](t, h, "select status || ' ' || disconnected_by || ' ' || fail_reason from chats where id = $1", c))
	require.Equal(t, "opt_out keyword STOP", one[string](t, h, "select action || ' ' || source || ' ' || word from consent_ledger"))
	require.Equal(t, 5*time.Minute, one[time.Duration](t, h, "select expires_at - created_at from messages where kind = 'stop_confirmation'"))
	_, err = h.Send(t.Context(), h.tenant, c, h.ann, "c2", "But why?")
	require.Equal(t, errs.ChatEnded, errs.CodeOf(err))
	require.Contains(t, h.transcript(t, c)[len(h.transcript(t, c))-1], "*ended")

	h.text(t, marisol, sales, "STOP")
	h.text(t, marisol, support, "hello?")
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from messages where kind = 'stop_confirmation'"), "one confirmation, then silence")
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from chats"), "no chat opens")

	h.text(t, marisol, support, "START")
	require.Zero(t, one[int](t, h, "select count(*)::int from do_not_contact"))
	h.text(t, marisol, sales, "hello again")
	require.Equal(t, 2, one[int](t, h, "select count(*)::int from chats"))
}

func TestSeveralTextsOfOnePairInOneGroup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var group sync.WaitGroup
	for _, from := range []string{marisol, theo} {
		group.Go(func() { // in order, because each waits for its commit; the pairs share groups
			for _, body := range []string{"hello", "EXIT", "hello again", "STOP", "START", "and again"} {
				require.NoError(t, h.Receive(context.WithoutCancel(t.Context()), h.tenant, h.account, h.inbound(from, sales, body)))
			}
		})
	}
	group.Wait()
	require.Equal(t, "canceled canceled canceled canceled queued queued", one[string](t, h, "select string_agg(status, ' ' order by status) from chats"))
	require.Zero(t, one[int](t, h, "select count(*)::int from do_not_contact"))
	for c := range one[int](t, h, "select max(id)::int from chats") {
		if one[bool](t, h, "select exists (select from chats where id = $1)", c+1) {
			h.transcript(t, id.Chat(c+1))
		}
	}
}

// raceCount: some in every run. All ten thousand: make races (a minute).
var raceCount = flag.Int("races", 60, "how often two agents go for the same chat")

// Two agents on two nodes go for the same chat at once, over and over: one has it each time, the other is told who.
func TestAcceptingIsWonByOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	nodes := []*chat.Service{h.Service, h.serve(t)}
	agents := []id.User{h.ann, h.bob}
	wins := map[id.User]int{}
	for i := range *raceCount {
		h.text(t, fmt.Sprintf("+1415555%04d", i%10_000), sales, "hello")
		c := h.newest(t)
		h.offer(t, c, agents...)
		var ready, done sync.WaitGroup
		var results [2]error
		ready.Add(2)
		for side, agent := range agents {
			done.Go(func() {
				ready.Done()
				ready.Wait()
				_, results[side] = nodes[(i+side)%2].Accept(context.WithoutCancel(t.Context()), h.tenant, c, agent)
			})
		}
		done.Wait()
		won := 0
		if results[0] != nil {
			won = 1
		}
		require.NoError(t, results[won], "one of them wins")
		var refused *errs.Error
		require.ErrorAs(t, results[1-won], &refused)
		require.Equal(t, errs.AlreadyTaken, refused.Code)
		require.Equal(t, map[id.User]string{h.ann: "Ann", h.bob: "Bob"}[agents[won]], refused.By, "the other is told who")
		owners := one[string](t, h, `select concat_ws(' ', status, agent_id, (select count(*) from chat_events e where e.chat_id = c.id and kind = 'assigned'),
			(select string_agg(state || ' ' || user_id, ' ' order by state) from offers o where o.chat_id = c.id)) from chats c where c.id = $1`, c)
		require.Equal(t, fmt.Sprintf("assigned %d 1 accepted %d withdrawn %d", agents[won], agents[won], agents[1-won]), owners)
		require.NoError(t, h.End(t.Context(), h.tenant, c, agents[won]))
		wins[agents[won]]++
	}
	t.Logf("Ann won %d times, Bob %d", wins[h.ann], wins[h.bob])
}

func TestAnAgentTakesOnlyWhatIsOfferedAndFits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.text(t, marisol, sales, "hello")
	first := h.newest(t)
	_, err := h.Accept(t.Context(), h.tenant, first, h.ann)
	require.Equal(t, errs.OfferGone, errs.CodeOf(err))
	_, err = h.Accept(t.Context(), h.tenant, 999999, h.ann)
	require.Equal(t, errs.NotFound, errs.CodeOf(err))

	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update users set chat_limit = 1 where id = $1", h.ann)
		return err
	})
	h.offer(t, first, h.ann)
	_, err = h.Accept(t.Context(), h.tenant, first, h.ann)
	require.NoError(t, err, "the last slot")
	h.text(t, theo, sales, "hello")
	second := h.newest(t)
	h.offer(t, second, h.ann)
	_, err = h.Accept(t.Context(), h.tenant, second, h.ann)
	require.Equal(t, errs.AtLimit, errs.CodeOf(err))
	require.Equal(t, "queued", one[string](t, h, "select status from chats where id = $1", second))
}

func TestSendingIsBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	send := func(agent id.User, clientID, text string) errs.Code {
		_, err := h.Send(t.Context(), h.tenant, c, agent, clientID, text)
		if err == nil {
			return ""
		}
		return errs.CodeOf(err)
	}
	long := func(n int) string { return fmt.Sprintf("%0*d", n, 0) }
	require.Equal(t, errs.Code(""), send(h.ann, "a", long(1600)))
	require.Equal(t, errs.TooLong, send(h.ann, "b", long(1601)))
	require.Equal(t, errs.Invalid, send(h.ann, "c", " \n"))
	require.Equal(t, errs.Invalid, send(h.ann, "", "hello"))
	require.Equal(t, errs.Code(""), send(h.ann, long(100), "hello"))
	require.Equal(t, errs.Invalid, send(h.ann, long(101), "hello"))
	require.Equal(t, errs.NotOwner, send(h.bob, "d", "hello"))
	require.Equal(t, 2, one[int](t, h, "select count(*)::int from messages where sender = 'agent'"), "what was refused left nothing")
}

func TestEqualSendsAtOnceAreOneMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	answers := make(chan chat.Sent, 8)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			sent, err := h.Send(context.WithoutCancel(t.Context()), h.tenant, c, h.ann, "same", "hello")
			require.NoError(t, err)
			answers <- sent
		})
	}
	group.Wait()
	first := <-answers
	for range 7 {
		require.Equal(t, first, <-answers)
	}
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from messages where sender = 'agent'"))
}

func TestTimersFireFromTheirRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sweeper := chat.NewSweeper(h.Service)
	c := h.assigned(t)
	sweep := func() string {
		require.NoError(t, sweeper.RunOnce(t.Context()))
		return one[string](t, h, "select status || ' ' || coalesce(fail_reason, '-') from chats where id = $1", c)
	}
	h.clock.advance(7 * time.Hour)
	h.text(t, marisol, sales, "still here")
	h.clock.advance(time.Hour) // 8 h after the assignment: the row fires, but the consumer wrote since
	require.Equal(t, "assigned -", sweep())
	require.Equal(t, h.clock.Now().Add(7*time.Hour).UTC(), one[time.Time](t, h, "select due_at from due where kind = 'chat' and ref = $1", c).UTC(), "the row moved on")
	h.clock.advance(7*time.Hour - time.Second)
	require.Equal(t, "assigned -", sweep())
	h.clock.advance(time.Second)
	require.Equal(t, "finished no_response", sweep())
	require.Zero(t, one[int](t, h, "select count(*)::int from due where kind = 'chat'"))
	require.Contains(t, h.log.take(), event.Hint{Kind: event.ChatMoved, Tenant: h.tenant, User: h.ann, Chat: c, Seq: 7})
}

func TestTwoSweepsFireATimerOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.serve(t)
	for i := range 30 {
		h.text(t, fmt.Sprintf("+1415555%04d", i), support, "hello")
	}
	h.clock.advance(24 * time.Hour)
	var group sync.WaitGroup
	for _, s := range []*chat.Service{h.Service, other} {
		group.Go(func() { require.NoError(t, chat.NewSweeper(s).RunOnce(context.WithoutCancel(t.Context()))) })
	}
	group.Wait()
	require.Equal(t, 30, one[int](t, h, "select count(*)::int from chats where fail_reason = 'expired_menu_selection'"))
	require.Equal(t, 30, one[int](t, h, "select count(*)::int from chat_events where kind = 'ended'"))
}

// A setting that changed holds for the very next text, on every node, without a word on the bus.
func TestAChangedSettingHoldsAtTheNextText(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.text(t, marisol, sales, "hello")
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tenant.Set(ctx, tx, h.tenant, 0, "text.greeting.en", "Hello from @{COMPANY_NAME}", tenant.Actor{}, time.Now())
	})
	h.text(t, theo, sales, "hello")
	require.Equal(t, "system/greeting: Hello from Fernhill", h.transcript(t, h.newest(t))[2])
}

func TestAFlaggedTextIsDecidedByAPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	h.text(t, marisol, sales, "can you cancel my order")
	view, err := h.View(t.Context(), h.tenant, c)
	require.NoError(t, err)
	require.True(t, view.OptOutFlag)
	require.NoError(t, h.DecideOptOut(t.Context(), h.tenant, c, h.ann, false))
	require.Equal(t, errs.Conflict, errs.CodeOf(h.DecideOptOut(t.Context(), h.tenant, c, h.ann, false)))
	h.text(t, marisol, sales, "cancel it")
	require.NoError(t, h.DecideOptOut(t.Context(), h.tenant, c, h.ann, true))
	require.Equal(t, "flag_dismissed opt_out", one[string](t, h, "select string_agg(action, ' ' order by id) from consent_ledger"))
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from do_not_contact"))
	require.Zero(t, one[int](t, h, "select count(*)::int from messages where kind = 'stop_confirmation'"), "no further text")
}

func TestWhoMayReadAChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	may := func(user id.User) bool {
		ok, err := h.MayRead(t.Context(), h.tenant, c, user)
		require.NoError(t, err)
		return ok
	}
	require.True(t, may(h.ann))
	require.False(t, may(h.bob))
	require.NoError(t, h.End(t.Context(), h.tenant, c, h.ann))
	require.True(t, may(h.ann), "also when it has ended")
	_, err := h.View(t.Context(), h.tenant, c+1)
	require.Equal(t, errs.NotFound, errs.CodeOf(err))
}

// A text that cannot be saved fails alone: its neighbours in the group are kept.
func TestAPoisonTextFailsOnlyItself(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var group sync.WaitGroup
	failed := make(chan error, 40)
	for i := range 40 {
		in := h.inbound(fmt.Sprintf("+1415555%04d", i), sales, "hello")
		if i%10 == 3 {
			in.ProviderID = string(make([]byte, 3)) // zero bytes cannot be stored
		}
		group.Go(func() {
			if err := h.Receive(context.WithoutCancel(t.Context()), h.tenant, h.account, in); err != nil {
				failed <- err
			}
		})
	}
	group.Wait()
	require.Len(t, failed, 4)
	require.Equal(t, 36, one[int](t, h, "select count(*)::int from messages where direction = 'in'"))
}

func TestAGoneTenantIsAnError(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	err := h.Receive(t.Context(), h.tenant+1000, h.account, wire.Inbound{ProviderID: "x", From: marisol, To: sales, Text: "hello"})
	require.Error(t, err)
	require.False(t, errors.Is(err, tenant.ErrStale))
}

// A sweep has claimed a timer while its chat ended and the next one began.
func TestALateTimerOfAnEndedChatLeavesThePairAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.text(t, marisol, sales, "hello")
	ended := h.newest(t)
	h.text(t, marisol, sales, "EXIT")
	h.text(t, marisol, sales, "hello again")
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "insert into due (tenant_id, kind, ref, due_at) values ($1, 'chat', $2, $3)", h.tenant, ended, h.clock.Now())
		return err
	})
	require.NoError(t, chat.NewSweeper(h.Service).RunOnce(t.Context()))
	require.Equal(t, int64(h.newest(t)), one[int64](t, h, "select coalesce(chat_id, 0) from threads"))
	require.Zero(t, one[int](t, h, "select count(*)::int from due where kind = 'chat' and ref = $1", ended))
}

// A node remembers pairs that have a thread; one that was erased meanwhile is made anew.
func TestAPairThatWasErasedIsMadeAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.text(t, marisol, nobody, "Hi")
	h.text(t, marisol, nobody, "Anybody?")
	require.NoError(t, h.db.InTenantTx(t.Context(), h.tenant, func(tx pgx.Tx) error {
		for _, table := range []string{"messages", "threads", "end_users"} {
			if _, err := tx.Exec(t.Context(), "delete from "+table); err != nil {
				return err
			}
		}
		return nil
	}))
	h.text(t, marisol, nobody, "Hello?")
	require.NoError(t, h.db.InTenantTx(t.Context(), h.tenant, func(tx pgx.Tx) error {
		var texts, threads int
		err := tx.QueryRow(t.Context(), "select (select count(*) from messages where thread_id is not null), (select count(*) from threads)").Scan(&texts, &threads)
		require.Equal(t, []int{1, 1}, []int{texts, threads})
		return err
	}))
}
