package ws

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

// agents hires n more agents who serve Sales.
func (h *house) agents(t testing.TB, n int) []tenant.User {
	t.Helper()
	out := make([]tenant.User, n)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `insert into users (tenant_id, email, name, roles, status)
			select $1, 'agent' || i || '@fernhill.example', 'Agent ' || i, '{agent}', 'unavailable' from generate_series(1, $2) i returning id`, h.Tenant, n)
		if err != nil {
			return err
		}
		for i := range out {
			require.True(t, rows.Next())
			if err := rows.Scan(&out[i].ID); err != nil {
				return err
			}
		}
		rows.Close()
		return rows.Err()
	})
	return out
}

// raw opens a socket without any machinery of a client, so that what is measured is the server.
func (h *house) raw(t testing.TB, user tenant.User) {
	t.Helper()
	token, _ := h.SignIn(t, user)
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(h.url, "ws://"), "/ws/agent"))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "GET /ws/agent HTTP/1.1\r\nHost: desk.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: %s\r\nOrigin: %s\r\nCookie: %s=%s\r\n\r\n",
		Subprotocol, webtest.Origin, edge.SessionCookie, token)
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	r := bufio.NewReader(conn)
	response, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, http.StatusSwitchingProtocols, response.StatusCode)
	head := make([]byte, 4) // of hello, a frame of more than 125 bytes
	_, err = r.Read(head)
	require.NoError(t, err)
}

func TestAnIdleSocketIsSmall(t *testing.T) {
	const sockets, most = 300, 40 << 10
	h := newHouse(t, Limits{Silence: time.Hour, PingEvery: time.Hour})
	users := h.agents(t, sockets)
	h.raw(t, h.Ann) // what is there once is there now
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // pools keep what they have for one more
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	before := used()
	for _, u := range users {
		h.raw(t, u)
	}
	each := (used() - before) / sockets
	t.Logf("%d bytes a socket", each)
	require.LessOrEqual(t, each, uint64(most))
}

// From a text's arrival to its frame at the desk: commit, hint, one read, one write.
func BenchmarkTextToFrame(b *testing.B) {
	h := newHouse(b, Limits{Rate: 1e6, Burst: 1e6})
	h.Assigned(b, webtest.Marisol, h.Ann)
	ann := h.dial(b, h.Ann)
	ann.frame("hello")
	for b.Loop() {
		h.Text(b, webtest.Marisol, webtest.Sales, "one more thing")
		ann.frame("message")
	}
}

// What a hint costs on its way to the frame alone.
func BenchmarkRowToFrame(b *testing.B) {
	h := newHouse(b)
	of := h.Assigned(b, webtest.Marisol, h.Ann)
	rows, err := h.Chats.Rows(b.Context(), h.Tenant, of, 0, 10)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		for _, row := range rows {
			if _, err := json.Marshal(rowFrame(of, row)); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// What a delivery state costs in a long chat: one hint, one read, one frame.
func BenchmarkStatusInALongChat(b *testing.B) {
	const texts = 1000
	h := newHouse(b, Limits{Rate: 1e6, Burst: 1e6})
	of := h.Assigned(b, webtest.Marisol, h.Ann)
	for i := range texts {
		_, err := h.Chats.Send(b.Context(), h.Tenant, of, h.Ann.ID, fmt.Sprintf("c%d", i), "Your parcel is on its way")
		require.NoError(b, err)
	}
	h.Tx(b, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update messages set status = 'sent', done_at = now() where direction = 'out'")
		return err
	})
	sent := webtest.One[sentRow](b, h.House, "select (id, seq) from messages where client_id = 'c900'")
	ann := h.dial(b, h.Ann)
	ann.frame("hello")
	for _, hint := range []struct {
		name string
		from int
	}{{"its row is named", sent.Seq}, {"no row is named", 0}} {
		b.Run(hint.name, func(b *testing.B) {
			for n := range b.N {
				b.StopTimer()
				webtest.One[int](b, h.House, "update messages set error_code = $2, error_text = 'x' where id = $1 returning 1", sent.ID, fmt.Sprint(hint.from, n, b.N))
				b.StartTimer()
				h.Bus.Publish(event.Hint{Kind: event.MessageStatus, Tenant: h.Tenant, User: h.Ann.ID, Chat: of, From: hint.from, Seq: sent.Seq})
				ann.frame("message_status")
			}
		})
	}
}

type sentRow struct {
	ID  id.Message
	Seq int
}
