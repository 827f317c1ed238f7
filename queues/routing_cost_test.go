package queues

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
)

// analyze gives the planner what autovacuum would.
func (o *office) analyze(t testing.TB) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.AdminURL(t, o.db))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), "analyze")
	require.NoError(t, err)
}

// planNode is what we need of EXPLAIN's JSON.
type planNode struct {
	Relation string     `json:"Relation Name"`
	Index    string     `json:"Index Name"`
	Rows     float64    `json:"Actual Rows"`
	Loops    float64    `json:"Actual Loops"`
	Filtered float64    `json:"Rows Removed by Filter"`
	Plans    []planNode `json:"Plans"`
}

// read counts the rows that a plan takes out of a table, wanted or not.
func (n planNode) read(table string) (rows int) {
	if n.Relation == table {
		rows = int((n.Rows + n.Filtered) * n.Loops)
	}
	for _, p := range n.Plans {
		rows += p.read(table)
	}
	return rows
}

// explain runs a query by the plan that serves all arguments, as the pool does, and says what it read. It changes nothing.
func (o *office) explain(t testing.TB, query string, args ...any) planNode {
	t.Helper()
	var plans []struct{ Plan planNode }
	undo := errors.New("looked")
	require.ErrorIs(t, o.db.InTenantTx(t.Context(), o.tenant, func(tx pgx.Tx) error {
		var text []byte
		if _, err := tx.Exec(t.Context(), "prepare asked as "+query); err != nil {
			return err
		}
		defer func() { _, _ = tx.Exec(t.Context(), "deallocate asked") }()
		given := make([]string, len(args))
		for i := range args {
			given[i] = fmt.Sprintf("$%d", i+1)
		}
		ask := "explain (analyze, timing off, format json) execute asked"
		if len(args) > 0 {
			ask += "(" + strings.Join(given, ", ") + ")"
		}
		if err := tx.QueryRow(t.Context(), ask, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...).Scan(&text); err != nil {
			return err
		}
		return errors.Join(undo, json.Unmarshal(text, &plans))
	}), undo)
	return plans[0].Plan
}

func TestOneFreeSlotAmongThousandsOfChatsTakesTheOldestAndReadsLittle(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first := o.insertWaitingMany(t, 2500, o.queue, 2*time.Hour)
	other := o.insertQueue(t)
	o.insertWaitingMany(t, 2500, other, 3*time.Hour) // older, but nobody free serves them
	for i := range 50 {
		o.insertAgent(t, fmt.Sprint("Busy", i), status(tenant.WrapUp))
	}
	ann := o.insertAgent(t, "Ann", limit(1))
	o.insertAgent(t, "Away", serves(o.queue, other), disconnected)
	o.analyze(t)

	agents := o.explain(t, freeAgents, 5, noon, o.tenant, tenant.Available)
	require.LessOrEqual(t, agents.read("chats"), 1, "one look whether anything waits")
	heads := o.explain(t, oldestWaiting, o.tenant, []int64{int64(o.queue)}, []int{1}, []int64{int64(ann)})
	require.LessOrEqual(t, heads.read("chats"), 2, "the head of the queue, and one to see that nobody waits as long")

	o.route(t)
	require.Equal(t, []id.Chat{first}, o.offered(t, ann))
	o.accept(t, first, ann)
	o.route(t)
	require.Empty(t, o.offered(t, ann))
	agents = o.explain(t, freeAgents, 5, noon, o.tenant, tenant.Available)
	require.LessOrEqual(t, agents.read("chats"), 3, "what waits, and Ann's own")

	o.exec(t, "update chats set status = 'finished', ended_at = now(), disconnected_by = 'disconnected_by_agent', fail_reason = 'nothing' where tenant_id = $1 and id = $2", first)
	o.route(t)
	require.Equal(t, []id.Chat{first + 1}, o.offered(t, ann))
}

