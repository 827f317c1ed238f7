package ws

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

func TestAChatFromOfferToEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann := h.dial(t, h.Ann)
	hello := as[helloData](t, ann.frame("hello"))
	require.Equal(t, agentData{h.Ann.ID, "Ann", "ann@fernhill.example"}, hello.Agent)
	require.Equal(t, "available", hello.Status)
	require.Equal(t, 5, hello.Limit)
	require.Empty(t, hello.Chats)

	h.Text(t, webtest.Marisol, webtest.Sales, "Hi, a mug from my order arrived chipped")
	offer := ann.frame("offer")
	of := offer.Chat
	require.Equal(t, "Sales", as[struct{ Queue queueData }](t, offer).Queue.Path)

	accepted := ann.post("accept", of, nil)
	head := as[struct {
		LastSeq int          `json:"last_seq"`
		EndUser consumerData `json:"end_user"`
	}](t, ann.frame("chat_assigned"))
	require.Equal(t, webtest.Marisol, head.EndUser.Number)
	require.Equal(t, "ok", ann.answer(accepted).Type)

	sent := as[sentData](t, ann.ok("send", of, map[string]any{"client_id": "c1", "text": "Hi Marisol, Ann here."}))
	require.Equal(t, head.LastSeq+1, sent.Seq)
	row := ann.wait("the agent's own text", func(f in) bool { return f.Type == "message" && f.Seq == sent.Seq })
	require.Equal(t, "c1", as[messageData](t, row).ClientID)
	require.Equal(t, sent, as[sentData](t, ann.ok("send", of, map[string]any{"client_id": "c1", "text": "Hi Marisol, Ann here."})),
		"a repeated client id is the same message")

	h.Text(t, webtest.Marisol, webtest.Sales, "Thanks!")
	row = ann.frame("message")
	require.Equal(t, sent.Seq+1, row.Seq)
	require.Equal(t, "Thanks!", as[messageData](t, row).Text)

	ann.ok("typing", of, nil)
	ann.ok("read", of, map[string]any{"seq": row.Seq})
	ann.ok("end", of, nil)
	require.Equal(t, "ended", as[eventData](t, ann.frame("event")).Kind)
	require.Equal(t, removedData{Why: "ended", By: "disconnected_by_agent", Reason: "nothing"}, as[removedData](t, ann.frame("chat_removed")))
	ann.refused("not_owner", "typing", of, nil)
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from messages where sender = 'agent'"))
}

func TestOfTwoWhoRaceForAnOfferOneWinsAndTheOtherIsToldWho(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann, bob := h.dial(t, h.Ann), h.dial(t, h.Bob)
	ann.frame("hello")
	bob.frame("hello")
	for i := range 5 {
		h.Text(t, fmt.Sprintf("+1415555%04d", i), webtest.Sales, "hello")
		of := ann.frame("offer").Chat
		require.Equal(t, of, bob.frame("offer").Chat)
		a, b := ann.post("accept", of, nil), bob.post("accept", of, nil)
		won, lost := ann.answer(a), bob.answer(b)
		winner, loser, name := ann, bob, "Ann"
		if won.Type != "ok" {
			won, lost, winner, loser, name = lost, won, bob, ann, "Bob"
		}
		require.Equal(t, "ok", won.Type)
		require.Equal(t, refusal{Code: "already_taken", By: name}, func() refusal {
			r := as[refusal](t, lost)
			r.Message = ""
			return r
		}())
		require.Equal(t, withdrawnData{"taken", name}, as[withdrawnData](t, loser.frame("offer_withdrawn")))
		require.Equal(t, of, winner.frame("chat_assigned").Chat)
		winner.ok("end", of, nil)
	}
}

