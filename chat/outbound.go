package chat

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// Outbound is a text of ours that opens a chat, or goes on in the one that its agent has with this consumer (spec 1.5, 2.2).
type Outbound struct {
	By    StartedBy // api or agent
	Agent id.User   // whose chat it is or becomes; 0: nobody's, and the consumer's reply meets the menu
	Body  string
}

func (Outbound) event() {}

// outbound refuses, in the order of spec 2.2: who has opted out, and a pair with an active chat, unless it is the agent's own.
func (s *step) outbound(ev Outbound) error {
	c := &s.c
	switch {
	case c.Pair.OptedOut:
		return errs.New(errs.OptedOut, "This customer has opted out of texts")
	case c.Status.Active() && ev.Agent == 0:
		return errs.New(errs.Conflict, "There is an active chat with this customer")
	case c.Status.Active() && (c.Status != Assigned || c.Agent != ev.Agent):
		return errs.New(errs.NotOwner, "Somebody else has a chat with this customer, or nobody yet")
	case !c.Status.Active():
		s.beginOutbound(ev)
	}
	if ev.Agent != 0 {
		c.LastAgentAt = s.now
	}
	s.emit(Speak{Seq: s.row(), Agent: ev.Agent, Text: ev.Body, Program: ev.By == ByAPI})
	return nil
}

func (s *step) beginOutbound(ev Outbound) {
	pair, rules := s.c.Pair, s.c.Rules
	s.c = Chat{Status: Selecting, StartedBy: ev.By, Lang: rules.Lang(pair.Entry), CreatedAt: s.now, Pair: pair, Rules: rules}
	s.mark(Mark{Kind: "started", By: string(ev.By), Queue: pair.Entry})
	if ev.Agent != 0 {
		s.c.Status, s.c.Agent, s.c.LastAgent, s.c.AssignedAt = Assigned, ev.Agent, ev.Agent, s.now
		s.mark(Mark{Kind: "assigned", User: ev.Agent})
	}
}

// Opening asks for an Outbound to a consumer.
type Opening struct {
	Number id.Number // ours; it must be able to send
	To     string    // the consumer's number, E.164 or a short code
	Event  Outbound
	Record func(b *pgx.Batch, o Opened) error // writes of the caller in the same transaction; may be nil
	// Since is the settings version by which the caller knows that it may (a credential in memory, say). In a transaction that
	// finds a newer one the opening is refused with tenant.ErrStale, and the caller looks again. 0: nothing is asked.
	Since int64
}

// Opened is the chat in which an Outbound went.
type Opened struct {
	Chat    Chat
	EndUser id.EndUser
	Number  string // ours
}

// Open sends a text of ours. Of two that open a chat with the same pair at the same time one does, the other is refused.
// Openings that wait together share a commit with each other and with consumers' texts.
// Errors: opted_out; conflict (an active chat, and no agent given); not_owner (an active chat that is not the agent's);
// not_found (the number); tenant.ErrStale.
func (s *Service) Open(ctx context.Context, t id.Tenant, o Opening) (Opened, error) {
	a := &arrival{out: &o}
	if err := s.inbound.Do(ctx, t, a); err != nil {
		return Opened{}, err
	}
	return a.opened, a.refused
}

// stepOpening takes a text of ours into its pair. A refusal is its own and stops nothing else.
func (r *reception) stepOpening(a *arrival) error {
	a.opened, a.refused = Opened{}, nil
	if a.out.Since != 0 && a.out.Since < r.check.Now {
		a.refused = tenant.ErrStale
		return nil
	}
	number, ok := r.rules.ByID[a.out.Number]
	if !ok {
		a.refused = errs.New(errs.NotFound, "There is no such number")
		return nil
	}
	l := r.pairs[pairKey{number.ID, a.out.To}]
	if l == nil {
		return errPairGone
	}
	r.begunAnew(l)
	next, effects, err := Step(l.chat, a.out.Event, r.w.now)
	if err != nil {
		a.refused = err
		return nil
	}
	r.become(l, next)
	if err := r.w.apply(l, effects, nil); err != nil {
		return err
	}
	a.opened = Opened{Chat: l.chat, EndUser: l.endUser, Number: number.Address}
	if a.out.Record != nil {
		r.w.records = append(r.w.records, func(b *pgx.Batch) error { return a.out.Record(b, a.opened) })
	}
	return nil
}
