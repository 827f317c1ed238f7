package tenant

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/errs"
	"sidetone/internal/pg/pgtest"
)

// One password at each of many accounts slows none of them down: the network it comes from is left out instead.
func TestANetworkThatFailsAtManyAccountsIsLeftOutForAWhile(t *testing.T) {
	t.Parallel()
	db, now := pgtest.New(t), time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	at, err := Create(t.Context(), db, "ann", "Ann")
	require.NoError(t, err)
	l, err := NewLogins(db, nil)
	require.NoError(t, err)
	const right = "correct horse battery staple"
	_, err = l.Create(t.Context(), at.ID, NewUser{Email: "noor@fernhill.example", Name: "Noor", Roles: []Role{RoleAgent}, Password: right})
	require.NoError(t, err)
	try := func(from, password string, when time.Time) errs.Code {
		_, err := l.Authenticate(t.Context(), at.ID, Attempt{Email: "noor@fernhill.example", Password: password, From: from}, when)
		if err == nil {
			return ""
		}
		return errs.CodeOf(err)
	}
	for _, from := range []string{"203.0.113.7", "2001:db8:1:2::7", "10.0.0.7"} {
		network, public := networkOf(from)
		require.Equal(t, from != "10.0.0.7", public)
		for range mostStrikes - 1 {
			l.sources.strike(network, now)
		}
		require.Equal(t, errs.Unauthorized, try(from, "wrong", now), "the last one that is looked at")
	}
	require.Equal(t, errs.TooMany, try("203.0.113.7", right, now))
	require.Equal(t, errs.TooMany, try("2001:db8:1:2:ffff::1", right, now), "another address of the same network")
	require.Empty(t, try("2001:db8:1:3::1", right, now))
	require.Empty(t, try("203.0.113.8", right, now))
	require.Empty(t, try("10.0.0.7", right, now), "perhaps everybody comes by it")
	require.Empty(t, try("203.0.113.7", right, now.Add(triesForgotten+time.Second)))
}
