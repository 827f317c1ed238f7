package simulator

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Event is one line of the simulator page's trace.
type Event struct {
	N        int64     `json:"n"`
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"` // text_in, text_out, refused, webhook, receipt, fault
	Account  string    `json:"account,omitempty"`
	ID       string    `json:"id,omitempty"` // of the text
	From     string    `json:"from,omitempty"`
	To       string    `json:"to,omitempty"`
	Text     string    `json:"text,omitempty"`
	Media    []string  `json:"media,omitempty"`
	Segments int       `json:"segments,omitempty"`
	Ref      int64     `json:"ref,omitempty"`
	Receipt  string    `json:"receipt,omitempty"` // the status that a receipt tells
	Error    string    `json:"error_code,omitempty"`
	Status   int       `json:"status,omitempty"` // of the HTTP answer
	MS       float64   `json:"ms,omitempty"`
	Failure  string    `json:"failure,omitempty"` // why there was no answer
	Fault    any       `json:"fault,omitempty"`
}

const (
	historySize = 500
	outboxSize  = 1024
	heartbeat   = 15 * time.Second
)

// hub keeps the last events and tells whoever watches. A slow watcher loses events, never holds anybody up.
type hub struct {
	mu       sync.Mutex
	n        int64
	history  [historySize]Event
	watchers map[chan Event]struct{}
	closed   chan struct{}
	once     sync.Once
}

func newHub() *hub {
	return &hub{watchers: map[chan Event]struct{}{}, closed: make(chan struct{})}
}

func (h *hub) close() { h.once.Do(func() { close(h.closed) }) }

func (h *hub) publish(e Event) {
	e.At = time.Now().UTC()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	e.N = h.n
	h.history[h.n%historySize] = e
	for ch := range h.watchers {
		select {
		case ch <- e:
		default:
		}
	}
}

// watch returns the kept events after a number and a channel for what follows, without a gap between them.
func (h *hub) watch(after int64) ([]Event, chan Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var past []Event
	for n := max(after+1, h.n-historySize+1, 1); n <= h.n; n++ {
		past = append(past, h.history[n%historySize])
	}
	ch := make(chan Event, outboxSize)
	h.watchers[ch] = struct{}{}
	return past, ch
}

func (h *hub) leave(ch chan Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, ch)
}

// getEvents streams the trace as server-sent events: first what is remembered (after Last-Event-ID, if the browser
// says one), then what happens.
func (c *Carrier) getEvents(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
	past, ch := c.events.watch(after)
	defer c.events.leave(ch)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	for _, e := range past {
		if writeEvent(w, e) != nil {
			return
		}
	}
	if out.Flush() != nil {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case e := <-ch:
			err = writeEvent(w, e)
		case <-beat.C:
			_, err = w.Write([]byte(": still here\n\n"))
		case <-r.Context().Done():
			return
		case <-c.events.closed:
			return
		}
		if err != nil || len(ch) == 0 && out.Flush() != nil {
			return
		}
	}
}

func writeEvent(w http.ResponseWriter, e Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	b := append([]byte("id: "), strconv.FormatInt(e.N, 10)...)
	b = append(b, "\nevent: "...)
	b = append(b, e.Kind...)
	b = append(b, "\ndata: "...)
	b = append(b, data...)
	b = append(b, "\n\n"...)
	_, err = w.Write(b)
	return err
}
