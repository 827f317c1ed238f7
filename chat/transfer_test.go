package chat_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// atDesks opens a socket for Ann and one for Bob.
func (h *house) atDesks(t testing.TB) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		for _, user := range []id.User{h.ann, h.bob} {
			if err := tenant.AddSocket(ctx, tx, tenant.Socket{Tenant: h.tenant, User: user, ID: uuid.New(), Node: 1}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *house) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error { _, err := tx.Exec(ctx, query, args...); return err })
}

func (h *house) queue(t testing.TB, name string) id.Queue {
	t.Helper()
	return id.Queue(one[int64](t, h, "select id from queues where name = $1", name))
}

// told is who was told to look at what.
func (h *house) told() map[id.User][]event.Kind {
	out := map[id.User][]event.Kind{}
	for _, e := range h.log.take() {
		if e.User != 0 {
			out[e.User] = append(out[e.User], e.Kind)
		}
	}
	return out
}

// transfers is the rows of all transfers, in order.
const transfers = `select coalesce(string_agg(x.seq || ' ' || coalesce(q.name, u.name) || ' ' || x.state || ' ' || x.why, ', ' order by x.chat_id, x.seq), '')
	from transfers x left join queues q on q.id = x.queue_id left join users u on u.id = x.agent_id`

func TestAChatGoesToAnotherQueue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atDesks(t)
	c := h.assigned(t)
	returns := h.queue(t, "Returns")
	routed := h.log.route
	require.NoError(t, h.Transfer(t.Context(), h.tenant, c, h.ann, chat.To{Queue: returns}, "A chipped mug"))

	require.Equal(t, []string{"*transfer AnnSupport › Returns", "*queued Support › Returns"}, h.transcript(t, c)[5:])
	require.Equal(t, "6 Returns ended ", one[string](t, h, transfers))
	require.Equal(t, "queued 0 0", one[string](t, h, "select status || ' ' || coalesce(agent_id, 0) || ' ' || coalesce(last_agent_id, 0) from chats"))
	require.Equal(t, "declined", one[string](t, h, "select state from offers where user_id = $1 order by id desc limit 1", h.ann), "routing asks the others first")
	require.Greater(t, h.log.route, routed)
	require.Equal(t, map[id.User][]event.Kind{h.ann: {event.ChatMoved}}, h.told())
	require.Zero(t, one[int](t, h, "select count(*)::int from messages where body like '%chipped%' and direction = 'out'"), "the note is not for the consumer")
	rows, err := h.Rows(t.Context(), h.tenant, c, 5, 1)
	require.NoError(t, err)
	require.Equal(t, "A chipped mug", rows[0].Event.Text)
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from due where kind = 'offer' and ref = $1", c), "it has a next step")
	_, err = h.Send(t.Context(), h.tenant, c, h.ann, "c9", "no longer mine")
	require.Equal(t, errs.NotOwner, errs.CodeOf(err))
}

