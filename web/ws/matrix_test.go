package ws

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

// example is the request of the contract, about a chat.
func (c *contract) example(t testing.TB, kind string, of any) (data any, aboutChat bool) {
	t.Helper()
	message := dig(c.doc, "components", "messages", kind)
	properties := dig(message, "payload", "properties")
	_, aboutChat = properties["chat_id"]
	_, short := dig(message, "payload")["$ref"] // ChatRequest: a chat and nothing else
	aboutChat = aboutChat || short
	_, hasData := properties["data"]
	examples, _ := message["examples"].([]any)
	switch {
	case kind == "resume":
		data = map[string]any{"chats": map[string]int{fmt.Sprint(of): 0}}
	case len(examples) > 0:
		data = dig(examples[0].(map[string]any), "payload")["data"]
	case hasData:
		require.FailNow(t, kind+" has no example of its data")
	}
	return data, aboutChat
}

// supervisors may ask for these whoever has the chat.
var supervisors = []string{"take_over", "watch", "unwatch", "follow", "unfollow", "whisper", "join", "leave", "end", "transfer"}

// Every request of the contract about a chat that is not one's own is refused, and nothing is seen or changed by it: the
// handshake alone authorises nothing (reference E4).
func TestARequestAboutSomebodyElsesChatSeesAndChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	h.Text(t, webtest.Marisol, webtest.Sales, "about the heliotrope mug")
	other, err := tenant.Create(t.Context(), h.DB, "other", "Other")
	require.NoError(t, err)
	stranger, err := h.Logins.Create(t.Context(), other.ID, tenant.NewUser{Email: "ivo@other.example", Name: "Ivo", Roles: []tenant.Role{tenant.RoleAgent, tenant.RoleAdmin}})
	require.NoError(t, err)
	token, _, err := h.Sessions.Create(t.Context(), other.ID, stranger.ID, "test", time.Now())
	require.NoError(t, err)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update users set status = 'break' where id = $1", h.Bob.ID) // he is offered nothing meanwhile
		return err
	})
	clients := map[string]*client{
		"a colleague": h.dial(t, h.Bob), "a manager": h.dial(t, h.Mia),
		"somebody of another tenant": h.connect(t, h.url, http.Header{"Cookie": {edge.SessionCookie + "=" + token}}),
	}
	stored := h.Stored(t)
	for who, c := range clients {
		c.frame("hello")
		before := stored()
		for _, kind := range theContract(t).named("ask") {
			if kind == "set_status" || kind == "outbound" || who == "a manager" && slices.Contains(supervisors, kind) {
				continue // of oneself; a supervisor may
			}
			data, aboutChat := theContract(t).example(t, kind, of)
			chat := of
			if !aboutChat {
				chat = 0
			}
			f := c.ask(kind, chat, data)
			if who == "somebody of another tenant" && slices.Contains([]string{"watch", "unwatch", "unfollow"}, kind) {
				require.Equal(t, "ok", f.Type, kind) // of their own house
				continue
			}
			require.Equal(t, "error", f.Type, "%s by %s: %s", kind, who, f.Data)
			require.Contains(t, []string{"not_owner", "not_found", "offer_gone", "already_taken", "forbidden"}, string(as[refusal](t, f).Code), "%s by %s", kind, who)
			require.Equal(t, before, stored(), "%s by %s", kind, who)
			if who == "somebody of another tenant" {
				require.NotContains(t, string(f.Data), "Ann", kind)
			}
		}
		all, err := json.Marshal(c.held)
		require.NoError(t, err)
		require.NotContains(t, string(all), "heliotrope", who)
		require.NotContains(t, string(all), webtest.Marisol, who)
	}
}
