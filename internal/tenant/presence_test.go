package tenant_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
)

func newNode(t *testing.T, db *pg.DB) (n id.Node) {
	t.Helper()
	require.NoError(t, db.Pool().QueryRow(t.Context(), "insert into nodes default values returning id").Scan(&n))
	return n
}

func connected(t *testing.T, db *pg.DB, of id.Tenant) (users []id.User) {
	t.Helper()
	require.NoError(t, inTx(t, db, of, func(tx pgx.Tx) (err error) {
		users, err = tenant.Connected(t.Context(), tx, of)
		return err
	}))
	return users
}

func TestTheSocketsOfADeadNodeAreSwept(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann, bob := newTenant(t, db, "ann"), newTenant(t, db, "bob")
	noor, sam := noor(t, db, ann), noor(t, db, bob)
	alive, dead := newNode(t, db), newNode(t, db)
	open := func(of id.Tenant, u tenant.User, on id.Node) tenant.Socket {
		s := tenant.Socket{Tenant: of, User: u.ID, ID: uuid.New(), Node: on}
		for range 2 {
			require.NoError(t, inTx(t, db, of, func(tx pgx.Tx) error { return tenant.AddSocket(t.Context(), tx, s) }))
		}
		return s
	}
	kept := open(ann, noor, alive)
	open(ann, noor, dead)
	open(bob, sam, dead)
	open(bob, sam, dead+1000) // of a node nobody remembers
	require.Equal(t, []id.User{noor.ID}, connected(t, db, ann))

	gone, err := tenant.SweepSockets(t.Context(), db, dead)
	require.NoError(t, err)
	require.ElementsMatch(t, []tenant.Gone{
		{Tenant: ann, User: noor.ID, Connected: true}, {Tenant: bob, User: sam.ID, Connected: false},
	}, gone)
	require.Equal(t, []id.User{noor.ID}, connected(t, db, ann))
	require.Empty(t, connected(t, db, bob))

	again, err := tenant.SweepSockets(t.Context(), db, dead)
	require.NoError(t, err)
	require.Empty(t, again)
	for range 2 {
		require.NoError(t, inTx(t, db, ann, func(tx pgx.Tx) error { return tenant.RemoveSocket(t.Context(), tx, kept) }))
	}
	require.Empty(t, connected(t, db, ann))
}
