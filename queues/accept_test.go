package queues

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// statements are those of package chat, which this package does not import: what they and routing do to each other is
// tested with the real ones.
type statements map[string]string

func chatStatements(t testing.TB) statements {
	t.Helper()
	text, err := os.ReadFile("../chat/queries.sql")
	require.NoError(t, err)
	arg := regexp.MustCompile(`sqlc\.n?arg\((\w+)\)`)
	out := statements{}
	for _, part := range strings.Split(string(text), "-- name: ")[1:] {
		head, body, _ := strings.Cut(part, "\n")
		out[strings.Fields(head)[0]] = arg.ReplaceAllString(body, "@$1")
	}
	return out
}

// accept takes a chat as package chat does: the same locks in the same order, the chat, then its offers.
func (s statements) accept(ctx context.Context, db *pg.DB, t id.Tenant, chat id.Chat, agent id.User, now time.Time) (took bool, err error) {
	args := pgx.NamedArgs{"tenant": t, "chat": chat, "chat_ids": []id.Chat{chat}, "agent": agent, "winner": agent, "now": now}
	var queued, offered bool
	err = db.TenantBatch(ctx, t, func(b *pgx.Batch) {
		b.Queue(s["LockChats"], args)
		b.Queue(s["LockAgents"], args)
		b.Queue("select status = 'queued' from chats where tenant_id = @tenant and id = @chat", args).
			QueryRow(func(row pgx.Row) error { return row.Scan(&queued) })
		b.Queue(s["AgentSlots"], args).QueryRow(func(row pgx.Row) error { return row.Scan(nil, nil, nil, &offered) })
	}, func(tx pgx.Tx) error {
		if !queued || !offered {
			return nil
		}
		took = true
		b := &pgx.Batch{}
		b.Queue("update chats set status = 'assigned', agent_id = @agent, assigned_at = @now where tenant_id = @tenant and id = @chat", args)
		b.Queue(s["CloseOffers"], args)
		return pg.CommitBatch(ctx, tx, b)
	})
	return took && err == nil, err
}

func (o *office) accept(t testing.TB, chat id.Chat, agent id.User) {
	t.Helper()
	took, err := chatStatements(t).accept(t.Context(), o.db, o.tenant, chat, agent, o.clock.now())
	require.NoError(t, err)
	require.True(t, took)
}

// raceCount: 1,500 races take a few seconds. All ten thousand: make races.
var raceCount = flag.Int("races", 1500, "how often two agents go for the same chat")

// Two agents go for the same chat at once, over and over: exactly one has it each time.
func TestOfTwoWhoRaceExactlyOneHasTheChat(t *testing.T) {
	t.Parallel()
	const pairs, atOnce = 50, 12
	races := *raceCount
	o := newOffice(t)
	var agents []id.User
	for i := range 2 * pairs {
		agents = append(agents, o.insertAgent(t, fmt.Sprint("Racer", i)))
	}
	first := o.insertWaitingMany(t, races, o.queue, time.Hour)
	o.exec(t, `insert into offers (tenant_id, chat_id, user_id, created_at, expires_at)
		select $1, $2::bigint + i, $3::bigint + 2 * (i % $4::int) + side, $5, $5::timestamptz + interval '1 h'
		from generate_series(0, $6::int - 1) i, generate_series(0, 1) side`, first, agents[0], pairs, noon, races)
	s, now := chatStatements(t), o.clock.now()
	wins := make([]atomic.Int32, races)
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i := range races {
		for side := range 2 {
			g.Go(func() error {
				took, err := s.accept(t.Context(), o.db, o.tenant, first+id.Chat(i), agents[2*(i%pairs)+side], now)
				if took {
					wins[i].Add(1)
				}
				return err
			})
		}
	}
	require.NoError(t, g.Wait())
	for i := range wins {
		require.EqualValues(t, 1, wins[i].Load(), "race %d", i)
	}
	require.Equal(t, []int{races}, scans[int](t, o, "select count(*)::int from chats where tenant_id = $1 and status = 'assigned'"))
	require.Equal(t, []string{fmt.Sprint("accepted ", races), fmt.Sprint("withdrawn ", races)},
		scans[string](t, o, "select state || ' ' || count(*) from offers where tenant_id = $1 group by state order by state"))
}
