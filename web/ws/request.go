package ws

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/web/edge"
)

const (
	requestTime = 15 * time.Second
	longestID   = 100
)

// request is the envelope of everything a client sends.
type request struct {
	Type string          `json:"type"`
	ID   string          `json:"id"`
	Chat id.Chat         `json:"chat_id"`
	Lang string          `json:"lang"` // in which a refusal is to be told
	Data json.RawMessage `json:"data"`
}

// handler does one request. It returns the answer's data, and what is to be told before the answer.
type handler func(s *socket, ctx context.Context, r request) (data any, before task, err error)

// handlers are the requests there are; resume is apart, for it is answered later.
var handlers = map[string]handler{
	"accept":     (*socket).accept,
	"decline":    (*socket).decline,
	"send":       (*socket).send,
	"end":        (*socket).end,
	"dismiss":    (*socket).dismiss,
	"wrap_up":    (*socket).wrapUp,
	"transfer":   (*socket).transfer,
	"take_over":  (*socket).takeOver,
	"outbound":   (*socket).outbound,
	"set_status": (*socket).setStatus,
	"typing":     (*socket).typing,
	"read":       (*socket).seen,
	"watch":      (*socket).watchTopic,
	"unwatch":    (*socket).unwatch,
	"follow":     (*socket).followChat,
	"unfollow":   (*socket).unfollow,
	"whisper":    (*socket).whisper,
	"join":       (*socket).join,
	"leave":      (*socket).leaveChat,
}

// aboutChat are the requests that name a chat.
var aboutChat = []string{"accept", "decline", "send", "end", "dismiss", "wrap_up", "transfer", "take_over", "typing", "read", "follow", "unfollow", "whisper", "join", "leave"}

// request reads, does and answers one frame. Whoever asks was let in by a session that is checked again and again, and
// every request is authorised by itself: the floors below check that the chat is this agent's.
func (s *socket) request(kind int, frame []byte) {
	r, err := s.parse(kind, frame)
	if err != nil {
		s.refuse(r, err)
		return
	}
	// What was asked is done even if the connection breaks meanwhile: a repeat gets the same answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), requestTime)
	defer cancel()
	if r.Type == "resume" {
		var data resumeData
		if err = decode(r.Data, &data); err == nil {
			err = s.resume(r, data)
		}
		if err != nil {
			s.refuse(r, err)
		}
		return
	}
	data, before, err := s.handle(ctx, r)
	if err != nil {
		s.refuse(r, err)
		return
	}
	s.hub.counts.asked.WithLabelValues(r.Type, "ok").Inc()
	s.answer(ok(r, data), before)
}

// handle does a request. A panic is that request's error: no net/http stands above a socket to catch it.
func (s *socket) handle(ctx context.Context, r request) (data any, before task, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = s.caught(cause)
		}
	}()
	return handlers[r.Type](s, ctx, r)
}

func (s *socket) caught(cause any) error {
	s.hub.counts.panics.Inc()
	return fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
}

func ok(r request, data any) frame { return frame{Type: typeOk, ID: r.ID, Chat: r.Chat, Data: data} }

// refuse answers with an error. Only what we expect is explained.
func (s *socket) refuse(r request, err error) {
	var known *errs.Error
	if !errors.As(err, &known) || known.Code == errs.Internal {
		s.log.Error("socket request failed", "type", r.Type, "chat", r.Chat, "error", err)
	}
	e := edge.Shown(err)
	if handlers[r.Type] == nil && r.Type != "resume" {
		r.Type = "unknown"
	}
	s.hub.counts.asked.WithLabelValues(r.Type, string(e.Code)).Inc()
	s.answer(frame{Type: typeError, ID: r.ID, Chat: cmp.Or(r.Chat, id.Chat(e.Chat)), Data: refusal{e.Code, e.In(errs.Reads(r.Lang)), e.By, e.Field}}, task{})
}

// parse reads an envelope. What of it could be read comes back with the error, so that the answer finds its request.
func (s *socket) parse(kind int, frame []byte) (r request, err error) {
	allowed := s.limiter.Allow()
	if kind != websocket.TextMessage {
		return r, errs.New(errs.Invalid, "Frames are JSON text")
	}
	if err := json.Unmarshal(frame, &r); err != nil {
		field := ""
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			field = wrong.Field
		}
		err = errs.Field(field, "The frame is not the JSON that was expected")
		return harmless(r), err
	}
	_, known := handlers[r.Type]
	known = known || r.Type == "resume"
	switch {
	case r.ID == "" || len(r.ID) > longestID:
		return harmless(r), errs.Field("id", "A request carries an id of 1 to %d bytes", longestID)
	case !allowed:
		return harmless(r), errs.New(errs.TooMany, "Too many requests; slow down")
	case !known:
		return harmless(r), errs.New(errs.UnknownType, "There is no such request")
	case slices.Contains(aboutChat, r.Type) && (r.Chat <= 0 || r.Chat >= 1<<53):
		return harmless(r), errs.Field("chat_id", "chat_id names no chat")
	}
	return r, nil
}

