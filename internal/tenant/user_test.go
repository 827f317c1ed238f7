package tenant_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func logins(t *testing.T, db *pg.DB) *tenant.Logins {
	t.Helper()
	l, err := tenant.NewLogins(db, nil)
	require.NoError(t, err)
	return l
}

// noor is an agent; people without a password cost the tests no hashing.
func noor(t *testing.T, db *pg.DB, of id.Tenant) tenant.User {
	t.Helper()
	u, err := logins(t, db).Create(t.Context(), of, tenant.NewUser{
		Email: "Noor@Fernhill.example", Name: "Noor Haddad", Roles: []tenant.Role{tenant.RoleAgent},
	})
	require.NoError(t, err)
	return u
}

func TestAPasswordLetsItsUserInAndNobodyElse(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann, bob := newTenant(t, db, "ann"), newTenant(t, db, "bob")
	reg := prometheus.NewRegistry()
	l, err := tenant.NewLogins(db, reg)
	require.NoError(t, err)
	limit := 7
	made, err := l.Create(t.Context(), ann, tenant.NewUser{
		Email: "Noor@Fernhill.example", Name: "Noor", Roles: []tenant.Role{tenant.RoleAgent, tenant.RoleManager},
		Password: "correct horse battery staple", ChatLimit: &limit,
	})
	require.NoError(t, err)
	silent, err := l.Create(t.Context(), ann, tenant.NewUser{Email: "sam@fernhill.example", Name: "Sam", Roles: []tenant.Role{tenant.RoleAgent}})
	require.NoError(t, err)

	try := func(of id.Tenant, email, password string) (tenant.User, error) {
		return l.Authenticate(t.Context(), of, tenant.Attempt{Email: email, Password: password, From: "192.0.2.1"}, noon)
	}
	got, err := try(ann, " NOOR@fernhill.example", "correct horse battery staple")
	require.NoError(t, err)
	require.Equal(t, made.ID, got.ID)
	require.Equal(t, 7, *got.ChatLimit)
	require.Equal(t, tenant.Offline, got.Status)
	require.True(t, got.Has(tenant.RoleAdmin, tenant.RoleManager))
	require.False(t, got.Has(tenant.RoleAdmin))

	wrong := errs.New(errs.Unauthorized, "The e-mail or the password is wrong.")
	for name, attempt := range map[string]struct {
		of              id.Tenant
		email, password string
	}{
		"a wrong password":          {ann, made.Email, "correct horse"},
		"another tenant":            {bob, made.Email, "correct horse battery staple"},
		"an unknown user":           {ann, "nobody@fernhill.example", "correct horse battery staple"},
		"a user without a password": {ann, silent.Email, ""},
		"a strange name":            {ann, "a\x00b", "x"},
	} {
		_, err := try(attempt.of, attempt.email, attempt.password)
		require.Equal(t, wrong, err, name)
	}
	require.NoError(t, inTx(t, db, ann, func(tx pgx.Tx) error {
		return tenant.SetUserDisabled(t.Context(), tx, ann, made.ID, true)
	}))
	_, err = try(ann, made.Email, "correct horse battery staple")
	require.Equal(t, wrong, err)
	counted, err := reg.Gather()
	require.NoError(t, err)
	require.Len(t, counted[0].GetMetric(), 2, "ok and wrong")
}

func TestAnEmailIsTakenOnceInATenant(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann, bob := newTenant(t, db, "ann"), newTenant(t, db, "bob")
	noor(t, db, ann)
	noor(t, db, bob)
	agent := []tenant.Role{tenant.RoleAgent}
	for _, c := range []struct {
		u    tenant.NewUser
		code errs.Code
	}{
		{tenant.NewUser{Email: "noor@fernhill.example", Name: "N", Roles: agent}, errs.Conflict},
		{tenant.NewUser{Email: "noor", Name: "N", Roles: agent}, errs.Invalid},
		{tenant.NewUser{Email: "Noor <n@x.example>", Name: "N", Roles: agent}, errs.Invalid},
		{tenant.NewUser{Email: "n@x.example", Name: " ", Roles: agent}, errs.Invalid},
		{tenant.NewUser{Email: "n@x.example", Name: "N"}, errs.Invalid},
		{tenant.NewUser{Email: "n@x.example", Name: "N", Roles: []tenant.Role{"root"}}, errs.Invalid},
		{tenant.NewUser{Email: "n@x.example", Name: "N", Roles: agent, Password: "short"}, errs.Invalid},
		{tenant.NewUser{Email: "n@x.example", Name: "N", Roles: agent, ChatLimit: new(31)}, errs.Invalid},
	} {
		_, err := logins(t, db).Create(t.Context(), ann, c.u)
		require.Equal(t, c.code, errs.CodeOf(err), "%+v: %v", c.u, err)
	}
}

func TestAStatusKeepsTheTimeItBegan(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann, bob := newTenant(t, db, "ann"), newTenant(t, db, "bob")
	u := noor(t, db, ann)
	setStatus := func(of id.Tenant, s tenant.Status, at time.Time) (changed bool) {
		require.NoError(t, inTx(t, db, of, func(tx pgx.Tx) (err error) {
			changed, err = tenant.SetStatus(t.Context(), tx, of, u.ID, tenant.StatusChange{Status: s, At: at, Why: tenant.BySelf})
			return err
		}))
		return changed
	}
	require.True(t, setStatus(ann, tenant.Available, noon))
	require.False(t, setStatus(ann, tenant.Available, noon.Add(time.Hour)))
	require.False(t, setStatus(bob, tenant.Break, noon), "another tenant's user")
	require.NoError(t, inTx(t, db, ann, func(tx pgx.Tx) error {
		got, err := tenant.UserByID(t.Context(), tx, ann, u.ID)
		require.NoError(t, err)
		require.Equal(t, tenant.Available, got.Status)
		require.True(t, noon.Equal(got.StatusSince))
		all, err := tenant.ListUsers(t.Context(), tx, ann)
		require.Equal(t, []tenant.User{got}, all)
		return err
	}))
	require.NoError(t, inTx(t, db, bob, func(tx pgx.Tx) error {
		_, err := tenant.UserByEmail(t.Context(), tx, bob, u.Email)
		require.Equal(t, errs.NotFound, errs.CodeOf(err))
		return nil
	}))
	require.NoError(t, set(t, db, ann, 0, string(tenant.AgentStatuses), []string{"training"}))
	require.Contains(t, book(t, db, ann).Tenant().Statuses(), tenant.Status("training"))
}
