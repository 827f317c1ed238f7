package tenant_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
)

func TestAChangeIsWrittenWithItsTransactionOrNotAtAll(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	of := newTenant(t, db, "ann")
	write := func(c tenant.Change, fail error) error {
		return db.InTenantTx(t.Context(), of, func(tx pgx.Tx) error {
			if err := tenant.Audit(t.Context(), tx, of, tenant.Actor{User: 7}, time.Now(), c); err != nil {
				return err
			}
			return fail
		})
	}
	require.NoError(t, write(tenant.Change{Action: "queue.renamed", Subject: 3, Name: strings.Repeat("é", 300), Before: "Sales", After: "Orders"}, nil))
	require.ErrorIs(t, write(tenant.Change{Action: "queue.moved", Subject: 3}, context.Canceled), context.Canceled)
	require.Error(t, write(tenant.Change{Action: "no verb"}, nil))

	require.NoError(t, db.InTenantTx(t.Context(), of, func(tx pgx.Tx) error {
		var n, chars int
		var before string
		err := tx.QueryRow(t.Context(), `select count(*) over (), length(subject), before #>> '{}' from audit_log where user_id = 7`).Scan(&n, &chars, &before)
		require.NoError(t, err)
		require.Equal(t, []any{1, 200, "Sales"}, []any{n, chars, before})
		return nil
	}))
	err := db.InTenantTx(t.Context(), of, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "delete from audit_log")
		return err
	})
	require.ErrorContains(t, err, "permission denied")
}
