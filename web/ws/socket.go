package ws

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"sidetone/chat"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/queues"
)

// socket is one connection of one agent. Its reader goroutine takes requests one after the other; whatever is to be
// written waits under mu for the pump, the only one that writes and the only one that knows how far the client is.
type socket struct {
	hub     *Hub
	conn    *websocket.Conn
	ctx     context.Context // ends with the connection
	cancel  context.CancelFunc
	id      uuid.UUID
	tenant  id.Tenant
	user    id.User
	person  tenant.User // as they signed in
	session id.Session
	slot    int
	limiter *rate.Limiter
	log     *slog.Logger

	mu      sync.Mutex
	pumping bool      // a pump goroutine is there
	held    bool      // the database failed: nothing is read until a timer says so
	writing time.Time // since when one frame has been on its way; zero: none is
	leaving *farewell // the connection is to be closed
	left    bool      // the close frame has been written, or the connection is gone
	greeted bool      // hello is out: hints may be acted upon
	ping    bool
	pings   int
	tasks   []task           // answers and what comes before them, in order
	resumes []*resume        // under way, one after the other
	moved   map[id.Chat]int  // chats with rows the client may lack, up to a seq
	states  map[id.Chat]span // chats whose texts' delivery states changed, and between which rows
	offered bool             // offers changed
	changed bool             // the agent's status changed
	resight bool             // settings changed, that of hidden numbers perhaps
	stirred bool             // a board that is watched changed
	tend    bool             // time to look after session and database
	behind  int              // looks in a row that found announced rows missing
	paged   bool             // the last work was a page of a resume: live rows are next
	waiting map[id.Chat]int  // chats with a resume under way: their live rows wait
	decided map[id.Chat]bool // offers being accepted or declined here
	chats   map[id.Chat]*followed
	watches map[topic]*watching

	// The pump's own.
	offers  map[id.Chat]queues.Offer
	former  map[id.Chat]*followed // chats that have left the agent, with texts still under way
	status  statusData
	alerted bool
	masked  bool // the client was told that numbers are hidden
}

// followed is what the client has been told of a chat that is its agent's.
type followed struct {
	last   int                  // the last row sent
	turned bool                 // a mark was sent, so the chat's head may be another one
	open   map[id.Message]shown // texts of ours that are not delivered yet
	handed id.User              // to whom a transfer that is under way holds the chat out
	failed *chat.EventView      // a transfer that failed, until the agent is told what became of the chat
	along  bool                 // it is another's, and its supervisor reads along
	until  time.Time            // of a chat that has left the agent: how long its texts are still followed
}

// shown is what the client has been told of a text.
type shown struct {
	seq   int
	state string
}

// span is a part of a transcript, both rows included.
type span struct{ first, last int }

// everything is the whole of a transcript.
func everything() span { return span{1, math.MaxInt32} }

// task is one thing for the pump to do, in the order of the requests. Zero fields mean nothing.
type task struct {
	greet    bool
	assigned *chat.View // the agent has just taken this chat
	along    *chat.View // the supervisor reads along from here on
	dropped  id.Chat    // and no longer
	stirred  bool       // a board is to be looked at
	answered id.Chat    // the offer of this chat was settled by the agent
	frame    []byte
}

// read is the life of the connection. It ends when the connection does.
func (s *socket) read() {
	defer s.gone()
	user, err := s.hub.arrive(s.ctx, s)
	if err != nil {
		s.log.Error("note a socket", "error", err)
		s.bye(broken)
	}
	s.hub.tellSupervisors(s.tenant)
	s.conn.SetReadLimit(maxFrame)
	s.conn.SetPongHandler(func(string) error { return s.alive() })
	if s.alive() != nil {
		return
	}
	s.kick()
	if user.Status == tenant.Available {
		s.hub.Router.Wake(s.tenant)
	}
	for {
		kind, data, err := s.conn.ReadMessage()
		if err != nil {
			s.ended(err)
			return
		}
		if s.alive() != nil {
			return
		}
		if s.isLeaving() {
			continue // only the client's close frame is awaited
		}
		s.request(kind, data)
	}
}

// alive grants the client another stretch of silence.
func (s *socket) alive() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left {
		return nil // the deadline is the one of the goodbye
	}
	return s.conn.SetReadDeadline(time.Now().Add(s.hub.Limits.Silence))
}

// ended notes why reading ended.
func (s *socket) ended(err error) {
	s.mu.Lock()
	leaving := s.leaving
	s.mu.Unlock()
	reason := "lost"
	switch {
	case leaving != nil:
		reason = strconv.Itoa(leaving.Code)
	case websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway):
		reason = "client"
	case websocket.IsUnexpectedCloseError(err):
		reason = "client"
	case err == websocket.ErrReadLimit: //nolint:errorlint // it is returned as it is
		reason = strconv.Itoa(websocket.CloseMessageTooBig)
	}
	s.hub.counts.closed.WithLabelValues(reason).Inc()
	s.log.Info("socket closed", "reason", reason)
}

