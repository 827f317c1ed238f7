package ws

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"sidetone/chat"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// follow starts from a chat's last row, and from how its texts stand now.
func (s *socket) follow(ctx context.Context, v chat.View) error {
	f := &followed{last: v.LastSeq, handed: v.TransferTo.ID}
	states, err := s.hub.Chats.Statuses(ctx, s.tenant, v.ID, 1, v.LastSeq)
	if err != nil {
		return err
	}
	for _, st := range states {
		f.note(st.Seq, st.ID, st.Status, st.Media, st.Error)
	}
	delete(s.former, v.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chats == nil {
		s.chats = map[id.Chat]*followed{}
	}
	s.chats[v.ID] = f
	return nil
}

// note remembers what the client knows of a text, until nothing can happen to it any more.
func (f *followed) note(seq int, m id.Message, status string, raw json.RawMessage, e *chat.MessageError) {
	media := partsOf(raw)
	if (wire.Status(status) == wire.Delivered || wire.Status(status).Rank() == 0) && !media.underWay() {
		delete(f.open, m)
		return
	}
	if f.open == nil {
		f.open = map[id.Message]shown{}
	}
	f.open[m] = shown{seq, state(status, media, e)}
}

// within is the part of a span in which something can still happen to a text that the client knows.
func (f *followed) within(changed span) (part span, some bool) {
	first := math.MaxInt32
	for _, known := range f.open {
		first = min(first, known.seq)
	}
	part = span{max(first, changed.first), min(f.last, changed.last)}
	return part, part.first <= part.last
}

func state(status string, media parts, e *chat.MessageError) string {
	if e == nil {
		return status + string(media)
	}
	return status + string(media) + " " + e.Code
}

// assign tells of a chat that has become the agent's, unless a hint was quicker.
func (s *socket) assign(v chat.View) error {
	if f := s.chats[v.ID]; f != nil && f.along && v.Status == chat.Assigned && v.Agent.ID == s.user {
		return s.own(f, v)
	}
	if s.chats[v.ID] != nil || v.Status != chat.Assigned || v.Agent.ID != s.user {
		return nil
	}
	ctx, cancel := s.look()
	defer cancel()
	if err := s.follow(ctx, v); err != nil {
		return err
	}
	return s.write(frame{Type: typeChatAssigned, Chat: v.ID, Data: chatFrom(v, s.sight(ctx))})
}

// catchUp sends the rows of a chat that the client lacks: one round trip at most, then one frame a row.
func (s *socket) catchUp(of id.Chat, told int) error {
	ctx, cancel := s.look()
	defer cancel()
	f := s.chats[of]
	if f == nil {
		v, err := s.hub.Chats.View(ctx, s.tenant, of)
		if errs.CodeOf(err) == errs.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		return s.assign(v)
	}
	if f.last < told {
		rows, err := s.rows(ctx, of, f.last, told)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return s.missing(ctx, of, f)
		}
		for _, row := range rows {
			if err := s.writeRow(of, f, row); err != nil {
				return err
			}
		}
		if f.last < told {
			return s.again(nil, func() { s.moved = put(s.moved, of, max(told, s.moved[of])) })
		}
	}
	s.recovered()
	return s.turn(ctx, of, f)
}

// rows are those behind a row: from memory when this node has just saved them, else from the database.
func (s *socket) rows(ctx context.Context, of id.Chat, after, told int) ([]chat.Row, error) {
	if rows := s.hub.Chats.Fresh(s.tenant, of, after, told); rows != nil {
		return rows, nil
	}
	return s.hub.Chats.Rows(ctx, s.tenant, of, after, s.hub.Limits.Page)
}

// missing: a row was announced and is not there. It may be a moment late; or the chat has left this agent without one.
func (s *socket) missing(ctx context.Context, of id.Chat, f *followed) error {
	v, err := s.hub.Chats.View(ctx, s.tenant, of)
	if err != nil {
		return err
	}
	if v.LastSeq > f.last {
		return errBehind
	}
	f.turned = true
	return s.turn(ctx, of, f)
}