func TestAChatGoesToAnotherAgentWhoIsAskedFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atDesks(t)
	c := h.assigned(t)
	require.NoError(t, h.Transfer(t.Context(), h.tenant, c, h.ann, chat.To{Agent: h.bob}, "She is upset"))
	require.ElementsMatch(t, []event.Kind{event.OffersChanged}, h.told()[h.bob])
	h.text(t, marisol, sales, "hello?")
	require.Equal(t, map[id.User][]event.Kind{h.ann: {event.ChatMoved}}, h.told(), "it is still Ann's")
	_, err := h.Send(t.Context(), h.tenant, c, h.ann, "c1", "One moment, Marisol")
	require.NoError(t, err, "who writes on until it is accepted")
	_, err = h.Send(t.Context(), h.tenant, c, h.bob, "c2", "too early")
	require.Equal(t, errs.NotOwner, errs.CodeOf(err))
	view, err := h.View(t.Context(), h.tenant, c)
	require.NoError(t, err)
	require.Equal(t, chat.UserRef{ID: h.bob, Name: "Bob"}, view.TransferTo)
	require.Equal(t, h.clock.Now().Add(10*time.Second), view.TransferUntil)
	require.Equal(t, h.clock.Now().Add(10*time.Second), one[time.Time](t, h, "select due_at from due where kind = 'chat' and ref = $1", c), "the lease is what is due")
	h.log.take()

	view, err = h.Accept(t.Context(), h.tenant, c, h.bob)
	require.NoError(t, err)
	require.Equal(t, "Bob", view.Agent.Name)
	require.Zero(t, view.TransferTo)
	require.Equal(t, "6 Bob ended ", one[string](t, h, transfers))
	told := h.told()
	require.Contains(t, told[h.ann], event.ChatMoved)
	require.Contains(t, told[h.bob], event.ChatMoved)
	require.Contains(t, told[h.bob], event.OffersChanged)
	require.Equal(t, []string{"*transfer Ann", "end_user/chat: hello?", "agent/chat: One moment, Marisol", "*assigned BobSales"}, h.transcript(t, c)[5:])
	_, err = h.Send(t.Context(), h.tenant, c, h.ann, "c3", "too late")
	require.Equal(t, errs.NotOwner, errs.CodeOf(err))
	again, err := h.Accept(t.Context(), h.tenant, c, h.bob)
	require.NoError(t, err, "a repeat changes nothing")
	require.Equal(t, view.LastSeq, again.LastSeq)
}

func TestATransferThatNobodyTakesReturns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atDesks(t)
	c := h.assigned(t)
	ctx := t.Context()
	sweeper := chat.NewSweeper(h.Service)
	hand := func() { require.NoError(t, h.Transfer(ctx, h.tenant, c, h.ann, chat.To{Agent: h.bob}, "")) }

	hand()
	require.Equal(t, errs.OfferGone, errs.CodeOf(h.RefuseTransfer(ctx, h.tenant, c, h.ann)))
	require.NoError(t, h.RefuseTransfer(ctx, h.tenant, c, h.bob))
	require.Equal(t, errs.OfferGone, errs.CodeOf(h.RefuseTransfer(ctx, h.tenant, c, h.bob)))
	hand()
	h.clock.advance(9 * time.Second)
	require.NoError(t, sweeper.RunOnce(ctx))
	require.NotZero(t, one[int](t, h, "select count(*)::int from chats where transfer_to is not null"))
	h.log.take()
	h.clock.advance(time.Second)
	require.NoError(t, sweeper.RunOnce(ctx))
	require.Equal(t, map[id.User][]event.Kind{h.ann: {event.ChatMoved}, h.bob: {event.OffersChanged}}, h.told())
	hand()
	require.NoError(t, h.AgentGone(ctx, h.tenant, h.bob))
	require.NoError(t, h.AgentGone(ctx, h.tenant, h.bob), "nothing is held out to him any more")
	require.Equal(t, "6 Bob failed declined, 8 Bob failed missed, 10 Bob failed gone", one[string](t, h, transfers))
	require.Equal(t, "assigned Ann", one[string](t, h, "select c.status || ' ' || u.name from chats c join users u on u.id = c.agent_id"))
	require.Equal(t, "*transfer_failed Bob", h.transcript(t, c)[10])

	hand()
	h.exec(t, "delete from presence where user_id = $1", h.ann)
	h.clock.advance(10 * time.Second)
	require.NoError(t, sweeper.RunOnce(ctx))
	require.Equal(t, []string{"*transfer_failed Bob", "*queued Sales"}, h.transcript(t, c)[12:], "Ann has left: it waits in its queue")
	require.Equal(t, "queued 0", one[string](t, h, "select status || ' ' || coalesce(agent_id, 0) from chats"))
}

