package carrier_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
)

func TestAQueueSendsFromTheNearestNumbers(t *testing.T) {
	t.Parallel()
	chat := []string{carrier.CanReceive, carrier.CanSend}
	num := func(n id.Number, with ...func(*carrier.Number)) carrier.Number {
		out := carrier.Number{ID: n, Capabilities: chat, Status: carrier.VerifiedSMSOnly}
		for _, w := range with {
			w(&out)
		}
		return out
	}
	serves := func(q id.Queue, place int) func(*carrier.Number) {
		return func(n *carrier.Number) { n.Serves = append(n.Serves, carrier.Serves{Queue: q, Place: place}) }
	}
	feeds := func(q id.Queue) func(*carrier.Number) { return func(n *carrier.Number) { n.Queue = q } }
	global := func(n *carrier.Number) { n.GlobalOutbound = true }
	failed := func(n *carrier.Number) { n.Status = carrier.VerifyFailed }
	removed := func(n *carrier.Number) { n.Removed = true }
	can := func(of ...string) func(*carrier.Number) { return func(n *carrier.Number) { n.Capabilities = of } }
	chain := []id.Queue{3, 2, 1} // the leaf, its menu, the top
	for _, c := range []struct {
		name    string
		numbers []carrier.Number
		want    []id.Number
		from    carrier.Origin
	}{
		{"nothing at all", nil, nil, carrier.NoNumber},
		{"own ones in their order", []carrier.Number{num(1, serves(3, 2)), num(2, serves(3, 1)), num(3, serves(2, 1)), num(4, global)}, []id.Number{2, 1}, carrier.OwnNumbers},
		{"the parent's", []carrier.Number{num(1, serves(1, 1)), num(2, serves(2, 1)), num(4, global)}, []id.Number{2}, carrier.InheritedNumbers},
		{"the grandparent's", []carrier.Number{num(1, serves(1, 1)), num(2, serves(9, 1)), num(4, global)}, []id.Number{1}, carrier.InheritedNumbers},
		{"the global one", []carrier.Number{num(1, feeds(3)), num(4, global)}, []id.Number{4}, carrier.GlobalNumber},
		{"the inbound one", []carrier.Number{num(1, feeds(3)), num(2, feeds(2))}, []id.Number{1}, carrier.InboundNumber},
		{"the inbound one of the menu", []carrier.Number{num(1, feeds(3), can(carrier.CanReceive)), num(2, feeds(2))}, []id.Number{2}, carrier.InboundNumber},
		{"one that failed is passed over", []carrier.Number{num(1, serves(3, 1), failed), num(2, serves(2, 1))}, []id.Number{2}, carrier.InheritedNumbers},
		{"one that is removed too", []carrier.Number{num(1, global, removed), num(2, feeds(3))}, []id.Number{2}, carrier.InboundNumber},
		{"never one for calls", []carrier.Number{num(1, global, can(carrier.InCall)), num(2, global, can(carrier.SessionFree))}, nil, carrier.NoNumber},
	} {
		got, from := carrier.SendingNumbers(c.numbers, chain)
		var ids []id.Number
		for _, n := range got {
			ids = append(ids, n.ID)
		}
		require.Equal(t, c.want, ids, c.name)
		require.Equal(t, c.from, from, c.name)
	}
}

func TestWhateverAQueueSendsFromCanSend(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		numbers := make([]carrier.Number, rapid.IntRange(0, 6).Draw(t, "numbers"))
		for i := range numbers {
			n := carrier.Number{
				ID:             id.Number(i + 1),
				Capabilities:   rapid.SliceOfDistinct(rapid.SampledFrom([]string{"inbound", "outbound", "in_call", "sessionless"}), rapid.ID[string]).Draw(t, "can"),
				Status:         rapid.SampledFrom([]string{"unverified", "verified_sms_only", "verified_sms_voice", "failed"}).Draw(t, "status"),
				Queue:          id.Queue(rapid.IntRange(0, 3).Draw(t, "queue")),
				GlobalOutbound: rapid.Bool().Draw(t, "global"), Removed: rapid.Bool().Draw(t, "removed"),
			}
			if q := rapid.IntRange(0, 3).Draw(t, "serves"); q > 0 {
				n.Serves = []carrier.Serves{{Queue: id.Queue(q), Place: rapid.IntRange(1, 3).Draw(t, "place")}}
			}
			numbers[i] = n
		}
		got, from := carrier.SendingNumbers(numbers, []id.Queue{3, 2, 1})
		require.Equal(t, from == carrier.NoNumber, len(got) == 0)
		for _, n := range got {
			require.True(t, n.Sends())
		}
	})
}

