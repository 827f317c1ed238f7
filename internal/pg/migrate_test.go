package pg_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
	"sidetone/migrations"
)

func TestNodesThatMigrateAtOnceAgree(t *testing.T) {
	t.Parallel()
	d := pgtest.NewEmpty(t)
	var g errgroup.Group
	for range 4 {
		g.Go(func() error { return pg.Migrate(t.Context(), d.OwnerURL, migrations.FS) })
	}
	require.NoError(t, g.Wait())
	require.NoError(t, pg.Migrate(t.Context(), d.OwnerURL, migrations.FS), "once more")
	require.Equal(t, []string{"0"}, column(t, d.AppURL, "select count(*)::text from river.river_job"))
	require.Equal(t, []string{"0"}, column(t, d.AppURL, "select count(*)::text from users"))
	require.Equal(t, []string{"0"}, column(t, d.AdminURL, "select count(*)::text from pg_locks where locktype = 'advisory' "+
		"and database = (select oid from pg_database where datname = current_database())"))
}

func TestAFailedMigrationSaysWhichAndGivesTheLockBack(t *testing.T) {
	t.Parallel()
	d := pgtest.NewEmpty(t)
	files := notes()
	files["00002_broken.sql"] = files["00001_notes.sql"] // the tables exist already
	require.ErrorContains(t, pg.Migrate(t.Context(), d.OwnerURL, files), "version:2")
	delete(files, "00002_broken.sql")
	require.NoError(t, pg.Migrate(t.Context(), d.OwnerURL, files))
}

func TestWaitingForTheMigrationsOfAnotherNodeCanBeCancelled(t *testing.T) {
	t.Parallel()
	d := pgtest.NewEmpty(t)
	conn, err := pgx.Connect(t.Context(), d.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), "select pg_advisory_lock(5318008001)")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- pg.Migrate(ctx, d.OwnerURL, notes()) }()
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

// A hosted Postgres often gives one login, which owns the database, and nothing else.
func TestOneLoginServesForBothByLoweringItself(t *testing.T) {
	t.Parallel()
	d := pgtest.NewEmpty(t)
	// The test server's roles are made by its superuser, who gives the membership as Migrate does when it makes the role.
	admin(t, d, "grant "+pg.AppRole+" to "+pg.OwnerRole)

	db, err := pg.Setup(t.Context(), d.OwnerURL, "", notes(), pg.Options{MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	addNote(t, db, ann, 1, "of ann")
	require.Empty(t, bodies(t, db, bob))
	requireClean(t, db)
	_, err = db.Pool().Exec(t.Context(), "truncate notes")
	require.ErrorContains(t, err, "permission denied")
}

func TestTwoLoginsShareTheWork(t *testing.T) {
	t.Parallel()
	d := pgtest.NewEmpty(t)
	db, err := pg.Setup(t.Context(), d.AppURL, d.OwnerURL, notes(), pg.Options{MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	addNote(t, db, ann, 1, "of ann")
	requireClean(t, db)
}

func TestAPlainLoginNeedsADatabaseThatIsUpToDate(t *testing.T) {
	t.Parallel()
	d := pgtest.NewEmpty(t)
	_, err := pg.Setup(t.Context(), d.AppURL, "", notes(), pg.Options{})
	require.ErrorContains(t, err, "lacks 1 migrations (00001_notes.sql and on)")

	require.NoError(t, pg.Migrate(t.Context(), d.OwnerURL, notes()))
	db, err := pg.Setup(t.Context(), d.AppURL, "", notes(), pg.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)

	newer := notes()
	newer["00002_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nselect 1;\n")}
	pending, err := db.Pending(t.Context(), newer)
	require.NoError(t, err)
	require.Equal(t, []string{"00002_more.sql"}, pending)
}

func TestARoleAboveTheLawIsRefused(t *testing.T) {
	t.Parallel()
	d := pgtest.NewDatabase(t)
	_, err := pg.Open(t.Context(), d.AdminURL, pg.Options{})
	require.ErrorContains(t, err, "is a superuser")
	_, err = pg.Open(t.Context(), d.AdminURL, pg.Options{AsApp: true})
	require.ErrorContains(t, err, "is a superuser", "it could switch back")
	_, err = pg.Setup(t.Context(), d.AdminURL, "", migrations.FS, pg.Options{})
	require.ErrorContains(t, err, "is a superuser")

	role := d.Name + "_bypass"
	admin(t, d, "create role "+role+" login bypassrls in role "+pg.AppRole)
	t.Cleanup(func() { admin(t, d, "drop role "+role) })
	bypass, err := pg.WithUser(d.AppURL, role)
	require.NoError(t, err)
	_, err = pg.Open(t.Context(), bypass, pg.Options{})
	require.ErrorContains(t, err, "has BYPASSRLS")
}

func admin(t *testing.T, d pgtest.Database, sql string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), d.AdminURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), sql)
	require.NoError(t, err, sql)
}

// countingConn counts turns: a write that follows a read. Each is one round trip.
type countingConn struct {
	net.Conn
	trips *atomic.Int64
	read  atomic.Bool
}

func (c *countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Store(true)
	return n, err
}

func (c *countingConn) Write(p []byte) (int, error) {
	if c.read.Swap(false) {
		c.trips.Add(1)
	}
	return c.Conn.Write(p)
}

func TestTheHotPathIsTwoRoundTrips(t *testing.T) {
	t.Parallel()
	d := pgtest.NewWith(t, notes())
	var trips atomic.Int64
	db, err := pg.Open(t.Context(), d.AppURL, pg.Options{MaxConns: 1, Configure: func(cfg *pgxpool.Config) {
		cfg.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return &countingConn{Conn: conn, trips: &trips}, err
		}
	}})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	hotPath := func(n int) {
		require.NoError(t, db.TenantBatch(t.Context(), ann, func(b *pgx.Batch) {
			b.Queue("select body from notes where id = $1 for update", n)
		}, func(tx pgx.Tx) error {
			b := &pgx.Batch{}
			b.Queue("insert into notes (tenant_id, id, body) values (1, $1, 'saved')", n)
			b.Queue("update notes set body = 'seen' where id = $1", n)
			return pg.CommitBatch(t.Context(), tx, b)
		}))
	}
	read := func() {
		require.NoError(t, db.ReadTenant(t.Context(), ann, func(b *pgx.Batch) { b.Queue("select count(*) from notes") }))
	}
	hotPath(1) // prepares the statements
	read()
	trips.Store(0)
	hotPath(2)
	require.EqualValues(t, 2, trips.Load())
	trips.Store(0)
	read()
	require.EqualValues(t, 1, trips.Load())
}
