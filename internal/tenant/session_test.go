package tenant_test

import (
	"sync"
	"sync/atomic"
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

func signIn(t *testing.T, s *tenant.Sessions, of id.Tenant, u tenant.User) (token string, session id.Session) {
	t.Helper()
	token, session, err := s.Create(t.Context(), of, u.ID, "Mozilla/5.0\x00", noon)
	require.NoError(t, err)
	return token, session
}

func requireSignedOut(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, errs.Unauthorized, errs.CodeOf(err), "%v", err)
}

// rowsOf counts as the superuser sees it.
func rowsOf(t *testing.T, db *pg.DB, table string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.AdminURL(t, db))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	require.NoError(t, conn.QueryRow(t.Context(), "select count(*) from "+table).Scan(&n))
	return n
}

func TestATokenOpensTheSessionOfItsTenant(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann, bob := newTenant(t, db, "ann"), newTenant(t, db, "bob")
	s := tenant.NewSessions(db)
	annsToken, annsSession := signIn(t, s, ann, noor(t, db, ann))
	bobsToken, bobsSession := signIn(t, s, bob, noor(t, db, bob))

	got, err := s.Lookup(t.Context(), annsToken, noon.Add(time.Minute/2))
	require.NoError(t, err)
	require.Equal(t, annsSession, got.ID)
	require.Equal(t, tenant.Tenant{ID: ann, Subdomain: "ann", Name: "The ann company"}, got.Tenant)
	require.Equal(t, "noor@fernhill.example", got.User.Email)
	require.Equal(t, []tenant.Role{tenant.RoleAgent}, got.User.Roles)
	got, err = s.Lookup(t.Context(), bobsToken, noon)
	require.NoError(t, err)
	require.Equal(t, bob, got.Tenant.ID)

	_, err = s.Check(t.Context(), ann, bobsSession, noon)
	requireSignedOut(t, err)
	for _, wrong := range []string{"", "x", annsToken[1:] + "!", annsToken + "0"} {
		_, err = s.Lookup(t.Context(), wrong, noon)
		requireSignedOut(t, err)
	}
	require.Zero(t, db.Pool().Stat().AcquiredConns())
	var leaked string
	require.NoError(t, db.Pool().QueryRow(t.Context(), "select coalesce(current_setting('app.tenant', true), '')").Scan(&leaked))
	require.Empty(t, leaked)
}

func TestASessionIdlesOutAndEndsAfterAShift(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	u := noor(t, db, ann)
	s := tenant.NewSessions(db)
	idle, _ := signIn(t, s, ann, u)
	busy, _ := signIn(t, s, ann, u)
	at := noon
	for ; at.Before(noon.Add(tenant.SessionLife)); at = at.Add(tenant.SessionIdle - time.Minute) {
		_, err := s.Lookup(t.Context(), busy, at)
		require.NoError(t, err, at)
	}
	_, err := s.Lookup(t.Context(), idle, noon.Add(tenant.SessionIdle))
	requireSignedOut(t, err)
	_, err = s.Lookup(t.Context(), busy, noon.Add(tenant.SessionLife))
	requireSignedOut(t, err)

	n, err := s.Purge(t.Context(), noon.Add(tenant.SessionLife))
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Zero(t, rowsOf(t, db, "sessions")+rowsOf(t, db, "session_index"))
}

func TestASessionIsTouchedAtMostOnceAMinute(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	s := tenant.NewSessions(db)
	token, session := signIn(t, s, ann, noor(t, db, ann))
	seen := func() time.Time {
		got, err := s.Check(t.Context(), ann, session, noon)
		require.NoError(t, err)
		return got.SeenAt.UTC()
	}
	for at, want := range map[time.Duration]time.Duration{0: 0, 59 * time.Second: 0} {
		_, err := s.Lookup(t.Context(), token, noon.Add(at))
		require.NoError(t, err)
		require.Equal(t, noon.Add(want), seen())
	}
	_, err := s.Lookup(t.Context(), token, noon.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, noon.Add(time.Minute), seen())
}

func TestAnEndedSessionIsRefusedAtOnceHereAndSoonElsewhere(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	here, there := tenant.NewSessions(db), tenant.NewSessions(db)
	token, session := signIn(t, here, ann, noor(t, db, ann))
	for _, s := range []*tenant.Sessions{here, there} {
		_, err := s.Lookup(t.Context(), token, noon)
		require.NoError(t, err)
	}
	require.NoError(t, here.End(t.Context(), ann, session))
	_, err := here.Lookup(t.Context(), token, noon)
	requireSignedOut(t, err)
	_, err = there.Lookup(t.Context(), token, noon.Add(4*time.Second))
	require.NoError(t, err, "cached")
	_, err = there.Lookup(t.Context(), token, noon.Add(5*time.Second))
	requireSignedOut(t, err)
	require.Zero(t, rowsOf(t, db, "session_index"))
}

