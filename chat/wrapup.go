package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// A chat that has ended may want its agent a moment longer: what it was about is chosen, a note is written (spec 6, 4.1).
// For the consumer it is over, and the next text begins another chat. The agent's slot stays taken until it is wrapped up
// or the time for it has passed.

// noteMost is how long a note may be.
const noteMost = 1000

// WrapUp says that an agent has still something to say about the chat, which has ended. It comes instead of Release.
type WrapUp struct {
	Agent id.User
	Until time.Time
}

func (WrapUp) effect() {}

// letGo is what becomes of an agent's slot when their chat ends. An agent who is gone is not asked: where the step does not
// know it (a text of the consumer reads nothing about agents) the statement that would ask does.
func (s *step) letGo(agent id.User) {
	set := s.c.Rules.Settings(s.c.timerQueue())
	if !set.On(tenant.WrapUpWanted) || s.c.AgentGone {
		s.emit(Release{Agent: agent})
		return
	}
	s.emit(WrapUp{Agent: agent, Until: s.now.Add(set.Duration(tenant.WrapUpTime))})
}

// Wrapped is what an agent says of a chat that has ended, and by when.
type Wrapped struct {
	Until       time.Time // zero: nothing is asked
	DoneAt      time.Time // zero: it is not said yet
	Disposition string
	Note        string
}

// Open says whether the agent has still to say it.
func (w Wrapped) Open(now time.Time) bool { return now.Before(w.Until) && w.DoneAt.IsZero() }

// WrapUps lists the chats that an agent has still to wrap up.
func (s *Service) WrapUps(ctx context.Context, t id.Tenant, agent id.User) ([]View, error) {
	return s.views(ctx, t, listWrapUps, t, int64(agent), s.now())
}

// WrapUp keeps what a chat was about, and a note, and frees the slot. Where there are dispositions one of them is needed as
// long as there is time; afterwards what the agent has written is kept all the same. A repeat changes nothing.
// Errors: not_found (nothing to wrap up), not_owner, conflict (it was said before), invalid_request.
func (s *Service) WrapUp(ctx context.Context, t id.Tenant, chat id.Chat, agent id.User, disposition, note string) error {
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > noteMost || strings.ContainsRune(note, 0) {
		return errs.Field("note", "A note has at most %d characters", noteMost)
	}
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return err
	}
	now, freed := s.now(), false
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		r, err := sql.LockWrapUp(ctx, tx, t, chat)
		if errors.Is(err, pgx.ErrNoRows) {
			return errs.New(errs.NotFound, "There is nothing to wrap up")
		}
		if err != nil {
			return err
		}
		w := Wrapped{r.Until, at(r.DoneAt), r.Disposition, r.Note}
		switch {
		case r.AgentID != agent:
			return errs.New(errs.NotOwner, "This chat is not yours")
		case !w.DoneAt.IsZero() && w.Disposition == disposition && w.Note == note:
			return nil // a repeat
		case !w.DoneAt.IsZero():
			return errs.New(errs.Conflict, "This chat was wrapped up before")
		}
		if err := disposable(rules.Settings(id.Queue(r.QueueID)).Words(tenant.Dispositions), disposition, w.Open(now)); err != nil {
			return err
		}
		if err := sql.SaveWrapUp(ctx, tx, SaveWrapUpParams{Now: now, Disposition: disposition, Note: note, Tenant: t, Chat: chat}); err != nil {
			return err
		}
		if freed = w.Open(now); !freed {
			return nil // the slot has been free since its time was up
		}
		return sql.FreeAgent(ctx, tx, now, t, agent)
	})
	if err != nil {
		return fmt.Errorf("wrap up chat %d: %w", chat, err)
	}
	s.Publish(event.Hint{Kind: event.AgentChanged, Tenant: t, User: agent})
	if freed {
		s.Route(t)
	}
	return nil
}

// disposable refuses what is none of the dispositions, and none at all while there is time to choose one.
func disposable(known []string, chosen string, inTime bool) error {
	switch {
	case chosen == "" && len(known) > 0 && inTime:
		return errs.Field("disposition", "Choose what the chat was about")
	case chosen != "" && !slices.Contains(known, chosen):
		return errs.Field("disposition", "%q is none of the dispositions of this queue", chosen)
	}
	return nil
}

// wrapRow is a chat that its agent has still to wrap up.
type wrapRow struct {
	chat id.Chat
	WrapUp
}

// queueWrapUps adds those that begin.
func (w *work) queueWrapUps(b *pgx.Batch) {
	n := len(w.wraps)
	if n == 0 {
		return
	}
	chats, agents, untils := make([]int64, n), make([]int64, n), make([]time.Time, n)
	for i, r := range w.wraps {
		chats[i], agents[i], untils[i] = int64(r.chat), int64(r.Agent), r.Until
	}
	b.Queue(beginWrapUps, w.tenant, w.now, chats, agents, untils)
}