func TestWhatWasMissedComesOnceAndInOrderWhileTextsGoOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, Limits{Page: 7})
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	const texts = 120
	ann := h.dial(t, h.Ann)
	start := as[struct {
		Chats []struct {
			LastSeq int `json:"last_seq"`
		}
	}](t, ann.frame("hello")).Chats[0].LastSeq

	var talking sync.WaitGroup
	talking.Go(func() {
		for i := range texts {
			h.Text(t, webtest.Marisol, webtest.Sales, fmt.Sprintf("text %d", i))
		}
	})
	ann.rows(of, 3) // the conversation is under way
	asked := ann.post("resume", 0, map[string]any{"chats": map[string]int{fmt.Sprint(of): 2}})
	var replayed []int
	after := 0
	for after == 0 {
		f := ann.wait("a row or the answer", func(f in) bool { return f.ID == asked || f.Chat == of && f.Seq > 0 })
		if f.ID == asked {
			require.Equal(t, "ok", f.Type)
			after = len(replayed)
			continue
		}
		replayed = append(replayed, f.Seq)
	}
	talking.Wait()
	last := start + texts
	for replayed[len(replayed)-1] < last {
		replayed = append(replayed, ann.rows(of, 1)...)
	}
	// Live rows that were under way when the request arrived come first; then 3, 4, 5 … without a gap.
	from := 0
	for i, seq := range replayed {
		if seq == 3 {
			from = i
		}
	}
	want := make([]int, 0, last)
	for seq := 3; seq <= last; seq++ {
		want = append(want, seq)
	}
	require.Equal(t, want, replayed[from:])
}

func TestNothingIsReplayedUnasked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann := h.dial(t, h.Ann)
	head := as[struct {
		Chats []struct {
			LastSeq int `json:"last_seq"`
		}
	}](t, ann.frame("hello")).Chats[0]
	h.Text(t, webtest.Marisol, webtest.Sales, "one more thing")
	require.Equal(t, []int{head.LastSeq + 1}, ann.rows(of, 1))
	require.Empty(t, ann.held)
}

func TestResumeFromZeroGivesEverythingAndEndedChatsToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	require.NoError(t, h.Chats.End(t.Context(), h.Tenant, of, h.Ann.ID))
	ann, bob := h.dial(t, h.Ann), h.dial(t, h.Bob)
	last := webtest.One[int](t, h.House, "select last_seq from chats where id = $1", of)
	for range 2 {
		asked := ann.post("resume", 0, map[string]any{"chats": map[string]int{fmt.Sprint(of): 0}})
		for seq := 1; seq <= last; seq++ {
			require.Equal(t, []int{seq}, ann.rows(of, 1))
		}
		require.Equal(t, "ok", ann.answer(asked).Type)
	}
	bob.refused("not_owner", "resume", 0, map[string]any{"chats": map[string]int{fmt.Sprint(of): 0}})
	bob.refused("invalid_request", "resume", 0, map[string]any{"chats": "all"})
}

func TestDeliveryStatesArriveOnceEach(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	sent := as[sentData](t, ann.ok("send", of, map[string]any{"client_id": "c1", "text": "On its way"}))
	require.Equal(t, []int{sent.Seq}, ann.rows(of, 1))
	for _, status := range []string{"sending", "sent", "delivered"} {
		h.setStatus(t, sent.Message, status)
		for range 3 {
			h.Bus.Publish(event.Hint{Kind: event.MessageStatus, Tenant: h.Tenant, User: h.Ann.ID, Chat: of})
		}
		require.Equal(t, messageStatusData{ID: sent.Message, Status: status}, as[messageStatusData](t, ann.frame("message_status")))
	}
	ann.ok("typing", of, nil)
	require.Empty(t, ann.held, "a state is told once")

	asked := ann.post("resume", 0, map[string]any{"chats": map[string]int{fmt.Sprint(of): sent.Seq}})
	ann.wait("the state on resume", func(f in) bool {
		return f.Type == "message_status" && as[messageStatusData](t, f) == messageStatusData{ID: sent.Message, Status: "delivered"}
	})
	require.Equal(t, "ok", ann.answer(asked).Type)
}

