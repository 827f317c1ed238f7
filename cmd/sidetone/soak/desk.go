package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sidetone/cmd/sidetone/rig"
	"sidetone/internal/id"
)

// desk is an agent at work through every crash: connects again, resumes, sends again what was not accepted, with the same
// client id.
type desk struct {
	rig    *rig.Rig
	house  rig.House
	agent  id.User
	token  string
	notes  *notes
	window chan struct{} // texts on their way at a time

	mu      sync.Mutex
	socket  *rig.Socket // nil while there is none
	talks   map[id.Chat]*talk
	pending map[string]*letter // by client id
}

// talk is a chat as the agent sees it.
type talk struct {
	seq      int
	resuming bool // rows that are not the next are not counted until the server has said ok
	stranger bool // came by an offer: gets one text and is ended
	served   bool
	gone     bool
}

// letter is a text that the server has not accepted yet.
type letter struct {
	chat id.Chat
	body string
	done func(message int64)
}

// notes collects what all desks saw. The methods are safe for concurrent use.
type notes struct {
	mu     sync.Mutex
	sent   []Sent
	owners map[int64][]int64
	seen   []Violation
	acked  int
	resent int
}

func (n *notes) violated(invariant int, format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen = found(n.seen, invariant, format, args...)
}

func (n *notes) owns(chat id.Chat, agent id.User) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Contains(n.owners[int64(chat)], int64(agent)) {
		n.owners[int64(chat)] = append(n.owners[int64(chat)], int64(agent))
	}
}

func (n *notes) accepted(clientID, body string, message int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent = append(n.sent, Sent{clientID, body, message})
	n.acked++
}

func newDesk(r *rig.Rig, h rig.House, agent id.User, token string, n *notes) *desk {
	return &desk{
		rig: r, house: h, agent: agent, token: token, notes: n, window: make(chan struct{}, 8),
		talks: map[id.Chat]*talk{}, pending: map[string]*letter{},
	}
}

