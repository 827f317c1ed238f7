package chat_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Agents on two nodes hand chats to each other and to queues, take, refuse and miss them, come and go, while consumers
// write and leases run out. Nobody ever shares a chat, and each has a next step whenever one looks.
func TestTransfersAtRandomKeepEveryChatWithSomebodyOrInAQueue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atDesks(t)
	h.set(t, "max_transfers", "100")
	h.set(t, "agent_chat_limit", "4")
	nodes := []*chat.Service{h.Service, h.serve(t)}
	ctx := context.WithoutCancel(t.Context())
	var consumers []string
	for i := range 6 {
		consumers = append(consumers, fmt.Sprintf("+1415555%04d", 2000+i))
		h.text(t, consumers[i], sales, "hello")
	}
	leaf := h.queue(t, "Sales")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	expected := func(err error) {
		switch errs.CodeOf(err) {
		case errs.Internal, errs.Unavailable, errs.NotFound:
			require.NoError(t, err) // nil too
		}
	}
	rounds := make(chan struct{}, 1) // the clock moves with the agents' work, however slow the machine
	var taken atomic.Int32           // transfers that a colleague took
	work := func(i int, me, other id.User) {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		for round := 0; round < 80 || taken.Load() <= 5 && round < 4000; round++ { // on a busy machine one may be alone for long
			select {
			case rounds <- struct{}{}:
			default:
			}
			n := nodes[random.IntN(2)]
			mine, err := n.Desk(ctx, h.tenant, me)
			require.NoError(t, err)
			require.LessOrEqual(t, len(mine), 4)
			for _, c := range mine {
				switch random.IntN(6) {
				case 0:
					expected(n.Transfer(ctx, h.tenant, c.ID, me, chat.To{Queue: leaf}, ""))
				case 1, 2, 3:
					expected(n.Transfer(ctx, h.tenant, c.ID, me, chat.To{Agent: other}, "a note"))
				case 4:
					_, err := n.Send(ctx, h.tenant, c.ID, me, fmt.Sprint(i, c.ID, random.Uint32()), "hi")
					expected(err)
				case 5:
					_, err := n.TakeOver(ctx, h.tenant, c.ID, []id.User{me, other}[random.IntN(2)])
					expected(err)
				}
			}
			for _, c := range h.heldOut(t, me) {
				switch random.IntN(4) {
				case 0:
					expected(n.RefuseTransfer(ctx, h.tenant, c, me))
				case 1:
					expected(n.AgentGone(ctx, h.tenant, me))
				case 2, 3:
					_, err := n.Accept(ctx, h.tenant, c, me)
					expected(err)
					if err == nil {
						taken.Add(1)
					}
				}
			}
			if c := h.waits(t, me); c != 0 {
				_, err := n.Accept(ctx, h.tenant, c, me)
				expected(err)
			}
		}
	}
	var agents, others sync.WaitGroup
	over := make(chan struct{})
	agents.Go(func() { work(0, h.ann, h.bob) })
	agents.Go(func() { work(1, h.bob, h.ann) })
	others.Go(func() {
		random, sweeper := rand.New(rand.NewPCG(seed, 9)), chat.NewSweeper(nodes[1])
		for {
			select {
			case <-over:
				return
			case <-rounds:
			}
			h.clock.advance(time.Duration(random.IntN(5)) * time.Second)
			require.NoError(t, sweeper.RunOnce(ctx))
			h.text(t, consumers[random.IntN(len(consumers))], sales, "still there?")
		}
	})
	agents.Wait()
	close(over)
	others.Wait()
	h.clock.advance(10 * time.Second)
	require.NoError(t, chat.NewSweeper(h.Service).RunOnce(ctx))

	require.Positive(t, one[int](t, h, "select count(*)::int from transfers where state = 'ended' and agent_id is not null"))
	require.Zero(t, one[int](t, h, "select count(*)::int from transfers where state = 'began'"), "every transfer is settled")
	for what, query := range map[string]string{
		"a chat got lost":                        "select count(*)::int - 6 from chats where status in ('assigned', 'queued')",
		"a chat is held out to somebody":         "select count(*)::int from chats where transfer_to is not null",
		"a waiting chat has no next step":        "select count(*)::int from chats c where status = 'queued' and not exists (select from due d where d.kind = 'offer' and d.ref = c.id)",
		"a chat has no timer":                    "select count(*)::int from chats c where not exists (select from due d where d.kind = 'chat' and d.ref = c.id and d.due_at <= c.due_at)",
		"a transfer was begun and never counted": "select count(*)::int from chats c where transfer_count <> (select count(*) from transfers x where x.chat_id = c.id)",
		"a transfer ended and nobody got the chat": `select count(*)::int from transfers x where state = 'ended' and not exists (select from chat_events v where v.chat_id = x.chat_id
			and v.seq > x.seq and case when x.agent_id is null then v.kind = 'queued' else v.kind = 'assigned' and v.user_id = x.agent_id end)`,
	} {
		require.Zero(t, one[int](t, h, query), what)
	}
	for _, from := range consumers {
		h.transcript(t, id.Chat(one[int64](t, h, "select c.id from chats c join end_users e on e.id = c.end_user_id where e.address = $1", from)))
	}
	t.Log(one[string](t, h, "select string_agg(s, ', ') from (select state || ' ' || why || ' ' || count(*) as s from transfers group by state, why order by 1) x"))
}

// heldOut lists what a colleague holds out to an agent.
func (h *house) heldOut(t testing.TB, agent id.User) (chats []id.Chat) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select chat_id from transfers where agent_id = $1 and state = 'began'", agent)
		if err != nil {
			return err
		}
		chats, err = pgx.CollectRows(rows, pgx.RowTo[id.Chat])
		return err
	})
	return chats
}

// waits offers an agent a chat that waits, if one does.
func (h *house) waits(t testing.TB, agent id.User) (c id.Chat) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `with w as (select id from chats where status = 'queued' order by queued_at, id limit 1 for share skip locked)
			insert into offers (tenant_id, chat_id, user_id, created_at, expires_at) select $1, id, $2, now(), now() + interval '10 s' from w
			on conflict do nothing returning chat_id`, h.tenant, agent)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[id.Chat])
		if len(found) == 1 {
			c = found[0]
		}
		return err
	})
	return c
}
