package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier/twilio"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/smsapi"
	"sidetone/web"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
	"sidetone/web/ws"
)

const patience = 20 * time.Second

type house struct {
	*webtest.House
	server   *web.Server
	url      string
	log      *webtest.Lines
	ended    <-chan error
	migrated error
}

func newHouse(t testing.TB, change ...func(*web.Config)) *house {
	t.Helper()
	return newHouseOf(t, webtest.New(t), change...)
}

func newHouseOf(t testing.TB, furnished *webtest.House, change ...func(*web.Config)) *house {
	t.Helper()
	h := &house{House: furnished, log: &webtest.Lines{}}
	cfg := web.Config{
		DB: h.DB, Bus: h.Bus, Node: 1, Chats: h.Chats, Router: h.Router, Accounts: h.Accounts, Receipts: h.Receipts, Media: h.Media,
		SMS: smsapi.New(smsapi.Config{DB: h.DB, Chats: h.Chats}), Nodes: func() int { return 1 },
		Sessions: h.Sessions, Logins: h.Logins, SignIns: h.SignIns, PublicURL: webtest.PublicURL, Metrics: prometheus.NewRegistry(),
		Migrated: func(context.Context) error { return h.migrated }, Now: time.Now,
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&cfg)
	}
	var err error
	h.server, err = web.New(cfg)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	h.url = "http://" + listener.Addr().String()
	h.ended = h.server.Start(listener)
	t.Cleanup(func() { h.shut(t) })
	return h
}

func (h *house) shut(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, h.server.Shutdown(ctx))
	require.NoError(t, <-h.ended)
}

func (h *house) get(t testing.TB, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	return h.ask(t, http.MethodGet, path, "", headers...)
}

func (h *house) ask(t testing.TB, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, h.url+path, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(said)
}

func (h *house) socket(t testing.TB) *websocket.Conn {
	t.Helper()
	token, _ := h.SignIn(t, h.Ann)
	dialer := websocket.Dialer{Subprotocols: []string{ws.Subprotocol}}
	conn, response, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(h.url, "http")+"/ws/agent",
		http.Header{"Cookie": {edge.SessionCookie + "=" + token}, "Origin": {webtest.Origin}})
	require.NoError(t, err)
	response.Body.Close()
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	_, hello, err := conn.ReadMessage()
	require.NoError(t, err)
	require.Contains(t, string(hello), `"type":"hello"`)
	return conn
}

