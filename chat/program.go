package chat

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/internal/tenant/reply"
)

type (
	// Finish is a program ending a chat, whoever has it (spec 2.4).
	Finish struct{}
	// Resume is a program taking a dismissed chat back into its queue. Outside its hours the consumer is told so, and the
	// chat stays where it is (spec 1.5, 2.4).
	Resume struct{}
)

func (Finish) event() {}
func (Resume) event() {}

// Declined is a refusal that leaves something behind: the caller gets it, and what else was done is saved.
type Declined struct{ Refusal *errs.Error }

func (Declined) effect() {}

func (s *step) finish() error {
	if !s.c.Status.Active() {
		return errs.New(errs.Invalid, "Chat is already ended")
	}
	s.end(s.c.endedBefore(), EndedBySystem, Nothing)
	return nil
}

func (s *step) resume() error {
	leaf := s.c.Rules.Tree.Node(s.c.Queue)
	switch {
	case s.c.Status != Dismissed:
		return errs.New(errs.Invalid, "This chat is not in dismissed state")
	case leaf == nil:
		return errs.New(errs.Conflict, "The queue of this chat is gone")
	case !s.open():
		why := s.text(reply.AfterHours, s.c.Lang, leaf)
		if why == "" {
			why = "The queue of this chat is closed now"
		}
		s.tellClosed()
		s.emit(Declined{errs.New(errs.Invalid, "%s", why)})
		return nil
	}
	s.mark(Mark{Kind: "resumed", By: string(ByAPI)})
	s.requeue()
	return nil
}

// Record is what a caller writes in the transaction of a change, which has made the chat what d says.
type Record func(b *pgx.Batch, d Detail) error

// Finish ends a chat for a program: finished, or canceled when no agent had it yet. Errors: invalid_request (it has ended),
// not_found.
func (s *Service) Finish(ctx context.Context, t id.Tenant, chat id.Chat, by tenant.Actor, record Record) (Detail, error) {
	return s.change(ctx, &operation{Service: s, tenant: t, chat: chat, event: Finish{}, audit: "chat.ended", token: by.Token, record: record})
}

// Resume takes a dismissed chat back into its queue for a program. Errors: invalid_request (it is not dismissed, or its queue
// is closed: then the sentence is that of the after-hour text), conflict, not_found.
func (s *Service) Resume(ctx context.Context, t id.Tenant, chat id.Chat, by tenant.Actor) (Detail, error) {
	return s.change(ctx, &operation{
		Service: s, tenant: t, chat: chat, event: Resume{}, audit: "chat.resumed", token: by.Token,
		record: func(*pgx.Batch, Detail) error { return nil },
	})
}

func (s *Service) change(ctx context.Context, o *operation) (Detail, error) {
	if err := o.do(ctx); err != nil {
		return Detail{}, err
	}
	return o.became, nil
}

// recorded lets the caller write down what the chat has become, as it will be read once this is committed.
func (o *operation) recorded(ctx context.Context, tx pgx.Tx, l *loaded) error {
	if o.record == nil {
		return nil
	}
	var heads []DetailHeadsRow
	var hang hanging
	b := &pgx.Batch{}
	b.Queue(detailHeads, o.tenant, []int64{int64(o.chat)}).Query(rowsOf(&heads))
	hang.queue(b, o.tenant, []id.Chat{o.chat})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	hang.add(o.chat, o.w)
	o.became = heads[0].become(l.chat, o.w).detail(hang, l.chat.Rules.Tree, o.w.now)
	o.w.records = append(o.w.records, func(b *pgx.Batch) error { return o.record(b, o.became) })
	return nil
}

// become is a chat's row as it will be.
func (r DetailHeadsRow) become(c Chat, w *work) DetailHeadsRow {
	r.Status, r.Lang, r.QueueID, r.AgentID, r.UpdatedAt = string(c.Status), c.Lang, int64(c.Queue), int64(c.Agent), w.now
	r.QueuedAt, r.AssignedAt, r.EndedAt = orNull(c.QueuedAt), orNull(c.AssignedAt), orNull(c.EndedAt)
	r.DisconnectedBy, r.FailReason = string(c.DisconnectedBy), string(c.FailReason)
	return r
}

// add is what a transaction is about to hang on a chat.
func (h *hanging) add(of id.Chat, w *work) {
	for _, e := range w.events {
		switch e.mark.Kind {
		case "menu_choice", "queued", "assigned", "dismissed", "ended":
			h.marks[of] = append(h.marks[of], DetailMarksRow{
				ChatID: of, Seq: e.seq, At: w.now, Kind: e.mark.Kind, UserID: int64(e.mark.User), QueueID: int64(e.mark.Queue), Auto: e.mark.Auto,
			})
		}
	}
	if winner, closing := w.closing[of]; closing {
		for i, o := range h.offers[of] {
			if o.State != "open" {
				continue
			}
			o.State, o.ClosedAt = "withdrawn", w.now
			if o.User == winner {
				o.State = "accepted"
			}
			h.offers[of][i] = o
		}
	}
	for _, over := range w.over {
		for i, t := range h.transfers[of] {
			if t.State != "began" {
				continue
			}
			t.State, t.Why = "ended", over.why
			if over.why != "" {
				t.State = "failed"
			}
			h.transfers[of][i] = t
		}
	}
}