// harmless keeps what does not fit the protocol out of the answer.
func harmless(r request) request {
	if len(r.ID) > longestID {
		r.ID = ""
	}
	if r.Chat < 0 || r.Chat >= 1<<53 {
		r.Chat = 0
	}
	return r
}

// decode reads a request's data. Fields that are not known are ignored; wrong types are named (spec 2.1).
func decode(raw json.RawMessage, to any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return errs.Field("data", "data is missing")
	}
	if err := json.Unmarshal(raw, to); err != nil {
		field := "data"
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			field = wrong.Field
		}
		return errs.Field(field, "%s is not what was expected", field)
	}
	return nil
}

func (s *socket) accept(ctx context.Context, r request) (any, task, error) {
	s.decide(r.Chat)
	view, err := s.hub.Chats.Accept(ctx, s.tenant, r.Chat, s.user)
	if err != nil {
		s.undecide(r.Chat)
		return nil, task{}, err
	}
	return chatFrom(view, s.sight(ctx)), task{assigned: &view, answered: r.Chat}, nil
}

func (s *socket) decline(ctx context.Context, r request) (any, task, error) {
	s.decide(r.Chat)
	err := s.hub.Router.Decline(ctx, s.tenant, r.Chat, s.user)
	if errs.CodeOf(err) == errs.OfferGone { // unless it is a colleague who holds it out
		err = s.hub.Chats.RefuseTransfer(ctx, s.tenant, r.Chat, s.user)
	}
	if err != nil {
		s.undecide(r.Chat)
		return nil, task{}, err
	}
	return nil, task{answered: r.Chat}, nil
}

// decide keeps hints about an offer quiet while it is being answered here: the answer says more.
func (s *socket) decide(of id.Chat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decided = put(s.decided, of, true)
}

// undecide: the offer may be gone by now, and then the client is told by whom it was taken.
func (s *socket) undecide(of id.Chat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.decided, of)
	s.offered = true
	s.kickLocked()
}

func (s *socket) send(ctx context.Context, r request) (any, task, error) {
	var data struct {
		ClientID  string        `json:"client_id"`
		Text      string        `json:"text"`
		Media     []id.Media    `json:"media"`
		Shortcuts []id.Shortcut `json:"shortcut_ids"`
	}
	if err := decode(r.Data, &data); err != nil {
		return nil, task{}, err
	}
	sent, err := s.hub.Chats.SendWith(ctx, s.tenant, r.Chat, s.user, data.Shortcuts, data.ClientID, data.Text, data.Media...)
	return sentData{sent.Message, sent.Seq}, task{}, err
}

func (s *socket) end(ctx context.Context, r request) (any, task, error) {
	err := s.hub.Chats.End(ctx, s.tenant, r.Chat, s.user)
	return nil, task{}, s.byRank(ctx, err, func() error { return s.hub.Chats.EndBy(ctx, s.tenant, r.Chat, s.user) })
}

func (s *socket) dismiss(ctx context.Context, r request) (any, task, error) {
	return nil, task{}, s.hub.Chats.Dismiss(ctx, s.tenant, r.Chat, s.user)
}

// wrapUp says what a chat that has ended was about.
func (s *socket) wrapUp(ctx context.Context, r request) (any, task, error) {
	var data struct {
		Disposition string `json:"disposition"`
		Note        string `json:"note"`
	}
	if err := decode(r.Data, &data); err != nil {
		return nil, task{}, err
	}
	return nil, task{}, s.hub.Chats.WrapUp(ctx, s.tenant, r.Chat, s.user, data.Disposition, data.Note)
}

// setStatus: an agent chooses any status but the two that only befall one.
func (s *socket) setStatus(ctx context.Context, r request) (any, task, error) {
	var data struct {
		Status tenant.Status `json:"status"`
	}
	if err := decode(r.Data, &data); err != nil {
		return nil, task{}, err
	}
	if _, err := s.hub.Router.SetStatus(ctx, s.tenant, s.user, data.Status, 0); err != nil {
		return nil, task{}, err
	}
	return statusData{Status: data.Status}, task{}, nil
}

// typing is accepted, and goes no further: consumers of texts can't be shown it.
func (s *socket) typing(_ context.Context, r request) (any, task, error) {
	return nil, task{}, s.follows(r.Chat)
}

// seen keeps how far the agent has read, so that what is unread survives the page.
func (s *socket) seen(ctx context.Context, r request) (any, task, error) {
	var data struct {
		Seq *int `json:"seq"`
	}
	if err := decode(r.Data, &data); err != nil {
		return nil, task{}, err
	}
	if data.Seq == nil || *data.Seq < 0 || *data.Seq > math.MaxInt32 {
		return nil, task{}, errs.Field("seq", "seq is the last row that was seen")
	}
	if err := s.follows(r.Chat); err != nil {
		return nil, task{}, err
	}
	return nil, task{}, s.hub.Chats.Read(ctx, s.tenant, r.Chat, s.user, *data.Seq)
}

func (s *socket) follows(of id.Chat) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.chats[of]; f == nil || f.along {
		return errs.New(errs.NotOwner, "This chat is not yours")
	}
	return nil
}
