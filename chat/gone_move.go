package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// Moving on from a deleted queue. Whoever deletes it moves its chats at once, in batches; a crash in the middle is made up
// for by a sweep, which finds the queue's row in due. A text on its way while the queue was deleted may still put a chat
// there, so a last look comes when all those have ended.
const (
	goneBatch  = 100
	goneSweep  = 5                // batches a sweep does at a time: timers wait behind it
	goneAtOnce = 5 * time.Second  // what whoever deletes waits for
	goneLease  = 10 * time.Second // until a sweep takes over
	goneLast   = 30 * time.Second // after the deletion no transaction is left that began before it
)

// moveGone moves the chats of a tenant's deleted queues on, at most so many batches and not past a deadline (zero: none).
// done says that none is left. A chat that fails is left for the next look and does not stop the others.
func (s *Service) moveGone(ctx context.Context, t id.Tenant, batches int, until time.Time) (moved int, done bool, err error) {
	after := id.Thread(0)
	for n := 0; n < batches && (until.IsZero() || s.Now().Before(until)); n++ {
		var found []ListGoneRow
		err := s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
			b.Queue(listGone, t, after, goneBatch).Query(func(rows pgx.Rows) (err error) {
				found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[ListGoneRow])
				return err
			})
		})
		if err != nil {
			return moved, false, fmt.Errorf("find the chats of deleted queues: %w", err)
		}
		if len(found) == 0 {
			return moved, true, nil
		}
		moved += s.moveBatch(ctx, t, found)
		after = found[len(found)-1].ThreadID
	}
	return moved, false, nil
}

// moveBatch moves chats in one transaction, or, if that fails, each in its own.
func (s *Service) moveBatch(ctx context.Context, t id.Tenant, chats []ListGoneRow) (moved int) {
	m := &removal{Service: s, tenant: t, chats: chats}
	err := m.run(ctx)
	switch {
	case err == nil:
		return len(chats)
	case len(chats) == 1 || ctx.Err() != nil:
		s.Log.Error("move a chat of a deleted queue", "tenant", t, "chat", chats[0].ID, "error", err)
		return 0
	}
	for i := range chats {
		moved += s.moveBatch(ctx, t, chats[i:i+1])
	}
	return moved
}

// removal is a batch of chats that move on: two round trips, like a group of texts.
type removal struct {
	*Service
	tenant id.Tenant
	chats  []ListGoneRow
	rows   []ReadChatRow
	w      *work
}

func (m *removal) run(ctx context.Context) error {
	err := m.rules.Tx(ctx, m.tenant, m.queue, func(tx pgx.Tx, rules *Rules) error {
		m.w = newWork(m.tenant, m.now())
		for _, row := range m.rows {
			l, err := row.load(rules)
			if err != nil {
				return err
			}
			next, effects, err := Step(l.chat, QueueGone{}, m.w.now)
			if err != nil {
				return fmt.Errorf("move chat %d on: %w", row.ChatID, err)
			}
			l.chat = next
			if err := m.w.apply(l, effects, nil); err != nil {
				return err
			}
			m.w.keep(l)
		}
		return m.commit(ctx, tx, m.w)
	})
	if err != nil && !errors.Is(err, pg.ErrCommitted) {
		return err
	}
	m.after(m.w)
	return nil
}

// queue adds locks and reads to the first batch, in the order of all.
func (m *removal) queue(b *pgx.Batch, _ *Rules) {
	m.rows = m.rows[:0]
	ids := make([]int64, len(m.chats))
	for i, c := range m.chats {
		ids[i] = int64(c.ID)
	}
	b.Queue(lockChats, m.tenant, ids)
	for _, c := range m.chats {
		b.Queue(readChat, m.tenant, c.ID).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ReadChatRow])
			m.rows = append(m.rows, found...)
			return err
		})
	}
}

// sweepGone goes on with deletions that are due, of all tenants.
func (s *Service) sweepGone(ctx context.Context) error {
	var due []ClaimGoneRow
	err := s.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		due, err = sql.ClaimGone(ctx, tx, s.now(), pgtype.Interval{Microseconds: lease.Microseconds(), Valid: true}, 1)
		return err
	})
	if err != nil {
		return fmt.Errorf("claim deleted queues: %w", err)
	}
	for _, d := range due {
		if err := s.finishGone(ctx, d.TenantID, id.Queue(d.Ref), goneSweep, time.Time{}); err != nil {
			s.Log.Error("move the chats of a deleted queue", "tenant", d.TenantID, "queue", d.Ref, "error", err)
		}
	}
	return nil
}

// finishGone moves chats on and says when to look again: at once when some are left, else once more when every transaction
// is over that began before the deletion.
func (s *Service) finishGone(ctx context.Context, t id.Tenant, queue id.Queue, batches int, until time.Time) error {
	began := s.now()
	_, done, err := s.moveGone(ctx, t, batches, until)
	if err != nil {
		return err
	}
	return s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		if !done {
			return sql.ExpectGone(ctx, tx, t, int64(queue), began)
		}
		deleted, err := sql.DeletedAt(ctx, tx, t, queue)
		if err != nil {
			return fmt.Errorf("read when queue %d was deleted: %w", queue, err)
		}
		if deleted != nil && began.Before(deleted.Add(goneLast)) {
			return sql.ExpectGone(ctx, tx, t, int64(queue), deleted.Add(goneLast))
		}
		return sql.DropGone(ctx, tx, t, int64(queue))
	})
}
