package ws

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/web/edge/webtest"
)

func TestAChatIsHandedToAColleague(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann, bob := h.dial(t, h.Ann), h.dial(t, h.Bob)
	ann.frame("hello")
	bob.frame("hello")

	ann.ok("transfer", of, map[string]any{"to_agent_id": h.Bob.ID, "note": " She is upset "})
	began := as[transferData](t, ann.frame("transfer"))
	require.Equal(t, "began", began.State)
	require.Equal(t, "Bob", began.To.Name)
	head := as[chatData](t, ann.frame("chat_updated"))
	require.Equal(t, "Bob", head.Transfer.To.Name)
	offer := as[offerData](t, bob.frame("offer"))
	require.Equal(t, &handedData{userData{h.Ann.ID, "Ann"}, "She is upset"}, offer.Transfer)
	require.Equal(t, "Hi, a mug from my order arrived chipped", offer.Preview)
	require.Equal(t, "Sales", offer.Queue.Name)
	hello := as[helloData](t, h.dial(t, h.Bob).frame("hello"))
	require.Len(t, hello.Offers, 1, "it is there after a reload too")
	bob.refused("not_owner", "send", of, map[string]string{"client_id": "1", "text": "too early"})

	require.Equal(t, of, as[chatData](t, bob.ok("accept", of, nil)).ID)
	require.Equal(t, of, bob.frame("chat_assigned").Chat)
	require.Equal(t, "ended", as[transferData](t, ann.frame("transfer")).State)
	require.Equal(t, removedData{Why: "taken", By: "Bob"}, as[removedData](t, ann.frame("chat_removed")))
	ann.refused("not_owner", "send", of, map[string]string{"client_id": "2", "text": "too late"})
	bob.ok("send", of, map[string]string{"client_id": "3", "text": "Bob here"})
}

func TestATransferThatNobodyTakesComesBackWithAnAlert(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann, bob := h.dial(t, h.Ann), h.dial(t, h.Bob)
	ann.frame("hello")
	bob.frame("hello")
	hand := func() {
		ann.ok("transfer", of, map[string]any{"to_agent_id": h.Bob.ID})
		require.Equal(t, "began", as[transferData](t, ann.frame("transfer")).State)
		bob.frame("offer")
	}
	back := func(why, text string) {
		failed := as[transferData](t, ann.frame("transfer"))
		require.Equal(t, transferData{State: "failed", To: &userData{h.Bob.ID, "Bob"}, Why: why}, failed)
		require.Equal(t, alertData{"transfer_failed", "Bob" + text}, as[alertData](t, ann.frame("alert")))
		require.Equal(t, "assigned", webtest.One[string](t, h.House, "select status from chats"))
	}
	hand()
	bob.ok("decline", of, nil)
	back("declined", " declined the chat; it is still yours")
	hand()
	bob.ok("set_status", 0, map[string]string{"status": "break"})
	require.Equal(t, "withdrawn", as[withdrawnData](t, bob.frame("offer_withdrawn")).Why)
	back("gone", " has left; the chat is still yours")
	r := ann.refused("invalid_request", "transfer", of, map[string]any{"to_agent_id": h.Bob.ID})
	require.Equal(t, "to_agent_id", r.Field)
	bob.ok("set_status", 0, map[string]string{"status": "available"})
	hand()
	require.NoError(t, bob.conn.Close())
	back("gone", " has left; the chat is still yours")
}

func TestAChatIsHandedToAQueue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann, bob := h.dial(t, h.Ann), h.dial(t, h.Bob)
	ann.frame("hello")
	bob.frame("hello")
	ann.ok("transfer", of, map[string]any{"to_queue_id": h.Queue})
	require.Equal(t, "ended", as[transferData](t, ann.frame("transfer")).State)
	require.Equal(t, "requeued", as[removedData](t, ann.frame("chat_removed")).Why)
	require.Nil(t, as[offerData](t, bob.frame("offer")).Transfer, "it is offered as any waiting chat")
	bob.ok("accept", of, nil)
}