// The confirmation of a STOP is the last text of a chat, so what becomes of it is known after the end.
func TestWhatBecomesOfTheLastTextsIsToldAfterAChatHasEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	waiting := as[sentData](t, ann.ok("send", of, map[string]any{"client_id": "c1", "text": "On its way"}))
	require.Equal(t, []int{waiting.Seq}, ann.rows(of, 1))
	h.Text(t, webtest.Marisol, webtest.Sales, "STOP")
	confirmation := as[messageData](t, ann.wait("the confirmation", func(f in) bool {
		return f.Type == "message" && as[messageData](t, f).Kind == "stop_confirmation"
	}))
	ann.frame("chat_removed")
	require.Equal(t, messageStatusData{
		ID: waiting.Message, Status: "cancelled", Error: &errorData{Code: "opted_out", Text: "This person has opted out of texts from us."},
	}, as[messageStatusData](t, ann.wait("the cancelled text", func(f in) bool {
		return f.Type == "message_status" && as[messageStatusData](t, f).ID == waiting.Message
	})))
	tell := func(status string) {
		h.setStatus(t, confirmation.ID, status)
		h.Bus.Publish(event.Hint{Kind: event.MessageStatus, Tenant: h.Tenant, User: h.Ann.ID, Chat: of})
	}
	state := func(c *client) string {
		return as[messageStatusData](t, c.wait("a state", func(f in) bool {
			return f.Type == "message_status" && as[messageStatusData](t, f).ID == confirmation.ID
		})).Status
	}
	tell("sent")
	require.Equal(t, "sent", state(ann))

	back := h.dial(t, h.Ann) // a desk that lost its connection at the end, and has seen the first rows
	back.frame("hello")
	asked := back.post("resume", 0, map[string]any{"chats": map[string]int{fmt.Sprint(of): 5}})
	require.Equal(t, "ok", back.answer(asked).Type)
	tell("delivered")
	require.Equal(t, "delivered", state(ann))
	require.Equal(t, "delivered", state(back))
	for _, s := range h.hub.all() {
		require.Eventually(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return !s.pumping }, patience, time.Millisecond)
		require.NotContains(t, s.former[of].openTexts(), confirmation.ID)
	}
}

func (f *followed) openTexts() map[id.Message]shown {
	if f == nil {
		return nil
	}
	return f.open
}

func TestAnEmptyResumeIsAnswered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann := h.dial(t, h.Ann)
	ann.ok("resume", 0, map[string]any{"chats": map[string]int{}}) // what a desk asks to see whether anybody is there
}

func (h *house) setStatus(t testing.TB, message id.Message, status string) {
	t.Helper()
	webtest.One[int](t, h.House, `update messages set status = $2, claimed_at = now(), epoch = 1, done_at = now() where id = $1 returning 1`, message, status)
}

func TestStatusIsTheAgentsChoice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann, tab := h.dial(t, h.Ann), h.dial(t, h.Ann)
	ann.frame("hello")
	tab.frame("hello")
	ann.ok("set_status", 0, map[string]any{"status": "break"})
	for _, c := range []*client{ann, tab} {
		require.Equal(t, "break", as[struct{ Status string }](t, c.frame("status")).Status)
	}
	h.Text(t, webtest.Marisol, webtest.Sales, "hello?")
	ann.refused("invalid_request", "set_status", 0, map[string]any{"status": "asleep"})
	ann.refused("invalid_request", "set_status", 0, map[string]any{"status": "missed_chat"})
	ann.ok("set_status", 0, map[string]any{"status": "available"})
	of := ann.frame("offer").Chat
	require.Equal(t, of, tab.frame("offer").Chat)
	ann.ok("set_status", 0, map[string]any{"status": "meal"})
	require.Equal(t, withdrawnData{Why: "withdrawn"}, as[withdrawnData](t, tab.frame("offer_withdrawn")))
}

func TestAnOfferDeclinedOrTakenInOneTabGoesInTheOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann, tab := h.dial(t, h.Ann), h.dial(t, h.Ann)
	ann.frame("hello")
	tab.frame("hello")
	h.Text(t, webtest.Marisol, webtest.Sales, "hello?")
	of := tab.frame("offer").Chat
	require.Equal(t, of, ann.frame("offer").Chat)
	ann.ok("accept", of, nil)
	require.Equal(t, withdrawnData{Why: "accepted"}, as[withdrawnData](t, tab.frame("offer_withdrawn")))
	require.Equal(t, of, tab.frame("chat_assigned").Chat)

	h.Text(t, webtest.Theo, webtest.Sales, "hello?")
	of = tab.frame("offer").Chat
	require.Equal(t, of, ann.frame("offer").Chat)
	ann.ok("decline", of, nil)
	tab.frame("offer_withdrawn")
	ann.refused("offer_gone", "decline", of, nil)
	require.NotContains(t, kinds(ann.held), "offer_withdrawn", "who declines knows")
}