func TestEveryDoorNamesItsRequestAndWarnsBrowsers(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{
		"/", "/healthz", "/readyz", "/metrics", "/api/console/session", "/api/console/nowhere", "/hooks/twilio/x/messages",
		"/ws/agent", "/assets/nowhere.js", "/nowhere.txt",
	} {
		response, _ := h.get(t, path)
		require.NotEmpty(t, response.Header.Get(edge.RequestIDHeader), path)
		require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"), path)
		require.Equal(t, "DENY", response.Header.Get("X-Frame-Options"), path)
		require.Equal(t, "same-origin", response.Header.Get("Referrer-Policy"), path)
		require.Contains(t, response.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
		require.Empty(t, response.Header.Get("Strict-Transport-Security"), path)
	}
	response, said := h.get(t, "/api/console/session", edge.RequestIDHeader, "caller-7")
	require.Equal(t, "caller-7", response.Header.Get(edge.RequestIDHeader))
	require.Contains(t, said, `"request_id":"caller-7"`)
	require.Contains(t, h.log.String(), "request_id=caller-7")
	response, _ = h.get(t, "/healthz", edge.RequestIDHeader, "+14155550142")
	require.Len(t, response.Header.Get(edge.RequestIDHeader), 16, "a number is no name for a request")
}

func TestOverHTTPSBrowsersAreToldToStayThere(t *testing.T) {
	h := newHouse(t, func(c *web.Config) { c.PublicURL = "https://desk.example" })
	response, _ := h.get(t, "/healthz")
	require.Contains(t, response.Header.Get("Strict-Transport-Security"), "max-age=31536000")
}

func TestReadinessNamesWhatIsMissing(t *testing.T) {
	h := newHouse(t)
	response, said := h.get(t, "/readyz")
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.JSONEq(t, `{"database":"ok","bus":"ok","migrations":"ok"}`, said)
	h.migrated = errors.New("2 to go")
	response, said = h.get(t, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
	require.JSONEq(t, `{"database":"ok","bus":"ok","migrations":"failing"}`, said)
	response, said = h.get(t, "/healthz")
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, "ok\n", said)
}

func TestMetricsAreServed(t *testing.T) {
	h := newHouse(t)
	h.socket(t)
	h.get(t, "/healthz")
	_, said := h.get(t, "/metrics")
	require.Contains(t, said, `sidetone_http_requests_total{door="healthz",status="200"} 1`)
	require.Contains(t, said, `sidetone_http_requests_total{door="ws",status="101"} 1`)
	require.Contains(t, said, "sidetone_sockets 1")
}

func TestATextTravelsFromTheCarrierToTheDesk(t *testing.T) {
	h := newHouse(t)
	conn := h.socket(t)
	path := "/hooks/twilio/" + webtest.AccountKey + "/messages"
	form := url.Values{"MessageSid": {"SM1"}, "From": {webtest.Marisol}, "To": {webtest.Sales}, "Body": {"Hi, a mug arrived chipped"}}
	response, said := h.ask(t, http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded",
		twilio.SignatureHeader, twilio.Sign(webtest.AccountToken, webtest.PublicURL+path, form))
	require.Equal(t, http.StatusOK, response.StatusCode, said)
	_, offer, err := conn.ReadMessage()
	require.NoError(t, err)
	require.Contains(t, string(offer), `"preview":"Hi, a mug arrived chipped"`)
	require.NotContains(t, h.log.String(), webtest.AccountKey)
	require.NotContains(t, h.log.String(), "mug")
}

func TestALargeBodyIsRefusedAtEveryDoor(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/api/console/session", "/nowhere", "/hooks/twilio/" + webtest.AccountKey + "/messages"} {
		response, _ := h.ask(t, http.MethodPost, path, strings.Repeat("x", edge.MaxBody+1), "Content-Type", "application/json")
		require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode, path)
	}
}

func TestWhatIsInFlightIsFinishedOnShutdown(t *testing.T) {
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	conn := h.socket(t)
	release := h.lock(t, of)
	path := "/hooks/twilio/" + webtest.AccountKey + "/messages"
	form := url.Values{"MessageSid": {"SM1"}, "From": {webtest.Marisol}, "To": {webtest.Sales}, "Body": {"one more thing"}}
	answered := make(chan int, 1)
	go func() {
		response, _ := h.ask(t, http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded",
			twilio.SignatureHeader, twilio.Sign(webtest.AccountToken, webtest.PublicURL+path, form))
		answered <- response.StatusCode
	}()
	h.waiting(t)
	stopped := make(chan error, 1)
	go func() { stopped <- h.server.Shutdown(context.Background()) }()
	require.Equal(t, websocket.CloseServiceRestart, readToClose(t, conn))
	require.Empty(t, stopped, "the text is not saved yet")
	release()
	require.Equal(t, http.StatusOK, <-answered)
	require.NoError(t, <-stopped)
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from messages where provider_id = 'SM1'"))
	_, err := http.Get(h.url + "/healthz") //nolint:bodyclose // there is no answer
	require.Error(t, err)
}

// lock holds a chat's consumer, so that whatever wants it waits.
func (h *house) lock(t testing.TB, of id.Chat) (release func()) {
	t.Helper()
	held, done, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "select lock_consumer(e.tenant_id, e.address) from chats c join end_users e on e.id = c.end_user_id where c.id = $1", of)
			close(held)
			<-done
			return err
		})
	}()
	<-held
	return func() { close(done); <-ended }
}

// waiting returns when somebody waits for a lock.
func (h *house) waiting(t testing.TB) {
	t.Helper()
	require.Eventually(t, func() bool {
		return webtest.One[int](t, h.House, "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0
	}, patience, 5*time.Millisecond)
}

func readToClose(t testing.TB, conn *websocket.Conn) int {
	t.Helper()
	for {
		_, _, err := conn.ReadMessage()
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			return closed.Code
		}
		require.NoError(t, err)
	}
}