// run keeps the agent connected until ctx ends.
func (d *desk) run(ctx context.Context) {
	for ctx.Err() == nil {
		s, err := d.rig.Connect(ctx, d.token)
		if err == nil {
			stop := context.AfterFunc(ctx, s.Close)
			d.listen(s)
			stop()
			s.Close()
			d.mu.Lock()
			d.socket = nil
			d.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// listen takes frames until the socket breaks.
func (d *desk) listen(s *rig.Socket) {
	for {
		f, err := s.Read()
		if err != nil {
			return
		}
		d.mu.Lock()
		if f.Type == "hello" {
			d.socket = s
		}
		err = d.take(f)
		d.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// chatHead is what hello and chat_assigned say of a chat.
type chatHead struct {
	ID      id.Chat `json:"chat_id"`
	LastSeq int     `json:"last_seq"`
	EndUser struct {
		Number string `json:"number"`
	} `json:"end_user"`
}

// take handles one frame with the lock held; an error ends the socket.
func (d *desk) take(f rig.Frame) error {
	switch f.Type {
	case "hello":
		return d.hello(f)
	case "chat_assigned":
		var c chatHead
		if err := json.Unmarshal(f.Data, &c); err != nil {
			return err
		}
		return d.assigned(c)
	case "offer":
		return d.ask("accept", "a:"+strconv.FormatInt(int64(f.Chat), 10), f.Chat, nil)
	case "chat_removed":
		if t := d.talks[f.Chat]; t != nil {
			t.gone = true
		}
	case "message", "event":
		d.row(f)
	case "ok":
		return d.ok(f)
	case "error":
		return d.refused(f)
	}
	return nil
}

func (d *desk) ask(kind, requestID string, chat id.Chat, data any) error {
	if d.socket == nil {
		return nil // the next hello does it
	}
	return d.socket.Ask(kind, requestID, chat, data)
}

// hello begins a connection: resume what is known, send again what was not accepted, take what is offered.
func (d *desk) hello(f rig.Frame) error {
	var h struct {
		Chats  []chatHead `json:"chats"`
		Offers []chatHead `json:"offers"`
	}
	if err := json.Unmarshal(f.Data, &h); err != nil {
		return err
	}
	for _, t := range d.talks {
		t.gone = true
	}
	resume := map[string]int{}
	for _, c := range h.Chats {
		if t := d.talks[c.ID]; t != nil {
			t.gone, t.resuming = false, true
			resume[strconv.FormatInt(int64(c.ID), 10)] = t.seq
		}
	}
	if len(resume) > 0 {
		if err := d.ask("resume", "r", 0, map[string]any{"chats": resume}); err != nil {
			return err
		}
	}
	for clientID, l := range d.pending {
		d.notes.mu.Lock()
		d.notes.resent++
		d.notes.mu.Unlock()
		if err := d.post(clientID, l); err != nil {
			return err
		}
	}
	for _, c := range h.Chats {
		if err := d.assigned(c); err != nil {
			return err
		}
	}
	for _, o := range h.Offers {
		if err := d.ask("accept", "a:"+strconv.FormatInt(int64(o.ID), 10), o.ID, nil); err != nil {
			return err
		}
	}
	return nil
}

// assigned notes a chat that is this agent's, and serves a stranger.
func (d *desk) assigned(c chatHead) error {
	d.notes.owns(c.ID, d.agent)
	t := d.talks[c.ID]
	if t == nil {
		t = &talk{seq: c.LastSeq, stranger: !slices.Contains(d.house.Consumers, c.EndUser.Number)}
		d.talks[c.ID] = t
	}
	if !t.stranger {
		return nil
	}
	name := "bye-" + strconv.FormatInt(int64(c.ID), 10)
	if t.served {
		return d.ask("end", "e:"+name, c.ID, nil)
	}
	if d.pending[name] != nil {
		return nil
	}
	l := &letter{chat: c.ID, body: "Welcome, and goodbye " + name, done: func(int64) {
		t.served = true
		_ = d.ask("end", "e:"+name, c.ID, nil) // a broken socket is noticed by its reader
	}}
	d.pending[name] = l
	return d.post(name, l)
}

// row checks that transcript rows come one after the other.
func (d *desk) row(f rig.Frame) {
	t := d.talks[f.Chat]
	switch {
	case t == nil:
		d.notes.violated(5, "agent %d got row %d of chat %d, of which nobody told them", d.agent, f.Seq, f.Chat)
	case f.Seq == t.seq+1:
		t.seq++
	case !t.resuming:
		d.notes.violated(5, "agent %d got row %d of chat %d after row %d", d.agent, f.Seq, f.Chat, t.seq)
	}
}

func (d *desk) ok(f rig.Frame) error {
	kind, name, _ := strings.Cut(f.ID, ":")
	switch kind {
	case "r":
		for _, t := range d.talks {
			t.resuming = false
		}
	case "s":
		l := d.pending[name]
		if l == nil {
			return nil // accepted already, on the connection before
		}
		var data struct {
			Message int64 `json:"message_id"`
		}
		if err := json.Unmarshal(f.Data, &data); err != nil {
			return err
		}
		delete(d.pending, name)
		d.notes.accepted(name, l.body, data.Message)
		l.done(data.Message)
	case "a":
		d.notes.owns(f.Chat, d.agent)
	}
	return nil
}

// refused tries a send again unless the chat is over.
func (d *desk) refused(f rig.Frame) error {
	var e struct {
		Code string `json:"code"`
	}
	if err := json.Unmarshal(f.Data, &e); err != nil {
		return err
	}
	kind, name, _ := strings.Cut(f.ID, ":")
	l := d.pending[name]
	switch {
	case kind == "e" && e.Code != "chat_ended" && e.Code != "not_owner":
		chat := f.Chat
		d.later(func() error { return d.ask("end", f.ID, chat, nil) })
	case kind != "s" || l == nil:
	case e.Code == "chat_ended" || e.Code == "not_owner" || e.Code == "not_found":
		delete(d.pending, name)
		if t := d.talks[l.chat]; t == nil || !t.stranger {
			d.notes.violated(8, "agent %d was refused a chat of theirs: %s", d.agent, e.Code)
		}
		l.done(0)
	default:
		d.later(func() error {
			if d.pending[name] != l {
				return nil
			}
			return d.post(name, l)
		})
	}
	return nil
}

// later does something in a moment, with the lock held.
func (d *desk) later(do func() error) {
	time.AfterFunc(200*time.Millisecond, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		_ = do() // a broken socket is noticed by its reader
	})
}

func (d *desk) post(clientID string, l *letter) error {
	return d.ask("send", "s:"+clientID, l.chat, map[string]string{"client_id": clientID, "text": l.body})
}

// write sends texts to the chats that the agent began with, and returns when the server has accepted them all.
func (d *desk) write(ctx context.Context, n int, label string) error {
	chats, err := d.own(ctx)
	if err != nil {
		return err
	}
	for i := range n {
		select {
		case d.window <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		name := fmt.Sprintf("%s-%d-%d", label, d.agent, i)
		l := &letter{chat: chats[i%len(chats)], body: "Answer " + name, done: func(int64) { <-d.window }}
		d.mu.Lock()
		d.pending[name] = l
		_ = d.post(name, l) // a broken socket is noticed by its reader, and the next hello posts it
		d.mu.Unlock()
	}
	for range cap(d.window) { // full again only when all are back
		select {
		case d.window <- struct{}{}:
		case <-ctx.Done():
			return fmt.Errorf("agent %d waits for the server to accept: %w", d.agent, ctx.Err())
		}
	}
	for range cap(d.window) {
		<-d.window
	}
	return nil
}

// own waits for the chats that the agent was furnished with.
func (d *desk) own(ctx context.Context) ([]id.Chat, error) {
	for {
		var out []id.Chat
		d.mu.Lock()
		for chat, t := range d.talks {
			if !t.stranger {
				out = append(out, chat)
			}
		}
		d.mu.Unlock()
		if len(out) > 0 {
			slices.Sort(out)
			return out, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("agent %d was told of no chat: %w", d.agent, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