func TestAHintDropsACachedSession(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	u := noor(t, db, ann)
	here, there := tenant.NewSessions(db), tenant.NewSessions(db)
	token, _ := signIn(t, here, ann, u)
	_, err := there.Lookup(t.Context(), token, noon)
	require.NoError(t, err)
	ended, err := logins(t, db).SetPassword(t.Context(), ann, u.ID, "a new password")
	require.NoError(t, err)
	require.Len(t, ended, 1)
	there.Forget(ended...)
	_, err = there.Lookup(t.Context(), token, noon)
	requireSignedOut(t, err)
}

func TestADisabledUserOrTenantIsSignedOut(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	u := noor(t, db, ann)
	token, _ := signIn(t, tenant.NewSessions(db), ann, u)
	disable := func(on bool) {
		require.NoError(t, inTx(t, db, ann, func(tx pgx.Tx) error {
			return tenant.SetUserDisabled(t.Context(), tx, ann, u.ID, on)
		}))
	}
	look := func() error {
		_, err := tenant.NewSessions(db).Lookup(t.Context(), token, noon)
		return err
	}
	require.NoError(t, look())
	disable(true)
	requireSignedOut(t, look())
	disable(false)
	requireSignedOut(t, look())
	require.Zero(t, rowsOf(t, db, "session_index"), "who is let in again signs in again")
	token, _ = signIn(t, tenant.NewSessions(db), ann, u)
	require.NoError(t, look())
	require.NoError(t, tenant.SetDisabled(t.Context(), db, ann, true))
	requireSignedOut(t, look())
}

func TestSessionsOfManyTenantsAreLookedAtTogether(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := tenant.NewSessions(db)
	ann, bob := newTenant(t, db, "ann"), newTenant(t, db, "bob")
	_, holds := signIn(t, s, ann, noor(t, db, ann))
	_, ends := signIn(t, s, bob, noor(t, db, bob))
	other, err := logins(t, db).Create(t.Context(), bob, tenant.NewUser{Email: "ivo@fernhill.example", Name: "Ivo", Roles: []tenant.Role{tenant.RoleAgent}})
	require.NoError(t, err)
	_, disabled := signIn(t, s, bob, other)
	open := map[id.Tenant][]id.Session{ann: {holds}, bob: {ends, disabled, holds}}
	look := func(now time.Time) map[id.Session]bool {
		standing, err := s.Standing(t.Context(), open, now)
		require.NoError(t, err)
		return standing
	}
	require.Equal(t, map[id.Session]bool{holds: true, ends: true, disabled: true}, look(noon))
	require.NoError(t, s.End(t.Context(), bob, ends))
	require.NoError(t, inTx(t, db, bob, func(tx pgx.Tx) error { return tenant.SetUserDisabled(t.Context(), tx, bob, other.ID, true) }))
	require.Equal(t, map[id.Session]bool{holds: true}, look(noon))
	require.Empty(t, look(noon.Add(tenant.SessionIdle)))
	delete(open, ann)
	require.Empty(t, look(noon), "a session is looked for in its own tenant only")
}

func TestATicketIsGoodOnceAndOnAnyNode(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	here, there := tenant.NewSessions(db), tenant.NewSessions(db)
	token, session := signIn(t, here, ann, noor(t, db, ann))
	got, err := here.Lookup(t.Context(), token, noon)
	require.NoError(t, err)
	give := func() string {
		ticket, err := here.Ticket(t.Context(), got, noon)
		require.NoError(t, err)
		return ticket
	}

	ticket := give()
	var taken atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := there.Redeem(t.Context(), ticket, noon.Add(29*time.Second))
			if err == nil && got.ID == session && got.Tenant.ID == ann {
				taken.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, taken.Load())

	_, err = there.Redeem(t.Context(), give(), noon.Add(tenant.TicketLife))
	requireSignedOut(t, err)
	late := give()
	require.NoError(t, here.End(t.Context(), ann, session))
	_, err = there.Redeem(t.Context(), late, noon)
	requireSignedOut(t, err)
}