func TestThePhonesOfTheDemoReachTheCarrierOnlySignedIn(t *testing.T) {
	next := make(chan string)
	carrier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sim/events" {
			w.Header().Set("Content-Type", "text/event-stream")
			w.(http.Flusher).Flush()
			for {
				select {
				case event := <-next:
					fmt.Fprintf(w, "data: %s\n\n", event)
					w.(http.Flusher).Flush()
				case <-r.Context().Done():
					return
				}
			}
		}
		body, _ := io.ReadAll(r.Body)
		_ = json.NewEncoder(w).Encode(map[string]string{"path": r.URL.Path, "cookie": r.Header.Get("Cookie"), "body": string(body)})
	}))
	t.Cleanup(carrier.Close)
	h := newHouse(t, func(c *web.Config) { c.SimulatorURL = carrier.URL })
	response, _ := h.get(t, "/sim/texts")
	require.Equal(t, http.StatusUnauthorized, response.StatusCode)
	token, _ := h.SignIn(t, h.Ann)
	cookie := edge.SessionCookie + "=" + token
	response, _ = h.ask(t, http.MethodPost, "/sim/texts", "{}", "Cookie", cookie)
	require.Equal(t, http.StatusForbidden, response.StatusCode, "not from our own page")
	response, said := h.ask(t, http.MethodPost, "/sim/texts", `{"text":"hi"}`, "Cookie", cookie, edge.ChangeHeader, "console")
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.JSONEq(t, `{"path":"/sim/texts","cookie":"","body":"{\"text\":\"hi\"}"}`, said)
	for size, want := range map[int]int{8 << 20: http.StatusOK, 8<<20 + 1: http.StatusRequestEntityTooLarge} { // a photo is a text's largest part
		response, _ = h.ask(t, http.MethodPost, "/sim/texts", strings.Repeat("x", size), "Cookie", cookie, edge.ChangeHeader, "console")
		require.Equal(t, want, response.StatusCode)
	}

	mask := func(on bool) { // who sees no numbers has no phones
		_, err := h.Chats.SaveSettings(t.Context(), h.Tenant, 0, map[string]json.RawMessage{string(tenant.MaskForAgents): fmt.Append(nil, on)}, tenant.Actor{})
		require.NoError(t, err)
	}
	mask(true)
	for _, path := range []string{"/sim/texts", "/sim/events"} {
		response, _ = h.ask(t, http.MethodGet, path, "", "Cookie", cookie)
		require.Equal(t, http.StatusForbidden, response.StatusCode)
	}
	mia, _ := h.SignIn(t, h.Mia)
	response, _ = h.ask(t, http.MethodGet, "/sim/texts", "", "Cookie", edge.SessionCookie+"="+mia)
	require.Equal(t, http.StatusOK, response.StatusCode)
	mask(false)

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/sim/events", nil)
	require.NoError(t, err)
	r.Header.Set("Cookie", cookie)
	response, err = http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	events := bufio.NewReader(response.Body)
	for _, want := range []string{"first", "second"} { // each arrives before the next is sent
		next <- want
		line, err := events.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "data: "+want+"\n", line)
		_, err = events.ReadString('\n')
		require.NoError(t, err)
	}
	require.NoError(t, h.server.Shutdown(t.Context()), "a stream has no end, so it is ended")
}

func TestWithoutADemoThereIsNoSimulatedCarrier(t *testing.T) {
	h := newHouse(t)
	response, _ := h.get(t, "/sim/texts")
	require.Equal(t, http.StatusNotFound, response.StatusCode)
}

func TestAPanicIsAnsweredAndTheOthersGoOn(t *testing.T) {
	var panics atomic.Bool
	h := newHouse(t, func(c *web.Config) {
		now := c.Now
		c.Now = func() time.Time {
			if panics.Load() {
				panic("the clock is broken")
			}
			return now()
		}
	})
	token, _ := h.SignIn(t, h.Ann)
	panics.Store(true)
	response, said := h.get(t, "/api/console/session", "Cookie", edge.SessionCookie+"="+token, edge.RequestIDHeader, "caller-8")
	panics.Store(false)
	require.Equal(t, http.StatusInternalServerError, response.StatusCode)
	require.JSONEq(t, `{"message":"Something went wrong on our side; it has been noted","code":"internal","request_id":"caller-8"}`, said)
	require.Contains(t, h.log.String(), "the clock is broken")
	response, _ = h.get(t, "/api/console/session", "Cookie", edge.SessionCookie+"="+token)
	require.Equal(t, http.StatusOK, response.StatusCode)
}