func TestATransferThatCannotBeIsRefusedByName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	ctx := t.Context()
	refused := func(code errs.Code, field string, to chat.To, note string) {
		t.Helper()
		err := h.Transfer(ctx, h.tenant, c, h.ann, to, note)
		var e *errs.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, code, e.Code, e.Message)
		require.Equal(t, field, e.Field, e.Message)
		require.Len(t, h.transcript(t, c), 5, "nothing has changed")
	}
	sales := h.queue(t, "Sales")
	refused(errs.Invalid, "to_queue_id", chat.To{}, "")
	refused(errs.Invalid, "to_queue_id", chat.To{Queue: sales, Agent: h.bob}, "")
	refused(errs.Invalid, "to_queue_id", chat.To{Queue: h.queue(t, "Support")}, "")
	refused(errs.Invalid, "to_queue_id", chat.To{Queue: 1 << 40}, "")
	refused(errs.Invalid, "to_agent_id", chat.To{Agent: h.ann}, "")
	refused(errs.Invalid, "to_agent_id", chat.To{Agent: 1 << 40}, "")
	refused(errs.Invalid, "to_agent_id", chat.To{Agent: h.bob}, "") // not connected
	h.atDesks(t)
	long := make([]byte, 501)
	for i := range long {
		long[i] = 'x'
	}
	refused(errs.Invalid, "note", chat.To{Agent: h.bob}, string(long))
	h.exec(t, "update users set status = 'meal' where id = $1", h.bob)
	refused(errs.Invalid, "to_agent_id", chat.To{Agent: h.bob}, "")
	h.exec(t, "update users set status = 'available', chat_limit = 1 where id = $1", h.bob)
	h.text(t, theo, "+14155550101", "hello")
	h.offer(t, h.newest(t), h.bob) // an open offer holds his only slot
	refused(errs.AtLimit, "to_agent_id", chat.To{Agent: h.bob}, "")
	h.exec(t, "update users set chat_limit = 2 where id = $1", h.bob)
	h.exec(t, "update users set disabled_at = now() where id = $1", h.bob)
	refused(errs.Invalid, "to_agent_id", chat.To{Agent: h.bob}, "")
	h.exec(t, "update users set disabled_at = null, roles = '{manager}' where id = $1", h.bob)
	refused(errs.Invalid, "to_agent_id", chat.To{Agent: h.bob}, "")
	h.exec(t, "update users set roles = '{agent}' where id = $1", h.bob)
	h.exec(t, "delete from queue_agents where user_id = $1 and queue_id = $2", h.bob, sales)
	refused(errs.Invalid, "to_agent_id", chat.To{Agent: h.bob}, "")
	require.Equal(t, errs.NotOwner, errs.CodeOf(h.Transfer(ctx, h.tenant, c, h.bob, chat.To{Queue: sales}, "")))
	require.Equal(t, errs.NotFound, errs.CodeOf(h.Transfer(ctx, h.tenant, c+99, h.ann, chat.To{Queue: sales}, "")))
	h.exec(t, "insert into queue_agents (tenant_id, queue_id, user_id) values ($1, $2, $3)", h.tenant, sales, h.bob)
	require.NoError(t, h.Transfer(ctx, h.tenant, c, h.ann, chat.To{Agent: h.bob}, string(long[:500])))
	require.Empty(t, one[string](t, h, "select coalesce(string_agg(state, ''), '') from offers where chat_id = $1 and state = 'open'", c))
}

