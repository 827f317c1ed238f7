package chat_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/errs"
	"sidetone/internal/tenant"
)

// everywhere counts the rows of all of the tenant's tables in which a word stands.
func (h *house) everywhere(t *testing.T, word string) (tables []string) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select table_name::text from information_schema.columns where table_schema = 'public' and column_name = 'tenant_id'`)
		require.NoError(t, err)
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		for _, table := range all {
			var n int
			require.NoError(t, tx.QueryRow(ctx, "select count(*) from "+table+" r where strpos(r::text, $1) > 0", word).Scan(&n))
			if n > 0 {
				tables = append(tables, table)
			}
		}
		return nil
	})
	return tables
}

func (h *house) gone(t *testing.T) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update messages set status = 'delivered', done_at = now() where status in ('queued', 'sending')")
		return err
	})
}

func TestAConsumerWhoIsErasedIsNowhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	by := tenant.Actor{User: h.bob}
	require.Equal(t, errs.Conflict, errs.CodeOf(h.Erase(t.Context(), h.tenant, marisol, by)), "an active chat")
	h.text(t, marisol, sales, "My heliotrope mug is broken")
	h.text(t, marisol, sales, "STOP")
	require.Equal(t, errs.Conflict, errs.CodeOf(h.Erase(t.Context(), h.tenant, marisol, by)), "a text under way")
	h.gone(t)
	require.NotEmpty(t, h.everywhere(t, marisol))
	require.NotEmpty(t, h.everywhere(t, "heliotrope"))
	rows := len(h.transcript(t, c))

	require.NoError(t, h.Erase(t.Context(), h.tenant, marisol, by))
	require.Empty(t, h.everywhere(t, marisol))
	require.Empty(t, h.everywhere(t, "heliotrope"))
	require.Len(t, h.transcript(t, c), rows, "the rows stay")
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from consent_ledger where action = 'opt_out'"))
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from audit_log where action = 'consumer.erased' and user_id = $1", h.bob))
	require.Equal(t, errs.NotFound, errs.CodeOf(h.Erase(t.Context(), h.tenant, marisol, by)))

	h.text(t, marisol, sales, "Hello again")
	require.Equal(t, "opted_out", one[string](t, h, "select disposition from messages order by id desc limit 1"), "the opt-out came back with the number")
	h.text(t, marisol, sales, "START")
	h.gone(t)
	require.NoError(t, h.Erase(t.Context(), h.tenant, marisol, by))
	h.text(t, marisol, sales, "And again")
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from chats where ended_at is null"), "who was let back in stays so")
}

func TestWordsAreErasedWhenTheyWereKeptLongEnough(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.assigned(t)
	h.gone(t)
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "insert into receipts (tenant_id, message_id, provider_id, status, at) select tenant_id, id, 'SM1', 'delivered', created_at from messages")
		return err
	})
	texts, attempts, err := h.Retain(t.Context(), h.tenant)
	require.NoError(t, err)
	require.Equal(t, []int{0, 0}, []int{texts, attempts}, "nothing is set: for ever")
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into settings (tenant_id, key, value) values ($1, 'retain_texts', '30'), ($1, 'retain_attempts', '10')`, h.tenant); err != nil {
			return err
		}
		_, err := tenant.Bump(ctx, tx, h.tenant)
		return err
	})
	h.Forget(h.tenant)
	all := one[int](t, h, "select count(*)::int from messages")
	h.clock.advance(10*24*time.Hour - time.Second)
	texts, attempts, err = h.Retain(t.Context(), h.tenant)
	require.NoError(t, err)
	require.Equal(t, []int{0, 0}, []int{texts, attempts})
	h.clock.advance(2 * time.Second)
	_, attempts, err = h.Retain(t.Context(), h.tenant)
	require.NoError(t, err)
	require.Equal(t, all, attempts)
	h.clock.advance(20 * 24 * time.Hour)
	h.text(t, marisol, sales, "A new word")
	texts, _, err = h.Retain(t.Context(), h.tenant)
	require.NoError(t, err)
	require.Equal(t, all, texts)
	require.Equal(t, "A new word", one[string](t, h, "select string_agg(body, '|') from messages where body <> ''"))
	rows, err := h.Rows(t.Context(), h.tenant, c, 0, 100)
	require.NoError(t, err)
	for _, r := range rows {
		if r.Message != nil {
			require.Equal(t, r.Message.Text == "", r.Message.Erased)
		}
	}
	texts, attempts, err = h.Retain(t.Context(), h.tenant)
	require.NoError(t, err)
	require.Equal(t, []int{0, 0}, []int{texts, attempts}, "once")
}
