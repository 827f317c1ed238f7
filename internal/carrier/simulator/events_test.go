package simulator

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// trace reads a stream of events.
func (w *world) trace(t *testing.T, lastID string) (next func() Event) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.srv.URL+"/sim/events", nil)
	require.NoError(t, err)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	res, err := w.hc.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	lines := bufio.NewScanner(res.Body)
	return func() Event {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var e Event
				require.NoError(t, json.Unmarshal([]byte(data), &e))
				return e
			}
		}
		require.NoError(t, lines.Err())
		t.Fatal("the stream ended")
		return Event{}
	}
}

func TestTheTraceShowsEverythingThatHappens(t *testing.T) {
	w := newWorld(t)
	next := w.trace(t, "")
	a := w.send(t, 5, ann, "hello")
	out := next()
	require.Equal(t, Event{N: 1, At: out.At, Kind: "text_out", Account: "AC1", ID: a.ProviderID, From: ours, To: ann, Text: "hello", Segments: 1, Ref: 5, Status: 201, MS: out.MS}, out)
	for _, want := range []string{"sent", "delivered"} {
		e := next()
		require.Equal(t, []any{"receipt", want, 204, a.ProviderID}, []any{e.Kind, e.Receipt, e.Status, e.ID})
	}
	w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"`+ours+`","text":"hi"}`, nil)
	require.Equal(t, "text_in", next().Kind)
	e := next()
	require.Equal(t, []any{"webhook", 200}, []any{e.Kind, e.Status})
	w.faults(t, `{"receipts":"none"}`)
	require.Equal(t, "fault", next().Kind)
	require.Equal(t, http.StatusBadRequest, w.api(t, "POST", "/Messages.json", "To=x", nil))
	e = next()
	require.Equal(t, []any{"refused", "21211"}, []any{e.Kind, e.Error})

	again := w.trace(t, strconv.FormatInt(e.N-1, 10))
	require.Equal(t, e, again(), "a browser that comes back misses nothing")
	whole := w.trace(t, "")
	require.Equal(t, out, whole())
}

func TestASlowWatcherHoldsNobodyUp(t *testing.T) {
	h := newHub()
	past, ch := h.watch(0)
	require.Empty(t, past)
	for range outboxSize + historySize + 10 {
		h.publish(Event{Kind: "fault"})
	}
	require.Len(t, ch, outboxSize)
	h.leave(ch)
	past, ch = h.watch(0)
	require.Len(t, past, historySize)
	require.Equal(t, int64(outboxSize+11), past[0].N)
	h.leave(ch)
}
