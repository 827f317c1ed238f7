package chat

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// eraseAtOnce is how many texts of a consumer one statement erases.
const eraseAtOnce = 1000

// Erase forgets a consumer (spec 1.1): their name, number, words and files, and ours to them. What stays says that something
// was, for order and figures: rows, times, states. An opt-out survives as a keyed hash, so that it holds when the number
// comes back; the ledger's lines stay without the number. Errors: not_found; conflict (an active chat, or a text under way).
func (s *Service) Erase(ctx context.Context, t id.Tenant, address string, by tenant.Actor) error {
	if s.Seal == nil {
		return errs.New(errs.Unavailable, "Nobody can be erased without a key to keep their opt-out by")
	}
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		if err := sql.LockConsumers(ctx, tx, int64(t), []string{address}); err != nil {
			return err
		}
		who, err := sql.HoldEndUser(ctx, tx, t, address)
		if errors.Is(err, pgx.ErrNoRows) {
			return errs.New(errs.NotFound, "Nobody with this number is known here")
		}
		if err != nil {
			return err
		}
		if err := sql.LockThreadsOf(ctx, tx, t, who.ID); err != nil {
			return err
		}
		if who, err = sql.HoldEndUser(ctx, tx, t, address); err != nil { // as the holders of the locks have left it
			return err
		}
		switch {
		case who.Active:
			return errs.New(errs.Conflict, "This customer has an active chat; end it first")
		case who.UnderWay:
			return errs.New(errs.Conflict, "A text to this customer is under way; try again when it has gone")
		}
		return s.erase(ctx, tx, t, who.ID, address, by)
	})
	if err != nil {
		return fmt.Errorf("erase a consumer: %w", err)
	}
	return nil
}

func (s *Service) erase(ctx context.Context, tx pgx.Tx, t id.Tenant, who id.EndUser, address string, by tenant.Actor) error {
	now := s.now()
	rows, err := sql.TextsOf(ctx, tx, t, who)
	if err != nil {
		return err
	}
	for len(rows) > 0 {
		part := rows[:min(len(rows), eraseAtOnce)]
		rows = rows[len(part):]
		texts, chats := make([]int64, len(part)), make([]int64, 0, len(part))
		for i, r := range part {
			texts[i] = int64(r.ID)
			if r.ChatID != 0 {
				chats = append(chats, r.ChatID)
			}
		}
		if err := s.eraseWords(ctx, tx, t, texts, chats, now, now.Add(time.Second)); err != nil {
			return err
		}
	}
	hash := s.hash(t, address)
	nobody := "erased:" + strconv.FormatInt(int64(who), 10)
	for _, do := range []func() error{
		func() error { return sql.NamelessTexts(ctx, tx, nobody, t, who) },
		func() error { return sql.DropOptOutHash(ctx, tx, t, hash) },
		func() error { return sql.HashOptOut(ctx, tx, hash, t, address) },
		func() error { return sql.ForgetOptOut(ctx, tx, t, address) },
		func() error { return sql.NamelessLedger(ctx, tx, nobody, t, address) },
		func() error {
			return sql.EraseEndUser(ctx, tx, EraseEndUserParams{Nobody: nobody, Now: now, Tenant: t, EndUser: who})
		},
		func() error {
			return tenant.Audit(ctx, tx, t, by, now, tenant.Change{Action: "consumer.erased", Subject: int64(who)})
		},
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// eraseWords empties texts, and marks of their chats from before a time, and lets their files go.
func (s *Service) eraseWords(ctx context.Context, tx pgx.Tx, t id.Tenant, texts, chats []int64, now, before time.Time) error {
	erased, err := sql.EraseTexts(ctx, tx, now, t, texts)
	if err != nil {
		return err
	}
	if err := sql.EraseMarks(ctx, tx, t, chats, before); err != nil {
		return err
	}
	if err := sql.EraseNotes(ctx, tx, t, chats, before); err != nil {
		return err
	}
	var withMedia []id.Message
	for _, e := range erased {
		if e.HasMedia {
			withMedia = append(withMedia, e.ID)
		}
	}
	if len(withMedia) == 0 || s.Media == nil {
		return nil
	}
	return s.Media.Erase(ctx, tx, t, withMedia)
}

// hash is what is kept of the number of somebody who opted out and was erased.
func (s *Service) hash(t id.Tenant, address string) []byte {
	return s.Seal.Sum("erased consumer", []byte(strconv.FormatInt(int64(t), 10)+" "+address))
}

// queueReturning gives strangers their opt-outs back, if they were erased.
func (s *Service) queueReturning(b *pgx.Batch, t id.Tenant, addresses []string) {
	if s.Seal != nil {
		b.Queue(restoreOptOuts, addresses, s.hashes(t, addresses), t)
	}
}

// QueueErased adds the read of those numbers whose opt-out outlived their consumer: they stand in no list, and whoever sends to
// many asks for them beside the list. Nothing is given back by it.
func (s *Service) QueueErased(b *pgx.Batch, t id.Tenant, addresses []string, out func(pgx.Rows) error) {
	if s.Seal != nil {
		b.Queue(erasedOptOuts, addresses, s.hashes(t, addresses), t).Query(out)
	}
}

func (s *Service) hashes(t id.Tenant, addresses []string) [][]byte {
	hashes := make([][]byte, len(addresses))
	for i, a := range addresses {
		hashes[i] = s.hash(t, a)
	}
	return hashes
}
