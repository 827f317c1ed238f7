package ws

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

// patience bounds every wait of these tests; nothing sleeps for it.
const patience = 20 * time.Second

// house is a furnished house with sockets.
type house struct {
	*webtest.House
	hub *Hub
	url string
}

func newHouse(t testing.TB, limits ...Limits) *house {
	t.Helper()
	h := &house{House: webtest.New(t)}
	cfg := Config{
		DB: h.DB, Bus: h.Bus, Chats: h.Chats, Router: h.Router, Callers: h.Callers, Refusals: h.Refusals,
		Node: 1, Now: time.Now, Log: h.Log,
	}
	if len(limits) > 0 {
		cfg.Limits = limits[0]
	}
	var err error
	h.hub, err = New(cfg)
	require.NoError(t, err)
	server := httptest.NewServer(edge.Identify(h.hub))
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, h.hub.Shutdown(ctx))
	})
	h.url = "ws" + strings.TrimPrefix(server.URL, "http") + "/ws/agent"
	return h
}

// client is a desk: it collects what it is sent, and holds every frame to the contract.
type client struct {
	t      testing.TB
	conn   *websocket.Conn
	frames chan in
	closed chan error // the error that ended reading
	held   []in       // read while waiting for something else
	nextID int
	posted []byte // the last request
	lang   string // sent along with each request

	mu    sync.Mutex
	heard strings.Builder // every frame, as it came
}

// in is a frame as a client reads it.
type in struct {
	Type string          `json:"type"`
	ID   string          `json:"id"`
	Chat id.Chat         `json:"chat_id"`
	Seq  int             `json:"seq"`
	Data json.RawMessage `json:"data"`
}

// as reads a frame's data.
func as[T any](t testing.TB, f in) (out T) {
	t.Helper()
	require.NoError(t, json.Unmarshal(f.Data, &out))
	return out
}

// dial opens a socket as a signed-in user's page would.
func (h *house) dial(t testing.TB, user tenant.User) *client {
	t.Helper()
	token, _ := h.SignIn(t, user)
	return h.connect(t, h.url, http.Header{"Cookie": {edge.SessionCookie + "=" + token}, "Origin": {webtest.Origin}})
}

func (h *house) connect(t testing.TB, url string, header http.Header) *client {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{Subprotocol}}
	conn, response, err := dialer.DialContext(t.Context(), url, header)
	if response != nil {
		response.Body.Close()
	}
	require.NoError(t, err)
	require.Equal(t, Subprotocol, conn.Subprotocol())
	return newClient(t, conn)
}

func newClient(t testing.TB, conn *websocket.Conn) *client {
	c := &client{t: t, conn: conn, frames: make(chan in, 100_000), closed: make(chan error, 1)}
	go func() {
		for {
			_, data, err := conn.ReadMessage()
			if err != nil {
				c.closed <- err
				return
			}
			theContract(t).check(t, data)
			c.mu.Lock()
			c.heard.Write(append(data, '\n'))
			c.mu.Unlock()
			var f in
			if err := json.Unmarshal(data, &f); err != nil {
				c.closed <- err
				return
			}
			c.frames <- f
		}
	}()
	t.Cleanup(func() { conn.Close() })
	return c
}

// wait takes frames until one fits; the others are kept.
func (c *client) wait(what string, fits func(in) bool) in {
	c.t.Helper()
	for i, f := range c.held {
		if fits(f) {
			c.held = append(c.held[:i:i], c.held[i+1:]...)
			return f
		}
	}
	deadline := time.After(patience)
	for {
		select {
		case f := <-c.frames:
			if fits(f) {
				return f
			}
			c.held = append(c.held, f)
		case err := <-c.closed:
			c.closed <- err
			if len(c.frames) > 0 {
				continue
			}
			require.NoError(c.t, err, "closed while waiting for %s", what)
		case <-deadline:
			require.FailNow(c.t, "no "+what, "held: %+v", c.held)
		}
	}
}

