package queues

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

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
	args := pgx.NamedArgs{"tenant": t, "chat": chat, "agent": agent, "winner": agent, "now": now}
	var queued, offered bool
	err = db.TenantBatch(ctx, t, func(b *pgx.Batch) {
		b.Queue(s["LockChat"], args)
		b.Queue(s["LockAgent"], args)
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