func kinds(frames []in) (out []string) {
	for _, f := range frames {
		out = append(out, f.Type)
	}
	return out
}

func TestTheLastSocketThatGoesTakesItsOffersWithIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann, tab := h.dial(t, h.Ann), h.dial(t, h.Ann)
	ann.frame("hello")
	tab.frame("hello")
	require.Equal(t, 2, webtest.One[int](t, h.House, "select count(*)::int from presence where user_id = $1", h.Ann.ID))
	h.Text(t, webtest.Marisol, webtest.Sales, "hello?")
	tab.frame("offer")
	open := func() int {
		return webtest.One[int](t, h.House, "select count(*)::int from offers where state = 'open' and user_id = $1", h.Ann.ID)
	}
	tab.conn.Close()
	present := func(n int) func() bool {
		return func() bool { return n == webtest.One[int](t, h.House, "select count(*)::int from presence") }
	}
	require.Eventually(t, present(1), patience, 5*time.Millisecond)
	require.Equal(t, 1, open())
	ann.conn.Close()
	require.Eventually(t, present(0), patience, 5*time.Millisecond)
	require.Eventually(t, func() bool { return open() == 0 }, patience, 5*time.Millisecond)
}

func TestAnAgentWhoseDeskIsGoneForLongIsUnresponsiveUntilItIsBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann, bob, tab := h.dial(t, h.Ann), h.dial(t, h.Bob), h.dial(t, h.Bob)
	for _, c := range []*client{ann, bob, tab} {
		c.frame("hello")
	}
	status := func(u tenant.User) string {
		return webtest.One[string](t, h.House, "select status from users where id = $1", u.ID)
	}
	expected := func() int { return webtest.One[int](t, h.House, "select count(*)::int from due where kind = 'absent'") }
	ann.conn.Close()
	tab.conn.Close()
	require.Eventually(t, func() bool { return expected() == 1 }, patience, 5*time.Millisecond, "Bob has another tab")
	require.Equal(t, h.Ann.ID, webtest.One[id.User](t, h.House, "select ref from due where kind = 'absent' and due_at > now()"))
	late := func() { // the minute has passed
		webtest.One[int](t, h.House, "update due set due_at = now() where kind = 'absent' returning 1")
		require.Eventually(t, func() bool { return expected() == 0 }, patience, 5*time.Millisecond)
	}
	late()
	require.Equal(t, "unresponsive", status(h.Ann))
	require.Equal(t, "available", status(h.Bob))
	require.EqualValues(t, h.Ann.ID, webtest.One[int](t, h.House, "select agent_id::int from chats where id = $1 and status = 'assigned'", of), "her chats stay hers")

	back := h.dial(t, h.Ann)
	require.Equal(t, "available", as[helloData](t, back.frame("hello")).Status)
	back.ok("set_status", 0, map[string]any{"status": "break"})
	back.conn.Close()
	require.Eventually(t, func() bool { return expected() == 1 }, patience, 5*time.Millisecond)
	late()
	require.Equal(t, "break", status(h.Ann), "a break is a break")
	bob.ok("resume", 0, map[string]any{"chats": map[string]int{}})
}

