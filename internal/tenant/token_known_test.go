package tenant_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
)

func TestARememberedTokenIsOlderThanWhateverEndedIt(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	version := func() (v int64) {
		require.NoError(t, db.Pool().QueryRow(t.Context(), "select settings_version from tenants where id = $1", ann).Scan(&v))
		return v
	}
	for what, end := range map[string]func(tx pgx.Tx, of tenant.Token) error{
		"disabled": func(tx pgx.Tx, of tenant.Token) error {
			return tenant.SetTokenDisabled(t.Context(), tx, ann, of.ID, true)
		},
		"regenerated": func(tx pgx.Tx, of tenant.Token) error {
			_, err := tenant.RegenerateToken(t.Context(), tx, ann, of.ID)
			return err
		},
		"its tenant is off": func(pgx.Tx, tenant.Token) error { return tenant.SetDisabled(t.Context(), db, ann, true) },
	} {
		require.NoError(t, tenant.SetDisabled(t.Context(), db, ann, false))
		tok, secret := newToken(t, db, ann)
		known := tenant.NewKnownTokens(db)
		first, err := known.Known(t.Context(), secret, noon)
		require.NoError(t, err, what)
		require.Equal(t, version(), first.Version, what)
		require.NoError(t, inTx(t, db, ann, func(tx pgx.Tx) error { return end(tx, tok) }), what)

		remembered, err := known.Known(t.Context(), secret, noon.Add(time.Second))
		require.NoError(t, err, what)
		require.Less(t, remembered.Version, version(), what)
		_, err = known.Verify(t.Context(), secret, noon.Add(time.Second))
		requireSignedOut(t, err)
		_, err = known.Known(t.Context(), secret, noon.Add(time.Second))
		requireSignedOut(t, err) // it was forgotten
	}
}

func TestARememberedTokenIsVerifiedOnceAMinute(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	tok, secret := newToken(t, db, ann)
	known := tenant.NewKnownTokens(db)
	_, err := known.Known(t.Context(), secret, noon)
	require.NoError(t, err)
	require.NoError(t, inTx(t, db, ann, func(tx pgx.Tx) error { return tenant.RenameToken(t.Context(), tx, ann, tok.ID, "Export") }))
	for _, c := range []struct {
		after time.Duration
		name  string
	}{{59 * time.Second, "Nightly export"}, {time.Minute, "Export"}} {
		got, err := known.Known(t.Context(), secret, noon.Add(c.after))
		require.NoError(t, err)
		require.Equal(t, c.name, got.Name)
	}
}
