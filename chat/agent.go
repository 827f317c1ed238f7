package chat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/media"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
)

// maxClientID is the longest id a client may give a text.
const maxClientID = 100

// Accept gives a waiting chat to an agent it was offered to. Of two who race one wins; the other gets already_taken with
// the winner's name. Errors: already_taken, offer_gone, at_limit, not_found.
func (s *Service) Accept(ctx context.Context, t id.Tenant, chat id.Chat, agent id.User) (View, error) {
	o := &operation{Service: s, tenant: t, chat: chat, event: Accept{Agent: agent}, agent: agent}
	if err := o.do(ctx); err != nil {
		return View{}, err
	}
	return s.View(ctx, t, chat)
}

// Answer accepts an offer for its agent, whose queue answers by itself (spec 1.7). The desk hears of the chat as assigned.
func (s *Service) Answer(ctx context.Context, t id.Tenant, chat id.Chat, agent id.User) error {
	return (&operation{Service: s, tenant: t, chat: chat, event: Accept{Agent: agent, Auto: true}, agent: agent}).do(ctx)
}

// Send queues an agent's text, with files that they have uploaded before. A repeated client id is the same message and gets
// the same answer. Errors: not_owner, chat_ended, opted_out, too_long, invalid_request, not_found.
func (s *Service) Send(ctx context.Context, t id.Tenant, chat id.Chat, agent id.User, clientID, text string, files ...id.Media) (Sent, error) {
	return s.SendWith(ctx, t, chat, agent, nil, clientID, text, files...)
}

// SendWith is Send for a text that was written with shortcuts, which are counted, each once; one that is not there is none.
func (s *Service) SendWith(ctx context.Context, t id.Tenant, chat id.Chat, agent id.User, shortcuts []id.Shortcut, clientID, text string, files ...id.Media) (Sent, error) {
	if clientID == "" || len(clientID) > maxClientID {
		return Sent{}, errs.Field("client_id", "client_id must have 1 to %d characters", maxClientID)
	}
	if strings.TrimSpace(text) == "" && len(files) == 0 {
		return Sent{}, errs.Field("text", "The text is empty")
	}
	if err := s.checkFiles(files); err != nil {
		return Sent{}, err
	}
	if err := tenant.CheckShortcuts(shortcuts); err != nil {
		return Sent{}, err
	}
	send := operation{
		Service: s, tenant: t, chat: chat, clientID: clientID, text: text, files: files, author: agent, shortcuts: shortcuts,
		event: AgentText{Agent: agent, Body: text, ClientID: clientID},
	}
	o := send
	err := o.do(ctx)
	if carrier.IsRepeat(err) { // the first of two equal sends has just committed
		o = send
		err = o.do(ctx)
	}
	return o.sent, err
}

// End ends a chat by its agent. Errors: not_owner, chat_ended, not_found.
func (s *Service) End(ctx context.Context, t id.Tenant, chat id.Chat, agent id.User) error {
	return (&operation{Service: s, tenant: t, chat: chat, event: End{Agent: agent}}).do(ctx)
}

// Dismiss lays a chat aside whose consumer is silent. Errors: not_owner, chat_ended, invalid_request, not_found.
func (s *Service) Dismiss(ctx context.Context, t id.Tenant, chat id.Chat, agent id.User) error {
	return (&operation{Service: s, tenant: t, chat: chat, event: Dismiss{Agent: agent}}).do(ctx)
}

// DecideOptOut confirms or dismisses the flag of a text that reads like a request to stop (spec 1.3, tier 3).
// Errors: conflict (decided already), chat_ended, not_found.
func (s *Service) DecideOptOut(ctx context.Context, t id.Tenant, chat id.Chat, by id.User, confirm bool) error {
	var ev Event = OptOutDismissed{By: by}
	if confirm {
		ev = OptOutConfirmed{By: by}
	}
	return (&operation{Service: s, tenant: t, chat: chat, event: ev}).do(ctx)
}

// operation is one event of one chat that is not a consumer's text: two round trips, like a group of texts.
type operation struct {
	*Service
	tenant    id.Tenant
	chat      id.Chat
	event     Event
	agent     id.User // whose slot it takes; 0: nobody's
	target    id.User // to whom it transfers the chat; 0: to nobody
	audit     string  // the action by which the audit log knows it; empty: the transcript is enough
	by        id.User // who does what is audited
	token     id.Token
	record    Record // the caller's writes; nil: it has none
	clientID  string
	text      string
	hold      *hold   // of a sweep
	author    id.User // of text and files
	shortcuts []id.Shortcut
	files     []id.Media
	settling  *media.Settlement

	row       ReadChatRow
	slots     *AgentSlotsRow
	colleague *FindTargetRow // who is to have it
	sent      Sent
	found     map[id.Media]carrier.Media // those of files that can be sent
	open      map[id.Media]bool          // those of settling that are not settled yet
	w         *work
	became    Detail // for record
}

var errRepeat = errors.New("chat: this text was sent before")