func TestWhoMayOpenASocket(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, _ := h.SignIn(t, h.Ann)
	cookie := edge.SessionCookie + "=" + token
	session, err := h.Sessions.Lookup(t.Context(), token, time.Now())
	require.NoError(t, err)
	ticket := func() string {
		made, err := h.Sessions.Ticket(t.Context(), session, time.Now())
		require.NoError(t, err)
		return "?ticket=" + made
	}
	h.refusedUpgrade(t, http.StatusForbidden, "", http.Header{"Cookie": {cookie}, "Origin": {"http://evil.example"}}, Subprotocol)
	h.refusedUpgrade(t, http.StatusForbidden, "", http.Header{"Cookie": {cookie}, "Origin": {webtest.Origin + ".evil.example"}}, Subprotocol)
	h.refusedUpgrade(t, http.StatusForbidden, "", http.Header{"Cookie": {cookie}, "Origin": {"null"}}, Subprotocol)
	h.connect(t, h.url, http.Header{"Cookie": {cookie}}).frame("hello") // a program
	h.refusedUpgrade(t, http.StatusForbidden, ticket(), http.Header{"Origin": {"http://evil.example"}}, Subprotocol)
	h.refusedUpgrade(t, http.StatusUnauthorized, "", http.Header{"Origin": {webtest.Origin}}, Subprotocol)
	h.refusedUpgrade(t, http.StatusUnauthorized, "?ticket=made-up", nil, Subprotocol)
	h.refusedUpgrade(t, http.StatusBadRequest, "", http.Header{"Cookie": {cookie}, "Origin": {webtest.Origin}})
	h.refusedUpgrade(t, http.StatusBadRequest, "", http.Header{"Cookie": {cookie}, "Origin": {webtest.Origin}}, "sidetone.v0")
	h.refusedUpgrade(t, http.StatusUnauthorized, "", http.Header{
		"Cookie": {cookie}, "Origin": {"http://other.desk.example:8080"}, "Host": {"other.desk.example:8080"},
	}, Subprotocol)

	once := ticket()
	h.connect(t, h.url+once, nil).frame("hello")
	h.refusedUpgrade(t, http.StatusUnauthorized, once, nil, Subprotocol)

	own := h.connect(t, h.url, http.Header{"Cookie": {cookie}, "Origin": {"http://fernhill.desk.example:8080"}, "Host": {"fernhill.desk.example:8080"}})
	own.frame("hello")
}

func TestASessionThatEndsClosesItsSocketsAndNoOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, session := h.SignIn(t, h.Ann)
	page := http.Header{"Cookie": {edge.SessionCookie + "=" + token}, "Origin": {webtest.Origin}}
	ending, other := h.connect(t, h.url, page), h.dial(t, h.Ann)
	ending.frame("hello")
	other.frame("hello")
	require.NoError(t, h.Sessions.End(t.Context(), h.Tenant, session))
	h.Bus.Publish(event.Hint{Kind: event.SessionEnded, Tenant: h.Tenant, User: h.Ann.ID, Session: session})
	require.Equal(t, farewell{4001, "sign_in", "The session has ended"}, as[farewell](t, ending.frame("goodbye")))
	require.Equal(t, 4001, ending.closeCode())
	other.refused("unknown_type", "ping", 0, nil)
}

func TestASessionThatEndedUnheardIsNoticed(t *testing.T) {
	t.Parallel()
	require.LessOrEqual(t, Limits{}.orDefaults().Sessions, 4*time.Second, "within 5 s in all")
	h := newHouse(t, Limits{PingEvery: time.Hour, Sessions: 20 * time.Millisecond})
	end := map[string]func(id.Session) error{
		"ended": func(session id.Session) error { return h.Sessions.End(t.Context(), h.Tenant, session) },
		"disabled": func(id.Session) error {
			return h.DB.InTenantTx(t.Context(), h.Tenant, func(tx pgx.Tx) error {
				return tenant.SetUserDisabled(t.Context(), tx, h.Tenant, h.Ann.ID, true)
			})
		},
	}
	for _, how := range []string{"ended", "disabled"} {
		token, session := h.SignIn(t, h.Ann)
		ann, bob := h.connect(t, h.url, http.Header{"Cookie": {edge.SessionCookie + "=" + token}}), h.dial(t, h.Bob)
		ann.frame("hello")
		bob.frame("hello")
		require.NoError(t, end[how](session))
		require.Equal(t, 4001, ann.closeCode(), how)
		bob.refused("unknown_type", "ping", 0, nil)
	}
}