func TestAClosedQueueTakesNoChatAndEverybodyReadsWhy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	returns := id.Queue(webtest.One[int64](t, h.House, "select id from queues where name = 'Returns'"))
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tenant.Set(ctx, tx, h.Tenant, returns, "hours", json.RawMessage(`{"weekly":{}}`), tenant.Actor{}, time.Now())
	})
	ann, mia := h.dial(t, h.Ann), h.dial(t, h.Mia)
	ann.frame("hello")
	mia.frame("hello")
	to := map[string]any{"to_queue_id": returns, "note": "Please"}
	r := ann.refused("invalid_request", "transfer", of, to)
	require.Equal(t, "to_queue_id", r.Field)
	require.Equal(t, "Support › Returns is closed. The chat stays with you.", r.Message)
	failed := as[transferData](t, ann.frame("transfer"))
	require.Equal(t, "failed closed Support › Returns Ann", failed.State+" "+failed.Why+" "+failed.Queue.Path+" "+failed.By.Name)
	require.Nil(t, failed.To)
	require.Equal(t, "transfer_failed", as[eventData](t, ann.frame("event")).Kind)

	require.Equal(t, "to_queue_id", mia.refused("invalid_request", "transfer", of, to).Field)
	event := as[eventData](t, ann.frame("event"))
	require.Equal(t, "transfer_failed closed Support › Returns Mia Ann", event.Kind+" "+event.Reason+" "+event.Queue.Path+" "+event.User.Name+" "+event.To.Name)
	ann.ok("send", of, map[string]string{"client_id": "1", "text": "It is still mine"})
}

func TestASupervisorTakesAChatOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann, mia := h.dial(t, h.Ann), h.dial(t, h.Mia)
	ann.frame("hello")
	mia.frame("hello")
	ann.refused("forbidden", "take_over", of, nil)
	require.Equal(t, of, as[chatData](t, mia.ok("take_over", of, nil)).ID)
	require.Equal(t, of, mia.frame("chat_assigned").Chat)
	require.Equal(t, removedData{Why: "taken", By: "Mia"}, as[removedData](t, ann.frame("chat_removed")))
	mia.ok("take_over", of, nil)
	mia.ok("send", of, map[string]string{"client_id": "1", "text": "Mia here"})
	mia.ok("end", of, nil)
	mia.refused("chat_ended", "take_over", of, nil)
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from audit_log where action = 'chat.taken_over' and user_id = $1", h.Mia.ID))
}

func TestWhatIsUnreadSurvivesTheReload(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	h.Text(t, webtest.Marisol, webtest.Sales, "one more thing")
	ann := h.dial(t, h.Ann)
	hello := as[helloData](t, ann.frame("hello"))
	require.Equal(t, 2, hello.Chats[0].Unread)
	require.Zero(t, hello.Chats[0].ReadSeq)
	ann.ok("read", of, map[string]int{"seq": 5})
	ann.ok("read", of, map[string]int{"seq": 2}) // it never goes back
	ann.ok("typing", of, nil)
	again := as[helloData](t, h.dial(t, h.Ann).frame("hello"))
	require.Equal(t, 1, again.Chats[0].Unread)
	require.Equal(t, 5, again.Chats[0].ReadSeq)
	ann.ok("read", of, map[string]int{"seq": 1 << 30})
	require.Equal(t, "6 6", webtest.One[string](t, h.House, "select read_seq || ' ' || last_seq from chats"))
	require.Equal(t, "seq", ann.refused("invalid_request", "read", of, map[string]int{"seq": 1 << 31}).Field)

	bob := h.dial(t, h.Bob)
	bob.frame("hello")
	ann.ok("transfer", of, map[string]any{"to_agent_id": h.Bob.ID})
	require.Equal(t, 6, webtest.One[int](t, h.House, "select read_seq from chats"))
	bob.frame("offer")
	require.Equal(t, 2, as[chatData](t, bob.ok("accept", of, nil)).Unread, "he has read nothing yet")
}
