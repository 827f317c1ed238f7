package ws

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/web/edge/webtest"
)

func TestAnAgentTextsFirstAndHasTheChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	first := map[string]any{"queue_id": h.Queue, "from": webtest.Sales, "to": webtest.Marisol, "text": "Your mug has left.", "client_id": "f1"}
	chat := as[chatData](t, ann.ok("outbound", 0, first))
	require.Equal(t, "agent", chat.StartedBy)
	require.Equal(t, chat.ID, ann.frame("chat_assigned").Chat)
	require.Equal(t, chat.ID, as[chatData](t, ann.ok("outbound", 0, first)).ID, "a repeat is the same chat")
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from chats"))
	ann.ok("send", chat.ID, map[string]string{"client_id": "f2", "text": "It arrives tomorrow."})

	first["client_id"] = "f3"
	f := ann.ask("outbound", 0, first)
	require.Equal(t, "conflict", string(as[refusal](t, f).Code))
	require.Equal(t, chat.ID, f.Chat, "the chat in the way is named")
	bob := h.dial(t, h.Bob)
	bob.frame("hello")
	f = bob.ask("outbound", 0, first)
	require.Equal(t, "conflict", string(as[refusal](t, f).Code))
	require.Zero(t, f.Chat, "somebody else's is not")
	first["to"] = "nobody"
	require.Equal(t, "to", bob.refused("invalid_request", "outbound", 0, first).Field)
	mia := h.dial(t, h.Mia)
	mia.frame("hello")
	first["to"] = webtest.Theo
	require.Equal(t, "queue_id", mia.refused("invalid_request", "outbound", 0, first).Field, "she does not serve it")
}

// Whoever sends a text says which shortcut it was written with, and it is counted once (spec 6, 4.6).
func TestAShortcutIsCountedWithTheTextThatItWasSentIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	shortcut := func(keyword string) (of int64) {
		return webtest.One[int64](t, h.House, "insert into shortcuts (tenant_id, keyword, folded, body) values ($1, $2, $2, 'x') returning id", h.Tenant, keyword)
	}
	refund, hello := shortcut("refund"), shortcut("hello")
	counted := func(of int64) int {
		return webtest.One[int](t, h.House, "select coalesce(sum(uses), 0)::int from shortcut_uses where shortcut_id = $1", of)
	}
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	first := map[string]any{"queue_id": h.Queue, "from": webtest.Sales, "to": webtest.Marisol, "text": "Your mug has left.", "client_id": "f1", "shortcut_ids": []int64{hello}}
	of := as[chatData](t, ann.ok("outbound", 0, first)).ID
	ann.ok("outbound", 0, first)
	require.Equal(t, 1, counted(hello), "a repeat is the same text")

	text := func(client string, shortcuts ...int64) map[string]any {
		return map[string]any{"client_id": client, "text": "On its way", "shortcut_ids": shortcuts}
	}
	for range 2 {
		ann.ok("send", of, text("c1", refund))
	}
	require.Equal(t, 1, counted(refund))
	ann.ok("send", of, text("c2", refund))
	ann.ok("send", of, map[string]any{"client_id": "c3", "text": "On its way"})
	ann.ok("send", of, text("c5", 987654))
	ann.refused("invalid_request", "send", of, map[string]any{"client_id": "c6", "text": " ", "shortcut_ids": []int64{refund}})
	require.Equal(t, []int{1, 2}, []int{counted(hello), counted(refund)}, "what is no shortcut, or was not sent, counts nothing")
	require.Equal(t, 5, webtest.One[int](t, h.House, "select count(*)::int from messages where direction = 'out' and sender = 'agent'"))

	ann.ok("end", of, nil)
	ann.refused("chat_ended", "send", of, text("c7", refund))
	require.Equal(t, 2, counted(refund))
}

func TestEachShortcutOfATextIsCountedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var all []int64
	for i := range 11 {
		all = append(all, webtest.One[int64](t, h.House, "insert into shortcuts (tenant_id, keyword, folded, body) values ($1, $2, $2, 'x') returning id", h.Tenant, "s"+strconv.Itoa(i)))
	}
	counted := func() int {
		return webtest.One[int](t, h.House, "select coalesce(sum(uses), 0)::int from shortcut_uses")
	}
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	text := func(client string, used ...int64) map[string]any {
		return map[string]any{"client_id": client, "text": "On its way", "shortcut_ids": used}
	}
	ann.ok("send", of, text("1", all[1], all[0], all[1], 987654, all[0]))
	require.Equal(t, 2, counted())
	ann.ok("send", of, text("2", all[:10]...))
	require.Equal(t, 12, counted())
	require.Equal(t, "shortcut_ids", ann.refused("invalid_request", "send", of, text("3", all...)).Field)
	first := map[string]any{"queue_id": h.Queue, "from": webtest.Sales, "to": webtest.Theo, "text": "Your mug has left.", "client_id": "f1", "shortcut_ids": all}
	require.Equal(t, "shortcut_ids", ann.refused("invalid_request", "outbound", 0, first).Field)
	require.Equal(t, 12, counted(), "what was refused counts nothing")
}