func TestRowsWhoseHintWasLostArriveAllTheSame(t *testing.T) {
	t.Parallel()
	h := newHouse(t, Limits{PingEvery: 40 * time.Millisecond})
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	h.Chats.Publish = func(event.Hint) {}
	h.Text(t, webtest.Marisol, webtest.Sales, "does anybody hear me?")
	require.Len(t, ann.rows(of, 1), 1)
	require.NoError(t, h.Chats.End(t.Context(), h.Tenant, of, h.Ann.ID))
	require.Equal(t, "ended", as[removedData](t, ann.frame("chat_removed")).Why)
}

func TestAFrameThatMakesNoSenseIsRefusedAndTheSocketLives(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	for _, c := range []struct{ frame, code, id string }{
		{`{"type":"shout","id":"1","chat_id":1}`, "unknown_type", "1"},
		{`{"type":"jump","id":"2"}`, "unknown_type", "2"},
		{`{"type":"\u0000","id":"3"}`, "unknown_type", "3"},
		{`{"id":"4"}`, "unknown_type", "4"},
		{`{"type":"end","id":"5"}`, "invalid_request", "5"},
		{`{"type":"end","id":"6","chat_id":-4}`, "invalid_request", "6"},
		{`{"type":"end","id":"7","chat_id":"x"}`, "invalid_request", "7"},
		{`{"type":"end","id":"8","chat_id":99999999}`, "not_found", "8"},
		{`{"type":"send","id":"9","chat_id":1}`, "invalid_request", "9"},
		{`{"type":"send","id":"10","chat_id":1,"data":{"text":5}}`, "invalid_request", "10"},
		{`{"type":"end","chat_id":1}`, "invalid_request", ""},
		{`{"type":"end","id":5,"chat_id":1}`, "invalid_request", ""},
		{`[]`, "invalid_request", ""},
		{`not JSON`, "invalid_request", ""},
		{``, "invalid_request", ""},
	} {
		require.NoError(t, ann.conn.WriteMessage(websocket.TextMessage, []byte(c.frame)))
		f := ann.frame("error")
		require.Equal(t, c.id, f.ID, c.frame)
		require.Equal(t, c.code, string(as[refusal](t, f).Code), c.frame)
	}
	require.NoError(t, ann.conn.WriteMessage(websocket.BinaryMessage, []byte("{}")))
	require.Equal(t, "invalid_request", string(as[refusal](t, ann.frame("error")).Code))
}

func TestAFrameOfOneMebibyteIsRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann := h.dial(t, h.Ann)
	head := fmt.Sprintf(`{"type":"send","id":"1","chat_id":%d,"data":{"client_id":"c","text":"`, of)
	largest := head + strings.Repeat("a", maxFrame-len(head)-len(`"}}`)) + `"}}`
	require.Len(t, largest, maxFrame)
	require.NoError(t, ann.conn.WriteMessage(websocket.TextMessage, []byte(largest)))
	require.Equal(t, "too_long", string(as[refusal](t, ann.answer("1")).Code))
	require.NoError(t, ann.conn.WriteMessage(websocket.TextMessage, []byte(largest+" ")))
	require.Equal(t, websocket.CloseMessageTooBig, ann.closeCode())
}

func TestWhoAsksTooMuchIsToldSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, Limits{Rate: 0.001, Burst: 3})
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	for range 3 {
		ann.refused("unknown_type", "ping", 0, nil)
	}
	ann.refused("rate_limited", "ping", 0, nil)
}

func TestASlowReaderIsClosedWhileOthersGoOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, Limits{Outbox: 8, Burst: 100_000, Rate: 100_000})
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	for range 30 {
		h.Text(t, webtest.Marisol, webtest.Sales, strings.Repeat("lorem ipsum ", 100))
	}
	slow := h.narrow(t, h.Ann)
	quick := h.dial(t, h.Ann)
	quick.frame("hello")
	request := fmt.Appendf(nil, `{"type":"resume","id":"1","data":{"chats":{"%d":0}}}`, of)
	require.Eventually(t, func() bool { // it asks and asks, and never reads
		for range 20 {
			if slow.WriteMessage(websocket.TextMessage, request) != nil {
				return true
			}
		}
		h.hub.mu.Lock()
		defer h.hub.mu.Unlock()
		for s := range h.hub.sockets {
			if s.isLeaving() {
				return true
			}
		}
		return false
	}, patience, time.Millisecond)
	h.Text(t, webtest.Marisol, webtest.Sales, "still there?")
	require.Len(t, quick.rows(of, 1), 1, "another tab of the same agent goes on")
	require.Equal(t, 4002, newClient(t, slow).closeCode(), "when it reads at last, it finds out why")
	quick.refused("unknown_type", "ping", 0, nil)
}