func TestAClosedQueueIsRefusedAndTheTranscriptSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atDesks(t)
	c := h.assigned(t)
	returns, ctx := h.queue(t, "Returns"), t.Context()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tenant.Set(ctx, tx, h.tenant, returns, "hours", json.RawMessage(`{"weekly":{"mon":[{"from":"09:00","to":"09:01"}]}}`), tenant.Actor{}, h.clock.Now())
	})
	h.clock.advance(time.Minute) // it is 9:01
	h.log.take()
	refused := func(err error, message string) {
		t.Helper()
		var e *errs.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, []any{errs.Invalid, "to_queue_id", message}, []any{e.Code, e.Field, e.Message})
	}
	refused(h.Transfer(ctx, h.tenant, c, h.ann, chat.To{Queue: returns}, "A chipped mug"), "Support › Returns is closed. The chat stays with you.")
	require.Equal(t, map[id.User][]event.Kind{h.ann: {event.ChatMoved}}, h.told())
	refused(h.TransferBy(ctx, h.tenant, c, h.bob, chat.To{Queue: returns}, ""), "Support › Returns is closed. The chat stays where it is.")
	require.Equal(t, "*transfer_failed AnnSupport › Returns", h.transcript(t, c)[5])
	rows, err := h.Rows(ctx, h.tenant, c, 6, 1)
	require.NoError(t, err)
	require.Equal(t, chat.UserRef{ID: h.ann, Name: "Ann"}, rows[0].Event.To, "with whom it stays")
	require.Equal(t, "closed", rows[0].Event.Reason)
	require.Empty(t, one[string](t, h, transfers), "nothing began")
	require.Equal(t, "assigned 0", one[string](t, h, "select status || ' ' || transfer_count from chats"))
	require.Zero(t, one[int](t, h, "select count(*)::int from audit_log where action = 'chat.transferred'"))

	h.clock.advance(7*24*time.Hour - time.Minute)
	require.NoError(t, h.Transfer(ctx, h.tenant, c, h.ann, chat.To{Queue: returns}, ""))
	require.Equal(t, "queued 1", one[string](t, h, "select status || ' ' || transfer_count from chats"))
}

func TestWhoAcceptsATransferMayBeAtTheirLimitByThen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atDesks(t)
	c := h.assigned(t)
	require.NoError(t, h.Transfer(t.Context(), h.tenant, c, h.ann, chat.To{Agent: h.bob}, ""))
	h.exec(t, "update users set chat_limit = 1 where id = $1", h.bob)
	h.text(t, theo, sales, "hello")
	other := h.newest(t)
	h.offer(t, other, h.bob)
	_, err := h.Accept(t.Context(), h.tenant, other, h.bob)
	require.NoError(t, err)
	_, err = h.Accept(t.Context(), h.tenant, c, h.bob)
	require.Equal(t, errs.AtLimit, errs.CodeOf(err))
	require.Equal(t, "6 Bob began ", one[string](t, h, transfers), "it is his until the lease ends")
}

// Two agents hand each other a chat and accept at the same time, over and over: no deadlock, no chat without an owner.
func TestAgentsWhoHandEachOtherChatsDoNotWaitInACircle(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atDesks(t)
	h.exec(t, "insert into settings (tenant_id, key, value) values ($1, 'max_transfers', '100')", h.tenant)
	h.exec(t, "update tenants set settings_version = settings_version + 1")
	mine, his := h.assigned(t), id.Chat(0)
	h.text(t, theo, sales, "hello")
	his = h.newest(t)
	h.offer(t, his, h.bob)
	_, err := h.Accept(t.Context(), h.tenant, his, h.bob)
	require.NoError(t, err)
	other := h.serve(t)
	swap := func(s *chat.Service, c id.Chat, from, to id.User) {
		for range 25 {
			require.NoError(t, s.Transfer(context.WithoutCancel(t.Context()), h.tenant, c, from, chat.To{Agent: to}, ""))
			_, err := s.Accept(context.WithoutCancel(t.Context()), h.tenant, c, to)
			require.NoError(t, err)
			from, to = to, from
		}
	}
	var both sync.WaitGroup
	both.Go(func() { swap(h.Service, mine, h.ann, h.bob) })
	both.Go(func() { swap(other, his, h.bob, h.ann) })
	both.Wait()
	require.Equal(t, 50, one[int](t, h, "select count(*)::int from transfers where state = 'ended'"))
	require.Equal(t, 2, one[int](t, h, "select count(*)::int from chats where status = 'assigned' and transfer_to is null"))
}
