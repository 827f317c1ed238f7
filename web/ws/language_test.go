package ws

import (
	"fmt"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"sidetone/web/edge/webtest"
)

func TestARefusalIsToldInTheLanguageOfItsRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	bob := h.dial(t, h.Bob)
	bob.frame("hello")
	resume := map[string]any{"chats": map[string]int{fmt.Sprint(of): 0}}
	say := map[string]any{"client_id": "1", "text": "mine"}
	for lang, want := range map[string][3]string{
		"":      {"This chat is not yours", fmt.Sprintf("Chat %d is not yours", of), "data is missing"},
		"en":    {"This chat is not yours", fmt.Sprintf("Chat %d is not yours", of), "data is missing"},
		"fr":    {"This chat is not yours", fmt.Sprintf("Chat %d is not yours", of), "data is missing"},
		"es":    {"Este chat no es suyo", fmt.Sprintf("El chat %d no es suyo", of), "falta data"},
		"es-MX": {"Este chat no es suyo", fmt.Sprintf("El chat %d no es suyo", of), "falta data"},
	} {
		bob.lang = lang
		require.Equal(t, want[0], bob.refused("not_owner", "send", of, say).Message, lang)
		require.Equal(t, want[1], bob.refused("not_owner", "resume", 0, resume).Message, lang)
		require.Equal(t, want[2], bob.refused("invalid_request", "set_status", 0, nil).Message, lang)
	}
	bob.ok("set_status", 0, map[string]string{"status": "break"}) // with a language it is still of the contract
	require.NoError(t, bob.conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"end","id":"x","chat_id":"seven","lang":"es"}`)))
	require.Equal(t, "La trama no es el JSON que se esperaba", as[refusal](t, bob.answer("x")).Message, "what of a frame can be read says how")
	require.NoError(t, bob.conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"end","id":"y","chat_id":1,"lang":7}`)))
	require.Equal(t, refusal{Code: "invalid_request", Field: "lang", Message: "The frame is not the JSON that was expected"}, as[refusal](t, bob.answer("y")))
}