func (s *socket) writeRow(of id.Chat, f *followed, row chat.Row) error {
	if err := s.write(rowFrame(of, row)); err != nil {
		return err
	}
	f.last = row.Seq
	if m := row.Message; m != nil {
		f.note(row.Seq, m.ID, m.Status, m.Media, m.Error)
	}
	if row.Event == nil {
		return nil
	}
	f.turned = true
	if f.along {
		return nil
	}
	return s.tellTransfer(of, f, row.Event)
}

// turn tells how a chat stands after a mark: still the agent's, or not.
func (s *socket) turn(ctx context.Context, of id.Chat, f *followed) error {
	if !f.turned {
		return nil
	}
	v, err := s.hub.Chats.View(ctx, s.tenant, of)
	if err != nil {
		return err
	}
	f.turned = false
	if f.along {
		return s.turnAlong(f, v)
	}
	if v.Status == chat.Assigned && v.Agent.ID == s.user {
		if err := s.tellReturned(of, f); err != nil {
			return err
		}
		return s.write(frame{Type: typeChatUpdated, Chat: v.ID, Data: chatFrom(v, s.sight(ctx))})
	}
	why := removedData{Why: "requeued"}
	switch {
	case v.Status.Final():
		why = removedData{Why: "ended", By: string(v.DisconnectedBy), Reason: string(v.FailReason)}
		if v.Agent.ID == s.user && v.Wrapped.Open(s.hub.Now()) {
			rules, err := s.hub.Chats.Rules(ctx, s.tenant)
			if err != nil {
				return err
			}
			why.WrapUp = new(wrapUpFrom(v, rules))
		}
	case v.Status == chat.Dismissed:
		why.Why = "dismissed"
	case v.Status == chat.Assigned:
		why = removedData{Why: "taken", By: v.Agent.Name}
	}
	s.leave(of, f)
	return s.write(frame{Type: typeChatRemoved, Chat: v.ID, Data: why})
}

const (
	// goneTime is how long a chat's texts are followed after it left the agent: by then an agent's text has expired.
	goneTime = 12 * time.Minute
	goneMost = 50
)

// leave stops following a chat, but for its texts that are under way: what became of the last ones, the confirmation of a
// STOP among them, is known after the end.
func (s *socket) leave(of id.Chat, f *followed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.chats, of)
	if len(f.open) > 0 {
		s.remember(of, f)
		s.statesLocked(of, everything()) // a STOP cancels what was queued, and no hint says so
	}
}

// remember follows the texts of a chat that is not the agent's any more.
func (s *socket) remember(of id.Chat, f *followed) {
	if s.former == nil {
		s.former = map[id.Chat]*followed{}
	}
	f.until = s.hub.Now().Add(goneTime)
	s.former[of] = f
	if len(s.former) <= goneMost {
		return
	}
	oldest := of
	for other, g := range s.former {
		if g.until.Before(s.former[oldest].until) {
			oldest = other
		}
	}
	delete(s.former, oldest)
}

// about is what the client knows of a chat, whether it is still the agent's or has just been; nil: nothing.
func (s *socket) about(of id.Chat) *followed {
	if f := s.chats[of]; f != nil {
		return f
	}
	return s.former[of]
}

// deliveries sends the delivery states that changed since the client was told. It reads those rows only that may have
// changed: a chat may be long.
func (s *socket) deliveries(of id.Chat, changed span) error {
	f := s.about(of)
	if f == nil {
		return nil
	}
	part, some := f.within(changed)
	if !some {
		return nil
	}
	ctx, cancel := s.look()
	defer cancel()
	states, err := s.hub.Chats.Statuses(ctx, s.tenant, of, part.first, part.last)
	if err != nil {
		return err
	}
	for _, st := range states {
		if known, open := f.open[st.ID]; !open || known.state == state(st.Status, partsOf(st.Media), st.Error) {
			continue
		}
		if err := s.write(statusFrame(of, st)); err != nil {
			return err
		}
		f.note(st.Seq, st.ID, st.Status, st.Media, st.Error)
	}
	if len(f.open) == 0 {
		delete(s.former, of)
	}
	s.recovered()
	return nil
}