// gone ends everything of a socket, once its reader has.
func (s *socket) gone() {
	s.mu.Lock()
	s.left = true
	s.mu.Unlock()
	s.cancel()
	_ = s.conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.hub.depart(ctx, s); err != nil {
		s.log.Error("note that a socket has gone", "error", err)
	}
	s.hub.tellSupervisors(s.tenant)
	s.hub.remove(s)
}

// hint notes what a hint says. Many hints become one look.
func (s *socket) hint(h event.Hint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch h.Kind {
	case event.ChatMoved:
		if s.moved == nil {
			s.moved = map[id.Chat]int{}
		}
		s.moved[h.Chat] = max(s.moved[h.Chat], h.Seq)
	case event.MessageStatus:
		changed := span{h.From, h.Seq}
		if h.From <= 0 {
			changed = everything()
		}
		s.statesLocked(h.Chat, changed)
	case event.OffersChanged:
		s.offered = true
	case event.AgentChanged:
		s.changed = true
	case event.Settings:
		s.resight = true
	case event.SessionEnded:
		if h.Session != s.session {
			return
		}
		s.leaveLocked(sessionEnded)
	default:
		return
	}
	s.kickLocked()
}

// statesLocked notes where delivery states changed.
func (s *socket) statesLocked(of id.Chat, changed span) {
	if known, ok := s.states[of]; ok {
		changed = span{min(known.first, changed.first), max(known.last, changed.last)}
	}
	s.states = put(s.states, of, changed)
}

// tick is the wheel passing by.
func (s *socket) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ping = true
	s.pings++
	if s.pings%tendEvery == 0 {
		s.tend = true
	}
	s.kickLocked()
}

// push queues a task behind the others. A client that does not read while it keeps asking is cut off: its outbox is
// bounded, and nobody else waits for it.
func (s *socket) push(t task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roomLocked() {
		s.tasks = append(s.tasks, t)
	}
	s.kickLocked()
}

// roomLocked tells whether one thing more may wait.
func (s *socket) roomLocked() bool {
	if s.leaving == nil && len(s.tasks)+len(s.resumes) >= s.hub.Limits.Outbox {
		s.tasks, s.resumes = nil, nil
		s.leaveLocked(tooSlow)
	}
	return s.leaving == nil
}

// watch finds a client that has not taken a frame for too long. It is told so if it reads on after all; if it does not,
// the write itself fails in the end.
func (s *socket) watch(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.writing.IsZero() && now.Sub(s.writing) >= s.hub.Limits.Slow {
		s.leaveLocked(tooSlow)
	}
}

// bye closes the connection for a reason, once what is being written is out.
func (s *socket) bye(why farewell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaveLocked(why)
	s.kickLocked()
}

func (s *socket) leaveLocked(why farewell) {
	if s.leaving == nil {
		s.leaving = &why
	}
}

func (s *socket) isLeaving() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leaving != nil
}

// cut ends the connection without ceremony.
func (s *socket) cut() { _ = s.conn.Close() }

// kick sees to it that a pump is there.
func (s *socket) kick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.greeted = true
	s.kickLocked()
}

func (s *socket) kickLocked() {
	if s.pumping || s.left || !s.greeted && s.leaving == nil {
		return
	}
	s.pumping = true
	go s.pump()
}

// write puts one frame on the wire.
func (s *socket) write(f frame) error {
	b, err := f.encode()
	if err != nil {
		return err
	}
	s.hub.counts.frames.WithLabelValues(f.Type).Inc()
	return s.writeBytes(b)
}

// lost marks an error of the connection itself: there is nobody left to tell.
type lost struct{ error }

func (s *socket) writeBytes(b []byte) error {
	now := time.Now()
	if err := s.conn.SetWriteDeadline(now.Add(s.hub.Limits.Write)); err != nil {
		return lost{err}
	}
	s.sets(now)
	err := s.conn.WriteMessage(websocket.TextMessage, b)
	s.sets(time.Time{})
	if err != nil {
		return lost{err}
	}
	return nil
}

// sets notes when the writing of a frame began.
func (s *socket) sets(at time.Time) {
	s.mu.Lock()
	s.writing = at
	s.mu.Unlock()
}

// part writes the goodbye and the close frame, and gives the client a moment to answer.
func (s *socket) part(why farewell) {
	deadline := time.Now().Add(s.hub.Limits.Goodbye)
	s.mu.Lock()
	s.left = true
	err := s.conn.SetReadDeadline(deadline)
	s.mu.Unlock()
	if err == nil && why.Code != broken.Code {
		err = s.write(frame{Type: typeGoodbye, Data: why})
	}
	if err == nil {
		err = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(why.Code, why.Message), deadline)
	}
	if err != nil {
		s.cut()
	}
}

// answer queues the answer to a request.
func (s *socket) answer(f frame, before task) {
	b, err := json.Marshal(f)
	if err != nil {
		s.log.Error("encode an answer", "error", err)
		s.bye(broken)
		return
	}
	s.hub.counts.frames.WithLabelValues(f.Type).Inc()
	before.frame = b
	s.push(before)
}
