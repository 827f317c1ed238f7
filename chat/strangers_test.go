package chat_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/pg/pgtest"
)

// hold locks a consumer and adds a row to their chat, as a text under way does, and commits when the returned function is called.
func (h *house) hold(t *testing.T, from, to string) (release func()) {
	t.Helper()
	locked, done := make(chan struct{}), make(chan struct{})
	var held sync.WaitGroup
	held.Go(func() {
		_ = h.db.InTenantTx(context.Background(), h.tenant, func(tx pgx.Tx) error {
			_, err := tx.Exec(context.Background(), "select lock_consumer($1, $2)", h.tenant, from)
			if err == nil {
				_, err = tx.Exec(context.Background(), `with held as (select t.id from threads t join end_users e on e.id = t.end_user_id
					join numbers n on n.id = t.number_id where e.address = $1 and n.address = $2),
				moved as (update chats c set last_seq = last_seq + 1 from held where c.thread_id = held.id returning c.*)
				insert into chat_events (tenant_id, chat_id, seq, kind, at) select tenant_id, id, last_seq, 'flag', now() from moved`, from, to)
			}
			close(locked)
			<-done
			return err
		})
	})
	<-locked
	release = sync.OnceFunc(func() { close(done); held.Wait() })
	t.Cleanup(release)
	return release
}

// waiters counts who waits for a lock in this database.
func (h *house) waiters(t *testing.T) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.AdminURL(t, h.db))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), `select count(*) from pg_stat_activity
		where datname = current_database() and wait_event_type = 'Lock'`).Scan(&n))
	return n
}

func (h *house) waitsForALock(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return h.waiters(t) > 0 }, 20*time.Second, time.Millisecond)
}

// A pair that another node made while this group waited for a lock is locked too before it is read.
func TestAPairThatWasMadeMeanwhileIsLocked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.serve(t)
	h.text(t, theo, sales, "hello")
	letGo := h.hold(t, theo, sales)
	done := make(chan error, 1)
	go func() {
		done <- h.ReceiveTogether(context.Background(), h.tenant, h.account, h.inbound(theo, sales, "anybody?"), h.inbound(marisol, sales, "first"))
	}()
	h.waitsForALock(t)
	saved := make(chan error, 1)
	go func() {
		saved <- other.Receive(context.Background(), h.tenant, h.account, h.inbound(marisol, sales, "second"))
	}()
	require.Eventually(t, func() bool {
		select {
		case err := <-saved: // the other node was first
			require.NoError(t, err)
			saved = nil
			letGoOfMarisol := h.hold(t, marisol, sales)
			letGo()
			h.waitsForALock(t)
			letGoOfMarisol()
			return true
		default:
			return h.waiters(t) == 2 // or this group was: then the other one waits for it
		}
	}, 20*time.Second, time.Millisecond)
	letGo()
	require.NoError(t, <-done)
	if saved != nil {
		require.NoError(t, <-saved)
	}
	require.Equal(t, 2, one[int](t, h, "select count(*)::int from chats"))
	require.Zero(t, one[int](t, h, "select count(*)::int from ("+stormGaps+") x"), "no row is doubled")
}

// The lock is the consumer's, whichever of our numbers they text: what they say to one comes after what they say to another.
func TestAConsumerIsLockedForAllNumbers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.text(t, theo, sales, "hello")
	letGo := h.hold(t, theo, sales)
	done := make(chan error, 1)
	go func() {
		done <- h.serve(t).Receive(context.Background(), h.tenant, h.account, h.inbound(theo, support, "and you?"))
	}()
	h.waitsForALock(t)
	require.Empty(t, done)
	letGo()
	require.NoError(t, <-done)
	require.Equal(t, 2, one[int](t, h, "select count(*)::int from chats"))
}

// Two nodes meet the same strangers at once, in whatever order: neither waits for the other in a circle.
func TestStrangersWhoTextTwoNodesAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var group sync.WaitGroup
	failed := make(chan error, 1000)
	for w, s := range []*chat.Service{h.Service, h.serve(t), h.Service, h.serve(t)} {
		group.Go(func() {
			for i := range 60 {
				var ins []wire.Inbound
				for k := range 12 {
					from := fmt.Sprintf("+1415555%04d", i/4*12+(k*(2*w+1)+w+i)%24)
					ins = append(ins, h.inbound(from, []string{support, sales, nobody}[(k+w)%3], []string{"hello", "hello", "STOP", "EXIT", "1"}[(i+k)%5]))
				}
				if err := s.ReceiveTogether(context.Background(), h.tenant, h.account, ins...); err != nil {
					failed <- err
				}
			}
		})
	}
	group.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
}
