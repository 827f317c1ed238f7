package chat

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// longestWhisper is how much a supervisor may tell an agent at a time.
const longestWhisper = 1000

// Kinds of the marks that a supervisor beside an agent leaves.
const (
	MarkWhisper = "whisper" // never for the consumer
	MarkJoined  = "joined"
	MarkLeft    = "left"
)

type (
	// Whisper is a supervisor telling the chat's agent something that the consumer never gets.
	Whisper struct {
		By   id.User
		Text string
	}
	// Join is a supervisor who writes to the consumer too from now on; the chat stays its agent's.
	Join struct{ By id.User }
	// Leave is that supervisor writing no more.
	Leave struct{ By id.User }
)

func (Whisper) event() {}
func (Join) event()    {}
func (Leave) event()   {}

func (s *step) whisper(ev Whisper) error {
	switch n := utf8.RuneCountInString(ev.Text); {
	case s.c.Status.Final():
		return errs.New(errs.ChatEnded, "The chat has ended")
	case strings.TrimSpace(ev.Text) == "":
		return errs.Field("text", "The note is empty")
	case n > longestWhisper:
		return errs.New(errs.TooLong, "A note has at most 1000 characters").At("text")
	}
	s.mark(Mark{Kind: MarkWhisper, User: ev.By, Text: ev.Text})
	return nil
}

func (s *step) join(ev Join) error {
	switch {
	case s.c.Status.Final():
		return errs.New(errs.ChatEnded, "The chat has ended")
	case s.c.Status != Assigned:
		return errs.New(errs.Conflict, "Only a chat that an agent has can be joined")
	case s.c.Agent == ev.By:
		return errs.New(errs.Conflict, "This chat is yours already")
	case slices.Contains(s.c.Joined, ev.By):
		return nil // a repeat
	}
	s.c.Joined = append(slices.Clone(s.c.Joined), ev.By)
	s.mark(Mark{Kind: MarkJoined, User: ev.By})
	return nil
}

func (s *step) leaveJoined(ev Leave) error {
	at := slices.Index(s.c.Joined, ev.By)
	switch {
	case s.c.Status.Final():
		return errs.New(errs.ChatEnded, "The chat has ended")
	case at < 0:
		return nil // a repeat
	}
	s.c.Joined = slices.Delete(slices.Clone(s.c.Joined), at, at+1)
	s.mark(Mark{Kind: MarkLeft, User: ev.By})
	return nil
}

// writes refuses a text of somebody who neither has the chat nor has joined its agent.
func (s *step) writes(agent id.User) error {
	if s.c.Status == Assigned && slices.Contains(s.c.Joined, agent) {
		return nil
	}
	return s.owned(agent)
}

// Whisper leaves a note for the chat's agent in the transcript. Errors: chat_ended, invalid_request, too_long, not_found.
func (s *Service) Whisper(ctx context.Context, t id.Tenant, chat id.Chat, by id.User, text string) error {
	return s.supervise(ctx, t, chat, by, "chat.whispered", Whisper{By: by, Text: strings.TrimSpace(text)})
}

// Join lets a supervisor write to the consumer beside the chat's agent. Errors: conflict, chat_ended, not_found.
func (s *Service) Join(ctx context.Context, t id.Tenant, chat id.Chat, by id.User) error {
	return s.supervise(ctx, t, chat, by, "chat.joined", Join{By: by})
}

// Leave ends that. Errors: chat_ended, not_found.
func (s *Service) Leave(ctx context.Context, t id.Tenant, chat id.Chat, by id.User) error {
	return s.supervise(ctx, t, chat, by, "chat.left", Leave{By: by})
}

func (s *Service) supervise(ctx context.Context, t id.Tenant, chat id.Chat, by id.User, action string, ev Event) error {
	return (&operation{Service: s, tenant: t, chat: chat, event: ev, audit: action, by: by}).do(ctx)
}

// ReadAlong lets a supervisor follow a chat, which the audit log keeps. Errors: not_found.
func (s *Service) ReadAlong(ctx context.Context, t id.Tenant, chat id.Chat, by id.User) (View, error) {
	view, err := s.View(ctx, t, chat)
	if err != nil {
		return View{}, err
	}
	return view, s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		return tenant.Audit(ctx, tx, t, tenant.Actor{User: by}, s.now(), tenant.Change{Action: "chat.followed", Subject: int64(chat)})
	})
}

// TransferBy is a supervisor handing an agent's chat over, as the agent could. Errors: as of Transfer, conflict.
func (s *Service) TransferBy(ctx context.Context, t id.Tenant, chat id.Chat, by id.User, to To, note string) error {
	return (&operation{
		Service: s, tenant: t, chat: chat, target: to.Agent, audit: "chat.transferred", by: by,
		event: Transfer{By: by, Supervisor: true, Queue: to.Queue, Agent: to.Agent, Note: note},
	}).do(ctx)
}