func TestARepeatedOfferDoesNotMakeTheNextOneDearer(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann := o.insertAgent(t, "Ann")
	chat := o.insertWaiting(t, time.Hour)
	o.exec(t, `insert into offers (tenant_id, chat_id, user_id, state, created_at, expires_at, closed_at)
		select $1, $2, $3, 'expired', $4::timestamptz - i * interval '10 s', $4::timestamptz - (i - 1) * interval '10 s', $4
		from generate_series(1, 300) i`, chat, ann, noon)
	o.analyze(t)
	heads := o.explain(t, oldestWaiting, o.tenant, []int64{int64(o.queue)}, []int{5}, []int64{int64(ann)})
	require.LessOrEqual(t, heads.read("offers"), 2)
}

// BenchmarkRoute shows that what waits costs nothing: one slot is freed and filled, or nobody is free at all.
func BenchmarkRoute(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		o := newOffice(b)
		o.insertWaitingMany(b, n, o.queue, 3*time.Hour)
		for i := range 20 {
			o.insertAgent(b, fmt.Sprint("Busy", i), status(tenant.WrapUp))
		}
		ann := o.insertAgent(b, "Ann", limit(1))
		o.analyze(b)
		b.Run(fmt.Sprintf("one slot freed, %d waiting", n), func(b *testing.B) {
			for b.Loop() {
				o.route(b)
				b.StopTimer()
				require.Len(b, o.told(b), 1)
				o.exec(b, "delete from offers where tenant_id = $1")
				b.StartTimer()
			}
		})
		o.exec(b, "update users set status = 'break' where tenant_id = $1 and id = $2", ann)
		b.Run(fmt.Sprintf("nobody free, %d waiting", n), func(b *testing.B) {
			for b.Loop() {
				o.route(b)
			}
		})
	}
}

// The statistics still tell of the morning's rush when it is over.
func TestWhenNobodyWaitsTheEndedChatsAreNotRead(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.insertAgent(t, "Ann")
	o.insertWaitingMany(t, 2500, o.queue, 2*time.Hour)
	o.analyze(t)
	o.exec(t, "update chats set status = 'finished', ended_at = now(), disconnected_by = 'disconnected_by_agent', fail_reason = 'nothing' where tenant_id = $1")
	agents := o.explain(t, freeAgents, 5, noon, o.tenant, tenant.Available)
	require.Zero(t, agents.read("chats"))
}

// What is due is claimed four times a second, by a plan that must hold for any number of rows.
func TestClaimingWhatIsDueReadsNothingElse(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(t, "insert into due (tenant_id, kind, ref, due_at) select $1, 'offer', i, timestamptz '2100-01-01' from generate_series(1, 20000) i")
	o.exec(t, "update due set due_at = '2000-01-01' where tenant_id = $1 and ref % 5000 = 0")
	o.analyze(t)
	claim := o.explain(t, claimOffers, noon, noon, 200)
	require.LessOrEqual(t, claim.read("due"), 12, "each of four rows is found, locked and moved")
	waiting := o.explain(t, tenantsWaiting)
	require.LessOrEqual(t, waiting.read("due"), 4)
}

// Statistics of a quiet hour make a join of two lists look cheap; a sweep of many chats must not be one.
func TestASweepOfManyChatsReadsEachOnceWhateverTheStatistics(t *testing.T) {
	t.Parallel()
	const many = 300
	o := newOffice(t)
	o.insertWaitingMany(t, many, o.queue, 0)
	chats := scans[int64](t, o, "update due set due_at = '2026-03-02 12:00Z' where tenant_id = $1 returning ref")
	require.Len(t, chats, many)
	for name, plan := range map[string]planNode{
		"move": o.explain(t, moveDue, noon, int64(o.tenant), chats, noon),
		"drop": o.explain(t, dropDue, int64(o.tenant), noon, chats),
	} {
		require.LessOrEqual(t, plan.read("chats"), many, name)
		require.LessOrEqual(t, plan.read("due"), 3*many, name)
	}
}
