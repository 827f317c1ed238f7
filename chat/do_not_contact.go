package chat

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
)

// OptOut puts a consumer on the do-not-contact list for a program, as their STOP would (spec 1.3): what is queued for them is
// cancelled, their chats end, and no text confirms it. Who is on the list stays there, and nothing is done.
func (s *Service) OptOut(ctx context.Context, t id.Tenant, who phone.E164, by tenant.Actor, record func(b *pgx.Batch, since carrier.Stopped) error) (carrier.Stopped, error) {
	line := carrier.Consent{Address: string(who), Action: carrier.OptOut, Source: carrier.ByAPI, Evidence: evidence(by)}
	return s.consent(ctx, t, line, by, record)
}

// OptIn takes a consumer off the list for a program that has their word. Errors: not_found.
func (s *Service) OptIn(ctx context.Context, t id.Tenant, who phone.E164, by tenant.Actor) error {
	line := carrier.Consent{Address: string(who), Action: carrier.OptIn, Source: carrier.ByAPI, Evidence: evidence(by)}
	_, err := s.consent(ctx, t, line, by, nil)
	return err
}

func evidence(by tenant.Actor) string { return fmt.Sprintf(`{"token_id":%d}`, by.Token) }

// consent writes a line of the ledger unless the list says so already.
func (s *Service) consent(ctx context.Context, t id.Tenant, line carrier.Consent, by tenant.Actor, record func(b *pgx.Batch, is carrier.Stopped) error) (is carrier.Stopped, err error) {
	w := newWork(t, s.now())
	line.At = w.now
	var listed []carrier.Stopped
	var chats []id.Chat
	err = s.DB.TenantBatch(ctx, t, func(b *pgx.Batch) {
		s.queueReturning(b, t, []string{line.Address})
		carrier.QueueStopped(b, t, line.Address, &listed)
		b.Queue(chatsOf, t, line.Address).Query(func(rows pgx.Rows) (err error) {
			chats, err = pgx.CollectRows(rows, pgx.RowTo[id.Chat])
			return err
		})
	}, func(tx pgx.Tx) error {
		whole := len(listed) > 0 && listed[0].Number == "" // for the whole tenant
		action := "do_not_contact.added"
		switch {
		case line.Action == carrier.OptOut && whole:
			is, chats = listed[0], nil
		case line.Action == carrier.OptOut:
			is = carrier.Stopped{Address: line.Address, Since: w.now, Source: line.Source}
			w.consents = append(w.consents, line)
		case len(listed) == 0:
			return errs.New(errs.NotFound, "This number is not on the do-not-contact list")
		default:
			action, chats = "do_not_contact.removed", nil
			w.consents = append(w.consents, line)
		}
		if len(w.consents) > 0 {
			change := tenant.Change{Action: action, Name: phone.E164(line.Address).Mask()}
			if err := tenant.Audit(ctx, tx, t, by, w.now, change); err != nil {
				return err
			}
		}
		if record != nil {
			w.records = append(w.records, func(b *pgx.Batch) error { return record(b, is) })
		}
		return s.commit(ctx, tx, w)
	})
	if err != nil && !errors.Is(err, pg.ErrCommitted) {
		return is, err
	}
	s.after(w)
	for _, c := range chats { // the sweep would end them too, a moment later
		if err := s.fire(ctx, t, c, nil); err != nil {
			s.Log.WarnContext(ctx, "end the chat of a consumer who opted out", "tenant", t, "chat", c, "error", err)
		}
	}
	return is, nil
}
