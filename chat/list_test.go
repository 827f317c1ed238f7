package chat_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/id"
	"sidetone/internal/pg/pgtest"
)

// insertEnded makes chats that ended long ago, one a minute, every tenth of them Bob's, all others Ann's.
func (h *house) insertEnded(t testing.TB, n int) {
	t.Helper()
	h.text(t, theo, sales, "Hi")
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into chats (tenant_id, thread_id, number_id, end_user_id, status, started_by, queue_id, agent_id,
		created_at, queued_at, assigned_at, ended_at, disconnected_by, fail_reason, updated_at)
		select c.tenant_id, c.thread_id, c.number_id, c.end_user_id, case when g % 100 = 0 then 'failed' else 'finished' end, 'end_user',
		       c.queue_id, case when g % 10 = 0 then $2::bigint else $3::bigint end, at, at, at, at, 'disconnected_by_agent', 'nothing', at
		from chats c, generate_series(1, $1::int) as g, lateral (select timestamptz '2021-10-12 00:00Z' + g * interval '1 min' as at) x
		where c.id = (select max(id) from chats)`, n, h.bob, h.ann)
		return err
	})
	h.analyze(t, "chats")
}

// analyze tells the planner what a table holds now.
func (h *house) analyze(t testing.TB, table string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.AdminURL(t, h.db))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), "analyze "+table)
	require.NoError(t, err)
}

// touched counts what a plan takes out of chats, wanted or not.
func touched(plan map[string]any) (rows float64) { return touchedOf("chats", plan) }

func touchedOf(table string, plan map[string]any) (rows float64) {
	if plan["Relation Name"] == table {
		filtered, _ := plan["Rows Removed by Filter"].(float64)
		rows = (plan["Actual Rows"].(float64) + filtered) * plan["Actual Loops"].(float64)
	}
	below, _ := plan["Plans"].([]any)
	for _, p := range below {
		rows += touchedOf(table, p.(map[string]any))
	}
	return rows
}

// A page reads a few rows along an index, wherever in the list it is and whatever is asked for.
func TestAPageOfAListReadsLittle(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.insertEnded(t, 20000)
	tree, err := h.Tree(t.Context(), h.tenant)
	require.NoError(t, err)
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.DateOnly, text)
		require.NoError(t, err)
		return parsed
	}
	queue := id.Queue(0)
	for _, n := range tree.Nodes() {
		if n.Leaf() {
			queue = n.ID
		}
	}
	far := chat.Place(at("2021-10-14"), 1<<40)
	for name, c := range map[string]struct {
		filter chat.Filter
		after  string
		most   float64
	}{
		"all, at the beginning":       {chat.Filter{}, "", 60},
		"all, far":                    {chat.Filter{}, far, 60},
		"a status, far":               {chat.Filter{Status: chat.Failed}, far, 30},
		"a status nobody has":         {chat.Filter{Status: chat.Dismissed}, "", 0},
		"an agent, far":               {chat.Filter{Agent: h.bob}, far, 30},
		"a consumer, far":             {chat.Filter{EndUsers: []id.EndUser{1}}, far, 30},
		"flagged":                     {chat.Filter{Flagged: true}, "", 0},
		"a reason, far":               {chat.Filter{FailReason: chat.Nothing}, far, 30},
		"a reason nobody had":         {chat.Filter{FailReason: chat.Expired}, "", 0},
		"an agent and a status":       {chat.Filter{Agent: h.bob, Status: chat.Failed}, "", 300}, // one in ten of Bob's
		"a queue, far":                {chat.Filter{Queues: []id.Queue{queue}}, far, 30},
		"a day":                       {chat.Filter{Created: chat.Span{From: at("2021-10-13"), To: at("2021-10-14")}}, "", 60},
		"an agent on a day":           {chat.Filter{Agent: h.ann, Created: chat.Span{From: at("2021-10-13"), To: at("2021-10-14")}}, "", 30},
		"what has changed in an hour": {chat.Filter{Updated: chat.Span{From: at("2021-10-14"), To: at("2021-10-14").Add(time.Hour)}}, "", 62},
		"what has changed since":      {chat.Filter{Updated: chat.Span{From: at("2021-10-14").Add(50 * time.Minute)}}, "", 80},
	} {
		t.Run(name, func(t *testing.T) {
			query, args, err := chat.ListStatement(h.tenant, c.filter, tree, chat.Page{Number: 1, Per: 25, ByPlace: true, After: c.after})
			require.NoError(t, err)
			require.LessOrEqual(t, touched(h.explain(t, query, args...)), c.most)
		})
	}
}

// Whatever is typed into the search reads the consumers that it finds, by an index, and no others.
func TestASearchOfConsumersReadsWhatItFinds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.exec(t, `insert into end_users (tenant_id, address, name)
		select $1, '+1415' || lpad((5550000 + i)::text, 7, '0'), case i % 100 when 7 then 'Vega ' || i else '' end from generate_series(1, 30000) i`, h.tenant)
	h.analyze(t, "end_users")
	heads := []string{"+14155550142"}
	for name, c := range map[string]struct {
		from, to          []string
		name, tail        string
		least, rowsAtMost float64
	}{
		"its last four":  {nil, nil, "0142", "0142", 3, 4},
		"nobody's":       {nil, nil, "zz", "999x", 0, 0},
		"a whole number": {heads, heads, "zz", "", 1, 1},
		"a name":         {nil, nil, "vega 100", "", 1, 12},
	} {
		t.Run(name, func(t *testing.T) {
			rows := touchedOf("end_users", h.explain(t, chat.FindConsumers, c.from, c.to, h.tenant, 200, c.name, c.name+"\U0010FFFF", c.tail))
			require.GreaterOrEqual(t, rows, c.least)
			require.LessOrEqual(t, rows, c.rowsAtMost)
		})
	}
}

// explain runs a query by the plan that serves all arguments, as the pool does.
func (h *house) explain(t testing.TB, query string, args ...any) map[string]any {
	t.Helper()
	var plans []struct{ Plan map[string]any }
	require.NoError(t, h.db.InTenantTx(t.Context(), h.tenant, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "set local plan_cache_mode = force_generic_plan"); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), "prepare asked as "+query); err != nil {
			return err
		}
		given := make([]string, len(args))
		for i := range args {
			given[i] = fmt.Sprintf("$%d", i+1)
		}
		var text []byte
		ask := "explain (analyze, timing off, format json) execute asked(" + strings.Join(given, ", ") + ")"
		if err := tx.QueryRow(t.Context(), ask, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...).Scan(&text); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), "deallocate asked"); err != nil {
			return err
		}
		return json.Unmarshal(text, &plans)
	}))
	return plans[0].Plan
}

// Every text moves a chat's last change, and moves its row in no index.
func TestATextMovesTheLastChangeOfItsChatAndNoIndex(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.text(t, theo, sales, "Hi")
	of := h.newest(t)
	before, err := h.Detail(t.Context(), h.tenant, of)
	require.NoError(t, err)
	h.clock.advance(time.Minute)
	h.text(t, theo, sales, "Anybody there?")
	after, err := h.Detail(t.Context(), h.tenant, of)
	require.NoError(t, err)
	require.Equal(t, time.Minute, after.UpdatedAt.Sub(before.UpdatedAt))
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "update chats set last_seq = last_seq, updated_at = updated_at + interval '1 microsecond'"); err != nil {
			return err
		}
		var moved, inPlace int
		err := tx.QueryRow(ctx, "select n_tup_upd, n_tup_hot_upd from pg_stat_xact_user_tables where relname = 'chats'").Scan(&moved, &inPlace)
		require.Equal(t, moved, inPlace)
		require.Positive(t, moved)
		return err
	})
}
