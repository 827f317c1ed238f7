package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"sidetone/internal/id"
	"sidetone/web/edge"
	"sidetone/web/ws"
)

// Socket is one connection of an agent, as the console makes it.
type Socket struct {
	conn *websocket.Conn
	mu   sync.Mutex // one writer at a time
}

// Frame is what the server sends (openapi/asyncapi.yaml), as far as a rig reads it.
type Frame struct {
	Type string          `json:"type"`
	ID   string          `json:"id"`
	Chat id.Chat         `json:"chat_id"`
	Seq  int             `json:"seq"`
	Data json.RawMessage `json:"data"`
}

// Connect opens an agent's socket. token is what SignIn returned.
func (r *Rig) Connect(ctx context.Context, token string) (*Socket, error) {
	d := websocket.Dialer{Subprotocols: []string{ws.Subprotocol}, HandshakeTimeout: 10 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 1024}
	conn, res, err := d.DialContext(ctx, "ws"+strings.TrimPrefix(r.URL, "http")+"/ws/agent", http.Header{
		"Cookie": {edge.SessionCookie + "=" + token}, "Origin": {r.URL},
	})
	if res != nil {
		res.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("connect an agent: %w", err)
	}
	return &Socket{conn: conn}, nil
}

// Read waits for the next frame.
func (s *Socket) Read() (f Frame, err error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil { // the server pings more often
		return f, err
	}
	_, text, err := s.conn.ReadMessage()
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(text, &f)
}

// Ask sends a request.
func (s *Socket) Ask(kind, requestID string, chat id.Chat, data any) error {
	request := map[string]any{"type": kind, "id": requestID}
	if chat != 0 {
		request["chat_id"] = chat
	}
	if data != nil {
		request["data"] = data
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.conn.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	return s.conn.WriteJSON(request)
}

// Close hangs up.
func (s *Socket) Close() { _ = s.conn.Close() } // nothing is owed
