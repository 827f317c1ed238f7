package ws

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	"sidetone/web/edge/webtest"
)

// set gives the tenant a setting that every part notices.
func (h *house) set(t testing.TB, key string, value any) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tenant.Set(ctx, tx, h.Tenant, 0, key, value, tenant.Actor{}, time.Now())
	})
	h.Chats.Forget(h.Tenant)
}

func TestAQueueThatAnswersByItselfBringsTheChatToTheDesk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set(t, "offer_mode", "deltacast")
	h.set(t, "auto_answer", true)
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	h.Text(t, webtest.Marisol, webtest.Sales, "Hi, a mug from my order arrived chipped")
	first := ann.wait("an offer or the chat", func(f in) bool { return f.Type == "offer" || f.Type == "chat_assigned" })
	require.Equal(t, "chat_assigned", first.Type, "nobody is asked")
	require.Equal(t, "assigned", as[struct{ Status string }](t, first).Status)
	require.Equal(t, []string{"true"}, []string{webtest.One[string](t, h.House,
		"select data->>'auto' from chat_events where kind = 'assigned' and chat_id = $1", first.Chat)})
	require.Equal(t, "accepted", webtest.One[string](t, h.House, "select state from offers where auto"))
	ann.ok("send", first.Chat, map[string]any{"client_id": "c1", "text": "Hi Marisol, Ann here."})
	ann.ok("end", first.Chat, nil)
}

func TestAMissedDeltacastOfferIsShownAtTheDesk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set(t, "offer_mode", "deltacast")
	h.set(t, "offer_timeout", 3)
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	h.Text(t, webtest.Marisol, webtest.Sales, "Hi, a mug from my order arrived chipped")
	of := ann.frame("offer").Chat
	ann.wait("missed_chat", func(f in) bool {
		return f.Type == "status" && as[struct{ Status string }](t, f).Status == "missed_chat"
	})
	require.Equal(t, withdrawnData{Why: "expired"}, as[withdrawnData](t, ann.frame("offer_withdrawn")))
	ann.ok("set_status", 0, map[string]any{"status": "available"})
	require.Equal(t, of, ann.frame("offer").Chat, "the next attempt")
}
