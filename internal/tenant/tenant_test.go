package tenant_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/errs"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
)

func TestTheHostNamesTheTenantOrTheFirstIsMeant(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"acme.sidetone.example":      "acme",
		"ACME.Sidetone.example:8443": "acme",
		"sidetone.example":           "",
		"a.b.sidetone.example":       "",
		"acme.example":               "",
		"acme.localhost:8080":        "acme",
		"localhost:8080":             "",
		"127.0.0.1:8080":             "",
		"[::1]:8080":                 "",
		"":                           "",
	} {
		require.Equal(t, want, tenant.SubdomainOf(host, "sidetone.example"), host)
	}

	db := pgtest.New(t)
	_, err := tenant.First(t.Context(), db)
	require.Equal(t, errs.NotFound, errs.CodeOf(err))
	ann, bob := newTenant(t, db, "ann"), newTenant(t, db, "bob")
	for host, want := range map[string]any{"127.0.0.1:80": ann, "bob.localhost": bob, "ann.localhost": ann} {
		got, err := tenant.ByHost(t.Context(), db, host, "")
		require.NoError(t, err)
		require.Equal(t, want, got.ID, host)
	}
	_, err = tenant.ByHost(t.Context(), db, "carl.localhost", "")
	require.Equal(t, errs.NotFound, errs.CodeOf(err))

	require.NoError(t, tenant.SetDisabled(t.Context(), db, ann, true))
	got, err := tenant.First(t.Context(), db)
	require.NoError(t, err)
	require.Equal(t, bob, got.ID)
	all, err := tenant.List(t.Context(), db)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.True(t, all[0].Disabled)
}

func TestASubdomainIsTakenOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	newTenant(t, db, "ann")
	_, err := tenant.Create(t.Context(), db, "Ann", "Again")
	require.Equal(t, errs.Conflict, errs.CodeOf(err))
	for _, bad := range []string{"", "-a", "a_b", "a.b"} {
		_, err := tenant.Create(t.Context(), db, bad, "Bad")
		require.Equal(t, errs.Invalid, errs.CodeOf(err), bad)
	}
}