func TestAClientThatStopsTakingFramesIsFoundOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t, Limits{PingEvery: 200 * time.Millisecond, Slow: 20 * time.Millisecond, Silence: time.Minute})
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	for range 30 {
		h.Text(t, webtest.Marisol, webtest.Sales, strings.Repeat("lorem ipsum ", 100))
	}
	slow := h.narrow(t, h.Ann)
	for range 20 {
		require.NoError(t, slow.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"resume","id":"1","data":{"chats":{"%d":0}}}`, of)))
	}
	require.Eventually(t, func() bool {
		all := h.hub.all()
		return len(all) == 1 && all[0].isLeaving()
	}, patience, time.Millisecond)
	require.Equal(t, 4002, newClient(t, slow).closeCode())
}

func TestAClientThatFallsSilentIsLetGo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, Limits{PingEvery: 20 * time.Millisecond, Silence: 100 * time.Millisecond})
	token, _ := h.SignIn(t, h.Ann)
	dialer := websocket.Dialer{Subprotocols: []string{Subprotocol}}
	conn, response, err := dialer.DialContext(t.Context(), h.url, http.Header{"Cookie": {edge.SessionCookie + "=" + token}, "Origin": {webtest.Origin}})
	require.NoError(t, err)
	response.Body.Close()
	defer conn.Close() // it never reads, so it never answers a ping
	answers := h.dial(t, h.Bob)
	answers.frame("hello")
	require.Eventually(t, func() bool {
		return webtest.One[int](t, h.House, "select count(*)::int from presence where user_id = $1", h.Ann.ID) == 0
	}, patience, 5*time.Millisecond)
	answers.refused("unknown_type", "ping", 0, nil)
}

// Sockets live outside of net/http, which would catch a panic: one in a request or a look must not end the process.
func TestAPanicIsAnsweredAndTheSocketsLive(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann, bob := h.dial(t, h.Ann), h.dial(t, h.Bob)
	ann.frame("hello")
	bob.frame("hello")
	handlers["send"] = func(*socket, context.Context, request) (any, task, error) { panic("a broken request") }
	t.Cleanup(func() { handlers["send"] = (*socket).send })
	ann.refused("internal", "send", 1, map[string]any{"client_id": "c", "text": "x"})
	ann.ok("resume", 0, map[string]any{"chats": map[string]int{}})

	for _, s := range h.hub.all() {
		if s.user == h.Ann.ID {
			s.mu.Lock()
			s.resumes = append(s.resumes, nil) // the pump trips over it
			s.kickLocked()
			s.mu.Unlock()
		}
	}
	require.Equal(t, websocket.CloseInternalServerErr, ann.closeCode(), "it comes back and starts afresh")
	bob.ok("resume", 0, map[string]any{"chats": map[string]int{}})
}

func TestGoodbyeOnShutdown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann, bob := h.dial(t, h.Ann), h.dial(t, h.Bob)
	ann.frame("hello")
	bob.frame("hello")
	require.NoError(t, h.hub.Shutdown(t.Context()))
	for _, c := range []*client{ann, bob} {
		require.Equal(t, farewell{1012, "reconnect", "The server restarts"}, as[farewell](t, c.frame("goodbye")))
		require.Equal(t, websocket.CloseServiceRestart, c.closeCode())
	}
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from presence"))
	token, _ := h.SignIn(t, h.Ann)
	h.refusedUpgrade(t, http.StatusServiceUnavailable, "", http.Header{"Cookie": {edge.SessionCookie + "=" + token}, "Origin": {webtest.Origin}}, Subprotocol)
}