// frame waits for a frame of a type.
func (c *client) frame(kind string) in {
	c.t.Helper()
	return c.wait(kind, func(f in) bool { return f.Type == kind })
}

// post sends a request and returns its id.
func (c *client) post(kind string, chat id.Chat, data any) string {
	c.t.Helper()
	c.nextID++
	request := map[string]any{"type": kind, "id": strconv.Itoa(c.nextID)}
	if chat != 0 {
		request["chat_id"] = chat
	}
	if data != nil {
		request["data"] = data
	}
	if c.lang != "" {
		request["lang"] = c.lang
	}
	body, err := json.Marshal(request)
	require.NoError(c.t, err)
	c.posted = body
	require.NoError(c.t, c.conn.WriteMessage(websocket.TextMessage, body))
	return request["id"].(string)
}

// ask sends a request and waits for its answer.
func (c *client) ask(kind string, chat id.Chat, data any) in {
	c.t.Helper()
	requestID := c.post(kind, chat, data)
	return c.answer(requestID)
}

func (c *client) answer(requestID string) in {
	c.t.Helper()
	return c.wait("answer "+requestID, func(f in) bool { return f.ID == requestID })
}

// ok asks and expects to be obeyed.
func (c *client) ok(kind string, chat id.Chat, data any) in {
	c.t.Helper()
	f := c.ask(kind, chat, data)
	require.Equal(c.t, "ok", f.Type, "%s", f.Data)
	theContract(c.t).check(c.t, c.posted)
	return f
}

// refused asks and expects a code.
func (c *client) refused(code, kind string, chat id.Chat, data any) refusal {
	c.t.Helper()
	f := c.ask(kind, chat, data)
	require.Equal(c.t, "error", f.Type, "%s", f.Data)
	r := as[refusal](c.t, f)
	require.Equal(c.t, code, string(r.Code), r.Message)
	return r
}

// closeCode waits for the end of the connection.
func (c *client) closeCode() int {
	c.t.Helper()
	select {
	case err := <-c.closed:
		c.closed <- err
		var e *websocket.CloseError
		require.ErrorAs(c.t, err, &e)
		return e.Code
	case <-time.After(patience):
		require.FailNow(c.t, "the socket was not closed")
		return 0
	}
}

// rows takes the next n transcript rows of a chat, in the order they came.
func (c *client) rows(chat id.Chat, n int) (seqs []int) {
	c.t.Helper()
	for range n {
		f := c.wait("a row", func(f in) bool { return f.Chat == chat && f.Seq > 0 })
		seqs = append(seqs, f.Seq)
	}
	return seqs
}

// refusedUpgrade dials and expects a status.
func (h *house) refusedUpgrade(t testing.TB, status int, query string, header http.Header, protocols ...string) {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: protocols}
	_, response, err := dialer.DialContext(t.Context(), h.url+query, header)
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	defer response.Body.Close()
	require.Equal(t, status, response.StatusCode)
	var refusal edge.Refusal
	require.NoError(t, json.NewDecoder(response.Body).Decode(&refusal))
	require.NotEmpty(t, refusal.Message)
	require.NotEmpty(t, refusal.Code)
	require.Equal(t, response.Header.Get(edge.RequestIDHeader), refusal.RequestID)
}

// narrow dials with small buffers, so that a client that does not read is noticed after a few frames.
func (h *house) narrow(t testing.TB, user tenant.User) *websocket.Conn {
	t.Helper()
	token, _ := h.SignIn(t, user)
	dialer := websocket.Dialer{
		Subprotocols: []string{Subprotocol},
		NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err == nil {
				err = conn.(*net.TCPConn).SetReadBuffer(32 << 10)
			}
			return conn, err
		},
	}
	conn, response, err := dialer.DialContext(t.Context(), h.url, http.Header{"Cookie": {edge.SessionCookie + "=" + token}, "Origin": {webtest.Origin}})
	require.NoError(t, err)
	response.Body.Close()
	return conn
}