// The database keeps the rules of spec 1.1 whoever writes: both sides of each.
func TestTheDatabaseKeepsTheRulesOfNumbers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var queue, other id.Queue
	h.tx(t, func(tx pgx.Tx) error {
		err := tx.QueryRow(t.Context(), "insert into queues (tenant_id, name) values ($1, 'Sales') returning id", h.tenant).Scan(&queue)
		if err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), "insert into queues (tenant_id, name) values ($1, 'Returns') returning id", h.tenant).Scan(&other)
	})
	const insert = "insert into numbers (tenant_id, account_id, address, capabilities, status, queue_id, global_outbound, deleted_at) values (%d, %d, '%s', '{%s}', '%s', %s, %t, %s)"
	row := func(address, capabilities, status, queue string, global bool, deleted string) string {
		return fmt.Sprintf(insert, h.tenant, h.account, address, capabilities, status, queue, global, deleted)
	}
	sales, fresh := fmt.Sprint(queue), "+14155550188"
	serve := func(q id.Queue) string {
		return fmt.Sprintf("insert into queue_numbers (tenant_id, queue_id, number_id) select tenant_id, %d, id from numbers where address = '%s'", q, fresh)
	}
	for _, c := range []struct {
		refused string // the constraint; empty: it is taken
		sql     []string
	}{
		{"", []string{row(fresh, "inbound,outbound", "verified_sms_only", sales, true, "null")}},
		{"", []string{row(fresh, "inbound", "verified_sms_voice", sales, false, "null")}},
		{"numbers_verified_first", []string{row(fresh, "inbound", "failed", sales, false, "null")}},
		{"numbers_verified_first", []string{row(fresh, "inbound", "unverified", sales, false, "null")}},
		{"numbers_verified_first", []string{row(fresh, "outbound", "failed", "null", true, "null")}},
		{"numbers_verified_first", []string{row(fresh, "inbound", "failed", "null", false, "null"), "update numbers set queue_id = " + sales + " where address = '" + fresh + "'"}},
		{"", []string{row(fresh, "inbound", "verified_sms_only", sales, false, "null"), "update numbers set status = 'failed' where address = '" + fresh + "'"}},
		{"numbers_queue", []string{row(fresh, "inbound", "verified_sms_only", sales, false, "null"), "update numbers set status = 'unverified' where address = '" + fresh + "'"}},
		{"numbers_queue", []string{row(fresh, "outbound", "verified_sms_only", sales, false, "null")}},
		{"numbers_global", []string{row(fresh, "inbound", "verified_sms_only", "null", true, "null")}},
		{"numbers_global_outbound", []string{row(fresh, "outbound", "verified_sms_only", "null", true, "null"), row("+14155550189", "outbound", "verified_sms_only", "null", true, "null")}},
		{"numbers_check", []string{row(fresh, "inbound,in_call", "verified_sms_only", sales, false, "null")}},
		{"numbers_check", []string{row(fresh, "inbound,sessionless", "verified_sms_only", sales, false, "null")}},
		{"numbers_capabilities_check", []string{row(fresh, "in_call,sessionless", "verified_sms_only", "null", false, "null")}},
		{"", []string{row(fresh, "in_call", "unverified", "null", false, "null")}},
		{"numbers_address", []string{row(h.ours, "inbound", "unverified", "null", false, "null")}},
		{"", []string{row(h.ours, "inbound", "unverified", "null", false, "now()")}},
		{"", []string{"update numbers set deleted_at = now()", row(h.ours, "inbound", "unverified", "null", false, "null")}},
		{"numbers_deleted", []string{row(fresh, "inbound", "verified_sms_only", sales, false, "now()")}},
		{"", []string{row(fresh, "outbound", "verified_sms_only", "null", false, "null"), serve(queue), serve(other)}},
		{"queue_numbers_pkey", []string{row(fresh, "outbound", "verified_sms_only", "null", false, "null"), serve(queue), serve(queue)}},
		{"numbers_verified_first", []string{row(fresh, "outbound", "failed", "null", false, "null"), serve(queue)}},
		{"queue_numbers_sends", []string{row(fresh, "inbound", "verified_sms_only", "null", false, "null"), serve(queue)}},
		{"queue_numbers_sends", []string{row(fresh, "outbound,in_call", "verified_sms_only", "null", false, "null"), serve(queue)}},
		{"queue_numbers_sends", []string{row(fresh, "outbound", "verified_sms_only", "null", false, "null"), serve(queue), "update numbers set capabilities = '{inbound}' where address = '" + fresh + "'"}},
		{"queue_numbers_sends", []string{row(fresh, "outbound", "verified_sms_only", "null", false, "null"), serve(queue), "update numbers set deleted_at = now() where address = '" + fresh + "'"}},
		{"", []string{row(fresh, "outbound", "verified_sms_only", "null", false, "null"), serve(queue), "update numbers set status = 'failed' where address = '" + fresh + "'"}},
	} {
		undo := errors.New("tried")
		err := h.db.InTenantTx(t.Context(), h.tenant, func(tx pgx.Tx) error {
			for _, sql := range append(c.sql, "set constraints all immediate") {
				if _, err := tx.Exec(t.Context(), sql); err != nil {
					return err
				}
			}
			return undo
		})
		var refused *pgconn.PgError
		if c.refused == "" {
			require.ErrorIs(t, err, undo, "%v", c.sql)
			continue
		}
		require.ErrorAs(t, err, &refused, "%v", c.sql)
		require.Contains(t, refused.ConstraintName, c.refused, "%v", c.sql)
	}
}

func TestHealthIsReadFromIndexes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.bulk(t, 1000, 5)
	for i := range 9 { // most texts are those of days long past, and of other numbers
		n := h.addNumber(t, fmt.Sprintf("+1415555020%d", i), 1)
		h.exec(t, "update messages set number_id = $1 where id % 10 = $2", n, i+1)
	}
	h.exec(t, "update messages set status = case id % 70 when 0 then 'undelivered' else 'delivered' end, done_at = now() - make_interval(mins => (id * 7 % 14400)::int) where id % 40 <> 0")
	used := map[string]bool{}
	read := 0
	h.explain(t, carrier.NumbersHealthSQL, int64(h.tenant), time.Now().Add(-carrier.HealthOver)).walk(func(p plan) {
		if p.Relation == "messages" {
			used[p.Index] = true
			read += int((p.Rows + p.Filtered) * p.Loops)
		}
	})
	require.Equal(t, map[string]bool{"messages_held": true, "messages_outbox": true, "messages_outcome": true}, used)
	var queued, lately int
	h.tx(t, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `select count(*) filter (where status = 'queued'), count(*) filter (where status <> 'queued' and done_at > now() - interval '24 hours')
			from messages`).Scan(&queued, &lately)
	})
	require.InDelta(t, queued+lately, read, 10, "what it counts, and no more")
}
