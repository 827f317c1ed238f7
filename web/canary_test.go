package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier/twilio"
	"sidetone/internal/logs"
	"sidetone/web"
	"sidetone/web/edge/webtest"
)

// Numbers and texts are personal data: a whole story, its accidents included, leaves neither in the log at its most
// talkative, nor in the metrics (spec 1.1; reference E6).
func TestNumbersAndTextsReachNeitherTheLogNorTheMetrics(t *testing.T) {
	log := &webtest.Lines{}
	talkative, err := logs.New(log, "debug", "json")
	require.NoError(t, err)
	house := webtest.NewLogging(t, talkative)
	h := newHouseOf(t, house, func(c *web.Config) { c.Log = talkative })
	h.log = log
	const from, digits = "+14155557319", "4155557319"
	path := "/hooks/twilio/" + webtest.AccountKey + "/messages"
	n := 0
	text := func(status int, body string, signed bool) {
		n++
		form := url.Values{"MessageSid": {fmt.Sprintf("SM%d", n)}, "From": {from}, "To": {webtest.Sales}, "Body": {body}}
		signature := "no"
		if signed {
			signature = twilio.Sign(webtest.AccountToken, webtest.PublicURL+path, form)
		}
		response, said := h.ask(t, http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", twilio.SignatureHeader, signature)
		require.Equal(t, status, response.StatusCode, said)
	}
	conn := h.socket(t)
	text(200, "heliotrope mug", true)
	text(403, "heliotrope mug", false)
	text(200, "heliotrope \xff\xfe\x00 mug", true) // no UTF-8
	of := h.Newest(t)
	for i, request := range []string{
		`{"type":"accept","id":"%d","chat_id":%d}`,
		`{"type":"send","id":"%d","chat_id":%d,"data":{"client_id":"c","text":"a heliotrope answer"}}`,
		`{"type":"send","id":"%d","chat_id":%d,"data":{"client_id":"c2","text":"` + strings.Repeat("heliotrope ", 1000) + `"}}`,
		`{"type":"heliotrope %d %d"}`, `{"type":"send","id":"%d","chat_id":%d,"data":"heliotrope ` + from + `"}`, `heliotrope %d %d`,
	} {
		require.NoError(t, conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, request, i, of)))
	}
	token, _ := h.SignIn(t, h.Ann)
	cookie := "sidetone_session=" + token
	for _, path := range []string{
		"/api/console/chats/" + url.PathEscape(from) + "/transcript", "/api/console/chats/1/transcript?after=" + url.QueryEscape(from),
		"/" + url.PathEscape(from), "/api/console/nowhere?text=heliotrope",
	} {
		h.get(t, path, "Cookie", cookie)
	}
	h.ask(t, http.MethodPost, "/api/console/chats/1/opt-out", `{"decision":"heliotrope"}`, "Cookie", cookie, "X-Sidetone", "console", "Content-Type", "application/json")
	h.ask(t, http.MethodPost, "/api/console/session", `{"email":"`+digits+`@x.example","password":"heliotrope"}`, "Content-Type", "application/json")
	text(200, "STOP heliotrope", true)
	text(200, "STOP", true)
	require.Eventually(t, func() bool {
		return webtest.One[bool](t, h.House, "select ended_at is not null from chats where id = $1", of)
	}, patience, 1e7)
	_, metrics := h.get(t, "/metrics")
	h.shut(t)
	require.Contains(t, log.String(), "request")
	for name, said := range map[string]string{"the log": log.String(), "the metrics": metrics} {
		require.NotContains(t, said, digits, name)
		require.NotContains(t, strings.ToLower(said), "heliotrope", name)
		require.NotContains(t, said, token, name)
		require.NotContains(t, said, webtest.AccountKey, name)
	}
	for line := range bytes.Lines([]byte(log.String())) {
		if bytes.Contains(line, []byte(`"msg":"request"`)) || bytes.Contains(line, []byte(`"msg":"socket`)) {
			require.Contains(t, string(line), `"request_id":`, "every line of a request names it")
		}
	}
}
