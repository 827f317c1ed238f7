package pg_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
)

func TestAStatementIsNotPlannedForEachExecution(t *testing.T) {
	db, err := pg.Open(t.Context(), pgtest.NewDatabase(t).AppURL, pg.Options{MaxConns: 1})
	require.NoError(t, err)
	defer db.Close()
	for range 3 {
		_, err := db.Pool().Exec(t.Context(), "select id from tenants where subdomain = $1", "fernhill")
		require.NoError(t, err)
	}
	var generic, custom int
	require.NoError(t, db.Pool().QueryRow(t.Context(), `select generic_plans, custom_plans from pg_prepared_statements
		where statement like 'select id from tenants%'`).Scan(&generic, &custom))
	require.Equal(t, 3, generic)
	require.Zero(t, custom)
}
