package pgtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/pg/pgtest"
)

func TestEachTestHasItsOwnMigratedDatabase(t *testing.T) {
	t.Parallel()
	a, b := pgtest.New(t), pgtest.New(t)
	require.NotEqual(t, a.URL(), b.URL())
	var tables int
	var zone string
	require.NoError(t, a.Pool().QueryRow(t.Context(),
		"select (select count(*) from information_schema.tables where table_schema = 'public' and table_name = 'tenants'), "+
			"(select reset_val from pg_settings where name = 'TimeZone')").Scan(&tables, &zone))
	require.Equal(t, 1, tables)
	require.Equal(t, "America/St_Johns", zone, "a test that minds the server's time zone must fail here")
}
