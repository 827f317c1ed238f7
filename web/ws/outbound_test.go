package ws

import (
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
