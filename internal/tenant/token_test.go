package tenant_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
)

func newToken(t *testing.T, db *pg.DB, of id.Tenant) (tok tenant.Token, secret string) {
	t.Helper()
	require.NoError(t, inTx(t, db, of, func(tx pgx.Tx) (err error) {
		tok, secret, err = tenant.CreateToken(t.Context(), tx, of, "Nightly export", []tenant.Scope{tenant.ScopeSMS}, 0)
		return err
	}))
	return tok, secret
}

func TestATokenOpensTheAPIOfItsTenant(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann, bob := newTenant(t, db, "ann"), newTenant(t, db, "bob")
	annsToken, annsSecret := newToken(t, db, ann)
	_, bobsSecret := newToken(t, db, bob)
	require.Regexp(t, `^st_[0-9]+_[0-9A-Za-z]{43}$`, annsSecret)
	require.True(t, strings.HasSuffix(annsSecret, annsToken.Last4))

	got, err := tenant.VerifyToken(t.Context(), db, annsSecret, noon)
	require.NoError(t, err)
	require.Equal(t, annsToken.ID, got.ID)
	require.Equal(t, tenant.Tenant{ID: ann, Subdomain: "ann", Name: "The ann company"}, got.Tenant)
	require.True(t, got.Has(tenant.ScopeSMS))
	require.False(t, got.Has(tenant.ScopeAdmin))
	got, err = tenant.VerifyToken(t.Context(), db, bobsSecret, noon)
	require.NoError(t, err)
	require.Equal(t, bob, got.Tenant.ID)

	for _, wrong := range []string{"", "st_", "st_1_x", annsSecret[:len(annsSecret)-1] + "!", "st_0" + annsSecret[3:], "x" + annsSecret} {
		_, err := tenant.VerifyToken(t.Context(), db, wrong, noon)
		requireSignedOut(t, err)
	}
	require.Zero(t, rowsOf(t, db, "token_index where token_hash in (select convert_to('"+annsSecret+"', 'UTF8'))"))
}

func TestARegeneratedTokenKillsTheOldOne(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann, bob := newTenant(t, db, "ann"), newTenant(t, db, "bob")
	tok, old := newToken(t, db, ann)
	require.Equal(t, errs.NotFound, errs.CodeOf(inTx(t, db, bob, func(tx pgx.Tx) error {
		_, err := tenant.RegenerateToken(t.Context(), tx, bob, tok.ID)
		return err
	})))
	var fresh string
	require.NoError(t, inTx(t, db, ann, func(tx pgx.Tx) (err error) {
		fresh, err = tenant.RegenerateToken(t.Context(), tx, ann, tok.ID)
		return err
	}))
	_, err := tenant.VerifyToken(t.Context(), db, old, noon)
	requireSignedOut(t, err)
	got, err := tenant.VerifyToken(t.Context(), db, fresh, noon)
	require.NoError(t, err)
	require.Equal(t, tok.ID, got.ID)
	require.Equal(t, 1, rowsOf(t, db, "token_index"))
}

func TestADisabledTokenIsRefused(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	tok, secret := newToken(t, db, ann)
	disable := func(on bool) error {
		return inTx(t, db, ann, func(tx pgx.Tx) error { return tenant.SetTokenDisabled(t.Context(), tx, ann, tok.ID, on) })
	}
	require.NoError(t, disable(true))
	_, err := tenant.VerifyToken(t.Context(), db, secret, noon)
	requireSignedOut(t, err)
	require.NoError(t, disable(false))
	_, err = tenant.VerifyToken(t.Context(), db, secret, noon)
	require.NoError(t, err)
	require.NoError(t, tenant.SetDisabled(t.Context(), db, ann, true))
	_, err = tenant.VerifyToken(t.Context(), db, secret, noon)
	requireSignedOut(t, err)
}

func TestTheUseOfATokenIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	tok, secret := newToken(t, db, ann)
	used := func() *time.Time {
		var all []tenant.Token
		require.NoError(t, inTx(t, db, ann, func(tx pgx.Tx) (err error) {
			all, err = tenant.ListTokens(t.Context(), tx, ann)
			return err
		}))
		require.Len(t, all, 1)
		return all[0].LastUsedAt
	}
	require.Nil(t, used())
	for at, want := range []time.Duration{0, 0, time.Minute} {
		_, err := tenant.VerifyToken(t.Context(), db, secret, noon.Add(time.Duration(at)*30*time.Second))
		require.NoError(t, err)
		require.True(t, noon.Add(want).Equal(*used()), at)
	}
	require.NoError(t, inTx(t, db, ann, func(tx pgx.Tx) error { return tenant.RenameToken(t.Context(), tx, ann, tok.ID, "Export") }))
	require.Equal(t, errs.NotFound, errs.CodeOf(inTx(t, db, ann, func(tx pgx.Tx) error {
		return tenant.RenameToken(t.Context(), tx, ann, tok.ID+1, "Export")
	})))
}

func TestATokenNeedsANameAndAScope(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	for name, scopes := range map[string][]tenant.Scope{" ": {tenant.ScopeSMS}, "no scope": nil, "odd": {"everything"}} {
		err := inTx(t, db, ann, func(tx pgx.Tx) error {
			_, _, err := tenant.CreateToken(t.Context(), tx, ann, name, scopes, 0)
			return err
		})
		require.Equal(t, errs.Invalid, errs.CodeOf(err), name)
	}
}
