package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
)

// ByHand is what a person does to consent outside of any chat.
type ByHand struct {
	By    tenant.Actor
	Stops []string // who may come on the list by it
	// Decide says in the transaction what goes into the ledger, and the line of the audit log.
	Decide func(ctx context.Context, tx pgx.Tx) ([]carrier.Consent, tenant.Change, error)
}

// Consent writes what a person says of consumers' consent. Whoever opts out by it is treated as by STOP, without a text:
// the gate closes, what is queued is cancelled and chats end (spec 1.3).
func (s *Service) Consent(ctx context.Context, t id.Tenant, hand ByHand) error {
	now := s.now()
	s.Gate.Block(t, hand.Stops...)
	defer s.Gate.Unblock(t, hand.Stops...)
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		lines, change, err := hand.Decide(ctx, tx)
		if err != nil {
			return err
		}
		for i := range lines {
			lines[i].At, lines[i].User = now, hand.By.User
		}
		b := &pgx.Batch{}
		if carrier.QueueConsent(b, t, lines); b.Len() > 0 {
			if err := tx.SendBatch(ctx, b).Close(); err != nil {
				return fmt.Errorf("write consent: %w", err)
			}
		}
		return tenant.Audit(ctx, tx, t, hand.By, now, change)
	})
	if refused := (*errs.Error)(nil); errors.As(err, &refused) {
		return err
	}
	s.stopped(t, hand.Stops...) // also after a failure: a commit whose answer was lost may have been one
	return err
}

// stopped tells the gates of all nodes that consumers have opted out.
func (s *Service) stopped(t id.Tenant, addresses ...string) {
	s.Gate.Stopped(t, addresses...)
	for _, address := range addresses {
		s.Publish(event.Hint{Kind: event.Stopped, Tenant: t, Address: address})
	}
}

// Flagged is a chat in which a text may have been a request to stop, and nobody has said whether.
type Flagged struct {
	Chat    id.Chat
	Status  Status
	EndedAt *time.Time
	EndUser EndUserRef
	Queue   string
	Agent   string
	At      time.Time
	Text    string
}

// EndUserRef is a consumer as a page shows them.
type EndUserRef struct{ Address, Name string }

// Flagged reads the chats to decide about, the oldest first, and how many there are.
func (s *Service) Flagged(ctx context.Context, t id.Tenant, most int) (out []Flagged, total int, err error) {
	var rows []ListFlaggedRow
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) { b.Queue(listFlagged, t, int32(most)).Query(rowsOf(&rows)) })
	if err != nil {
		return nil, 0, fmt.Errorf("read the flagged chats of tenant %d: %w", t, err)
	}
	for _, r := range rows {
		total = r.Total
		out = append(out, Flagged{
			Chat: r.ID, Status: Status(r.Status), EndedAt: r.EndedAt, EndUser: EndUserRef{r.Address, r.Name}, Queue: r.Queue, Agent: r.Agent,
			At: r.At, Text: r.Body,
		})
	}
	return out, total, nil
}

// DecideEnded is DecideOptOut for a chat that has ended meanwhile: the consumer's wish outlives it.
// Errors: conflict (decided already).
func (s *Service) DecideEnded(ctx context.Context, t id.Tenant, chat id.Chat, by id.User, confirm bool) error {
	found := ClearFlagRow{}
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) (err error) {
		if err = NewQueries().LockChats(ctx, tx, int64(t), []int64{int64(chat)}); err == nil {
			found, err = NewQueries().ClearFlag(ctx, tx, t, chat)
		}
		if err != nil {
			return err
		}
		line := carrier.Consent{Address: found.Address, Number: found.NumberID, Action: carrier.FlagDismissed, Source: carrier.ByAgent, User: by, At: s.now()}
		if confirm {
			line.Action = carrier.OptOut
			s.Gate.Block(t, found.Address)
			defer s.Gate.Unblock(t, found.Address)
			defer s.stopped(t, found.Address)
		}
		b := &pgx.Batch{}
		carrier.QueueConsent(b, t, []carrier.Consent{line})
		return pg.CommitBatch(ctx, tx, b)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return errs.New(errs.Conflict, "This has been decided already")
	case err != nil && !errors.Is(err, pg.ErrCommitted):
		return fmt.Errorf("decide about chat %d: %w", chat, err)
	}
	return nil
}
