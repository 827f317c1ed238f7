package ws

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier/media"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
	"sidetone/web/edge/webtest"
)

func TestAPictureAppearsInItsTextOnceItIsThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	text := h.Inbound(webtest.Marisol, webtest.Sales, "")
	text.Media = []wire.Media{{URL: "https://carrier.example/secret", ContentType: "image/png"}}
	require.NoError(t, h.Chats.Receive(t.Context(), h.Tenant, h.Account, text))
	row := as[messageData](t, ann.frame("message"))
	m := webtest.One[id.Media](t, h.House, "select id from media")
	require.JSONEq(t, fmt.Sprintf(`[{"id":%d,"state":"fetching","type":"image/png"}]`, m), string(row.Media))

	ready := media.Settlement{Message: row.ID, Chat: of, Seq: 6, Outcomes: []media.Outcome{{
		ID: m, Kind: media.Kind{Type: "image/gif", Width: 4, Height: 3}, Bytes: 26,
	}}}
	require.NoError(t, h.Chats.SettleMedia(t.Context(), h.Tenant, ready))
	now := as[messageStatusData](t, ann.frame("message_status"))
	require.Equal(t, row.ID, now.ID)
	require.Equal(t, "received", now.Status)
	require.JSONEq(t, fmt.Sprintf(`[{"id":%d,"state":"ready","type":"image/gif","bytes":26,"width":4,"height":3}]`, m), string(now.Media))

	again := h.dial(t, h.Ann)
	again.frame("hello")
	again.post("resume", 0, map[string]any{"chats": map[string]int{fmt.Sprint(of): 6}})
	require.Equal(t, now, as[messageStatusData](t, again.wait("the picture", func(f in) bool {
		return f.Type == "message_status" && as[messageStatusData](t, f).ID == row.ID
	})))
}

func TestAnAgentSendsAPictureFromTheDesk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	m := h.Upload(t, h.Ann)
	require.Equal(t, "media", ann.refused("invalid_request", "send", of, map[string]any{"client_id": "c1", "text": "", "media": []int{999}}).Field)
	require.Equal(t, "text", ann.refused("invalid_request", "send", of, map[string]any{"client_id": "c1", "text": ""}).Field)
	ann.ok("send", of, map[string]any{"client_id": "c1", "text": "", "media": []id.Media{m}})
	row := as[messageData](t, ann.frame("message"))
	require.Equal(t, 1, row.Segments)
	var shown []struct{ ID id.Media }
	require.NoError(t, json.Unmarshal([]byte(row.Media), &shown))
	require.Equal(t, m, shown[0].ID)
}