func (o *operation) do(ctx context.Context) error {
	err := o.rules.Tx(ctx, o.tenant, o.queue, func(tx pgx.Tx, rules *Rules) error {
		if o.row.ChatID == 0 {
			return errs.New(errs.NotFound, "There is no such chat")
		}
		if o.sent.Message != 0 {
			return errRepeat
		}
		l, err := o.row.load(rules)
		if err != nil {
			return err
		}
		o.w = newWork(o.tenant, o.now())
		if err := o.allowed(rules, l); err != nil {
			return err
		}
		if err := o.attach(ctx, l); err != nil {
			return err
		}
		if !o.settle() {
			return errRepeat
		}
		if held, err := o.held(ctx, tx, l.chat); err != nil {
			return err
		} else if held {
			return o.commit(ctx, tx, o.w)
		}
		if l.chat, err = o.step(l); err != nil {
			return err
		}
		o.w.keep(l)
		o.w.shortcuts = o.shortcuts
		o.settleTimer(l.chat)
		if o.audit != "" && l.chat.Seq > l.before.Seq && o.w.declined == nil {
			if err := tenant.Audit(ctx, tx, o.tenant, tenant.Actor{User: o.by, Token: o.token}, o.w.now, o.auditLine(l)); err != nil {
				return err
			}
		}
		if err := o.recorded(ctx, tx, l); err != nil {
			return fmt.Errorf("read what chat %d becomes: %w", o.chat, err)
		}
		return o.commit(ctx, tx, o.w)
	})
	switch {
	case errors.Is(err, errRepeat):
		return nil
	case err != nil && !errors.Is(err, pg.ErrCommitted):
		return err
	}
	for _, m := range o.w.messages {
		if m.ClientID == o.clientID {
			o.sent = Sent{Message: m.ID, Seq: m.Seq}
		}
	}
	o.after(o.w)
	return o.w.declined
}

// settleTimer: the sweep has pushed the row of a fired timer ahead, so it is written whatever came of the timer.
func (o *operation) settleTimer(c Chat) {
	switch {
	case o.event != (TimerFired{}):
	case c.DueAt.IsZero():
		o.w.cleared = append(o.w.cleared, c.ID)
	default:
		o.w.setDue(c.ID, c.DueAt)
	}
}

// queue adds the locks and reads to the first batch: consumer, then agent, the order of everybody.
func (o *operation) queue(b *pgx.Batch, _ *Rules) {
	o.row, o.slots, o.colleague, o.sent, o.found, o.open = ReadChatRow{}, nil, nil, Sent{}, nil, nil
	b.Queue(lockChats, o.tenant, []int64{int64(o.chat)})
	b.Queue(readChat, o.tenant, o.chat).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ReadChatRow])
		if len(found) == 1 {
			o.row = found[0]
		}
		return err
	})
	if o.agent != 0 {
		b.Queue(lockAgents, o.tenant, int64(o.agent), o.chat)
		b.Queue(agentSlots, o.now(), o.chat, o.tenant, o.agent).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[AgentSlotsRow])
			if len(found) == 1 {
				o.slots = &found[0]
			}
			return err
		})
	}
	if o.target != 0 {
		b.Queue(lockAgents, o.tenant, int64(o.target), o.chat)
		b.Queue(findTarget, o.now(), o.chat, o.tenant, o.target).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[FindTargetRow])
			if len(found) == 1 {
				o.colleague = &found[0]
			}
			return err
		})
	}
	if o.clientID != "" {
		b.Queue(findSent, o.tenant, int64(o.chat), o.clientID).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[FindSentRow])
			if len(found) == 1 {
				o.sent = Sent{Message: found[0].ID, Seq: found[0].Seq}
			}
			return err
		})
	}
	o.queueMedia(b)
}

// allowed checks what the chat itself cannot know: the agent's slots and offer, and the length of a text.
func (o *operation) allowed(rules *Rules, l *loaded) error {
	if most := rules.Settings(l.chat.Queue).Count(tenant.MaxMessageChars); utf8.RuneCountInString(o.text) > most {
		return errs.New(errs.TooLong, "A text has at most %d characters", most).At("text")
	}
	_, seizes := o.event.(TakeOver)
	asked := !seizes && l.chat.Handover.To != o.agent // by routing, and not by a colleague
	takes := l.chat.Status == Queued && !seizes || l.chat.Status == Assigned && l.chat.Agent != o.agent && !asked
	if o.agent == 0 || !takes {
		return nil // not taking a chat, or Step says why it can't be taken
	}
	limit := rules.Settings(0).Count(tenant.AgentChatLimit)
	switch {
	case o.slots == nil:
		return errs.New(errs.NotFound, "There is no such agent")
	case asked && !o.slots.Offered:
		return errs.New(errs.OfferGone, "This chat is not offered to you any more")
	case o.slots.ChatLimit != nil:
		limit = *o.slots.ChatLimit
	}
	if o.slots.Taken >= limit {
		return errs.New(errs.AtLimit, "You have %d chats, which is your limit", o.slots.Taken)
	}
	return nil
}

func (o *operation) step(l *loaded) (Chat, error) {
	event := o.event
	if ev, ok := event.(Transfer); ok {
		ev.Target = o.colleague.target(l.chat.Rules)
		event = ev
	}
	next, effects, err := Step(l.chat, event, o.w.now)
	var refused *errs.Error
	if errors.As(err, &refused) && refused.Code == errs.AlreadyTaken {
		refused.By = o.row.AgentName
	}
	if err != nil {
		return next, err
	}
	l.chat = next
	return next, o.w.apply(l, effects, nil)
}

// fire lets a chat's timer do what is due, unless it would end the chat and ends are held.
func (s *Service) fire(ctx context.Context, t id.Tenant, chat id.Chat, h *hold) error {
	err := (&operation{Service: s, tenant: t, chat: chat, event: TimerFired{}, hold: h}).do(ctx)
	if errs.CodeOf(err) == errs.NotFound {
		return s.DB.InTx(ctx, func(tx pgx.Tx) error { return sql.ClearDue(ctx, tx, t, []int64{int64(chat)}) })
	}
	return err
}

// lease is how long a sweep may take over what it has claimed before another may do it again.
const lease = 30 * time.Second
