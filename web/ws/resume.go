package ws

import (
	"context"
	"slices"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// resume is a client's request for the rows it lacks: exactly those, then how the texts it had stand now, then ok (spec
// 1.8). It goes page by page and takes turns with the live rows of other chats.
type resume struct {
	id    string
	lang  errs.Lang
	chats []resumed
	begun bool
}

type resumed struct {
	chat id.Chat
	had  int // the client's last row
	at   int // the last row sent
}

// resumesMost is how many chats one request may name.
const resumesMost = 100

type resumeData struct {
	Chats map[string]int `json:"chats"`
}

// resume queues the request. From now on live rows of its chats wait.
func (s *socket) resume(asked request, data resumeData) error {
	if data.Chats == nil || len(data.Chats) > resumesMost {
		return errs.Field("chats", "chats names 1 to %d chats with the last seq of each", resumesMost)
	}
	r := &resume{id: asked.ID, lang: errs.Reads(asked.Lang)}
	for key, seq := range data.Chats {
		of, ok := id.Parse[id.Chat](key)
		if !ok || seq < 0 {
			return errs.Field("chats", "chats maps chat ids to the last seq of each")
		}
		r.chats = append(r.chats, resumed{chat: of, had: seq, at: seq})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roomLocked() {
		for _, c := range r.chats {
			s.waiting = put(s.waiting, c.chat, s.waiting[c.chat]+1)
		}
		s.resumes = append(s.resumes, r)
	}
	s.kickLocked()
	return nil
}

// begin checks every chat before a row of any is sent.
func (s *socket) begin(r *resume) error {
	ctx, cancel := s.look()
	defer cancel()
	for _, c := range r.chats {
		if s.chats[c.chat] != nil {
			continue
		}
		may, err := s.hub.Chats.MayRead(ctx, s.tenant, c.chat, s.user)
		if err != nil {
			return err
		}
		if !may {
			refused := refusal{Code: errs.NotOwner, Message: errs.Say("Chat %d is not yours", c.chat).In(r.lang)}
			return s.finish(r, frame{Type: typeError, ID: r.id, Chat: c.chat, Data: refused})
		}
		if s.former[c.chat] == nil { // the client lost sight of it, perhaps with texts under way
			s.remember(c.chat, &followed{last: c.had})
		}
	}
	r.begun = true
	return nil
}

// page does the next bit of a resume.
func (s *socket) page(r *resume) error {
	if !r.begun {
		return s.begin(r)
	}
	if len(r.chats) == 0 {
		return s.finish(r, frame{Type: typeOk, ID: r.id})
	}
	ctx, cancel := s.look()
	defer cancel()
	c := &r.chats[0]
	rows, err := s.hub.Chats.Rows(ctx, s.tenant, c.chat, c.at, s.hub.Limits.Page)
	if err != nil {
		return err // the resume stays where it is, and goes on from the same row
	}
	f := s.about(c.chat)
	for _, row := range rows {
		if err := s.write(rowFrame(c.chat, row)); err != nil {
			return err
		}
		c.at = row.Seq
		if f == nil {
			continue
		}
		if m := row.Message; m != nil {
			f.note(row.Seq, m.ID, m.Status, m.Media, m.Error)
		}
		f.turned = f.turned || row.Event != nil && row.Seq > f.last
		f.last = max(f.last, row.Seq)
	}
	if len(rows) == s.hub.Limits.Page {
		return nil
	}
	return s.resumeStates(ctx, r)
}

// resumeStates sends how the texts in the rows the client had stand now; later ones came with their rows.
func (s *socket) resumeStates(ctx context.Context, r *resume) error {
	c := r.chats[0]
	if c.had > 0 {
		states, err := s.hub.Chats.Statuses(ctx, s.tenant, c.chat, 1, c.had)
		if err != nil {
			return err
		}
		for _, st := range states {
			if err := s.write(statusFrame(c.chat, st)); err != nil {
				return err
			}
			if f := s.about(c.chat); f != nil {
				f.note(st.Seq, st.ID, st.Status, st.Media, st.Error)
			}
		}
	}
	if f := s.chats[c.chat]; f != nil {
		if err := s.turn(ctx, c.chat, f); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.chats = r.chats[1:]
	s.releaseLocked(c.chat)
	return nil
}

// finish answers a resume and lets its chats' live rows go on.
func (s *socket) finish(r *resume, answer frame) error {
	s.mu.Lock()
	for _, c := range r.chats {
		s.releaseLocked(c.chat)
	}
	r.chats = nil
	s.resumes = slices.DeleteFunc(s.resumes, func(o *resume) bool { return o == r })
	s.mu.Unlock()
	result := "ok"
	if data, ok := answer.Data.(refusal); ok {
		result = string(data.Code)
	}
	s.hub.counts.asked.WithLabelValues("resume", result).Inc()
	return s.write(answer)
}

func (s *socket) releaseLocked(of id.Chat) {
	if s.waiting[of]--; s.waiting[of] <= 0 {
		delete(s.waiting, of)
	}
}
