package pg_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
)

// notes is a small tenant table with the same law as the real ones.
func notes() fstest.MapFS {
	return fstest.MapFS{"00001_notes.sql": {Data: []byte(`-- +goose Up
create table notes (
	tenant_id bigint not null,
	id bigint not null,
	body text not null check (body <> ''),
	parent bigint,
	primary key (tenant_id, id),
	foreign key (tenant_id, parent) references notes (tenant_id, id) deferrable initially deferred
);
alter table notes enable row level security;
alter table notes force row level security;
create policy tenant on notes using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::bigint))
	with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::bigint));
create table control (name text primary key);
`)}}
}

const (
	ann id.Tenant = 1
	bob id.Tenant = 2
)

// openOne is a pool of one connection: whatever one borrower leaves behind, the next one meets.
func openOne(t *testing.T) *pg.DB {
	t.Helper()
	db, err := pg.Open(t.Context(), pgtest.NewWith(t, notes()).AppURL, pg.Options{MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

func addNote(t *testing.T, db *pg.DB, tenant id.Tenant, n int, body string) {
	t.Helper()
	require.NoError(t, db.InTenantTx(t.Context(), tenant, func(tx pgx.Tx) error {
		return insertNote(t.Context(), tx, tenant, n, body)
	}))
}

func insertNote(ctx context.Context, tx pgx.Tx, tenant id.Tenant, n int, body string) error {
	_, err := tx.Exec(ctx, "insert into notes (tenant_id, id, body) values ($1, $2, $3)", tenant, n, body)
	return err
}

func bodies(t *testing.T, db *pg.DB, tenant id.Tenant) (out []string) {
	t.Helper()
	require.NoError(t, db.ReadTenant(t.Context(), tenant, func(b *pgx.Batch) {
		b.Queue("select body from notes order by id").Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
	}))
	return out
}

// requireClean checks that no connection is out, and that the next borrower has no tenant.
func requireClean(t *testing.T, db *pg.DB) {
	t.Helper()
	require.Zero(t, db.Pool().Stat().AcquiredConns(), "a connection leaked")
	var tenant string
	var n int
	require.NoError(t, db.Pool().QueryRow(t.Context(),
		"select coalesce(current_setting('app.tenant', true), ''), (select count(*) from notes)").Scan(&tenant, &n))
	require.Empty(t, tenant, "a tenant leaked")
	require.Zero(t, n, "rows are visible without a tenant")
}

func TestATransactionSeesItsTenantAlone(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	addNote(t, db, ann, 1, "of ann")
	addNote(t, db, bob, 1, "of bob")
	require.Equal(t, []string{"of ann"}, bodies(t, db, ann))
	require.Equal(t, []string{"of bob"}, bodies(t, db, bob))
	requireClean(t, db)
}

func TestARowOfAnotherTenantIsRefused(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	err := db.InTenantTx(t.Context(), ann, func(tx pgx.Tx) error {
		return insertNote(t.Context(), tx, bob, 1, "smuggled")
	})
	require.ErrorContains(t, err, "row-level security")
	require.Empty(t, bodies(t, db, bob))
	requireClean(t, db)
}

func TestATransactionWithoutATenantIsRefused(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	require.ErrorContains(t, db.InTenantTx(t.Context(), 0, nil), "no tenant")
	require.ErrorContains(t, db.ReadTenant(t.Context(), 0, nil), "no tenant")
	requireClean(t, db)
}

func TestAnErrorRollsBackAndGivesTheConnectionBack(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	sorry := errors.New("sorry")
	require.ErrorIs(t, db.InTenantTx(t.Context(), ann, func(tx pgx.Tx) error {
		require.NoError(t, insertNote(t.Context(), tx, ann, 1, "never"))
		return sorry
	}), sorry)
	require.ErrorContains(t, db.InTenantTx(t.Context(), ann, func(tx pgx.Tx) error {
		return insertNote(t.Context(), tx, ann, 1, "")
	}), "notes_body_check")
	require.PanicsWithValue(t, "oh", func() {
		_ = db.InTenantTx(t.Context(), ann, func(pgx.Tx) error { panic("oh") })
	})
	require.Empty(t, bodies(t, db, ann))
	requireClean(t, db)
}

func TestACancelledContextLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.InTenantTx(ctx, ann, func(tx pgx.Tx) error {
		require.NoError(t, insertNote(ctx, tx, ann, 1, "never"))
		cancel()
		return ctx.Err()
	})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, db.InTenantTx(ctx, ann, nil), context.Canceled)
	require.Empty(t, bodies(t, db, ann))
	requireClean(t, db)
}

func TestAFailureInTheFirstBatchRunsNothingElse(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	err := db.TenantBatch(t.Context(), ann, func(b *pgx.Batch) {
		b.Queue("select 1 / 0")
	}, func(pgx.Tx) error {
		t.Error("fn ran after a failed batch")
		return nil
	})
	require.ErrorContains(t, err, "division by zero")
	no := errors.New("no such chat")
	require.ErrorIs(t, db.TenantBatch(t.Context(), ann, func(b *pgx.Batch) {
		b.Queue("select 1").QueryRow(func(pgx.Row) error { return no })
	}, nil), no)
	requireClean(t, db)
}

func TestTheTenantOfASweepHoldsUntilTheTransactionEnds(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	addNote(t, db, ann, 1, "of ann")
	require.NoError(t, db.InTx(t.Context(), func(tx pgx.Tx) error {
		var before, after int
		require.NoError(t, tx.QueryRow(t.Context(), "select count(*) from notes").Scan(&before))
		require.NoError(t, pg.SetTenant(t.Context(), tx, ann))
		require.NoError(t, tx.QueryRow(t.Context(), "select count(*) from notes").Scan(&after))
		require.Equal(t, []int{0, 1}, []int{before, after})
		return nil
	}))
	requireClean(t, db)
}

func TestTheLastBatchCarriesTheCommit(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	var first int
	err := db.TenantBatch(t.Context(), ann, func(b *pgx.Batch) {
		b.Queue("select count(*) from notes").QueryRow(func(row pgx.Row) error { return row.Scan(&first) })
	}, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		var got string
		b.Queue("insert into notes (tenant_id, id, body) values ($1, 1, 'saved')", ann)
		b.Queue("insert into notes (tenant_id, id, body) values ($1, 2, 'too') returning body", ann).
			QueryRow(func(row pgx.Row) error { return row.Scan(&got) })
		require.NoError(t, pg.CommitBatch(t.Context(), tx, b))
		require.Equal(t, "too", got)

		require.Zero(t, db.Pool().Stat().AcquiredConns(), "the connection is back at once")
		_, err := tx.Exec(t.Context(), "select 1")
		require.ErrorIs(t, err, pgx.ErrTxClosed)
		_, err = tx.Query(t.Context(), "select 1")
		require.ErrorIs(t, err, pgx.ErrTxClosed)
		require.ErrorIs(t, tx.QueryRow(t.Context(), "select 1").Scan(new(int)), pgx.ErrTxClosed)
		require.ErrorIs(t, tx.Commit(t.Context()), pgx.ErrTxClosed)
		require.ErrorIs(t, pg.CommitBatch(t.Context(), tx, &pgx.Batch{}), pgx.ErrTxClosed)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{"saved", "too"}, bodies(t, db, ann))
	requireClean(t, db)
}

func TestAFailedLastBatchSavesNothing(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]string{
		"a check":               "insert into notes (tenant_id, id, body) values (1, 2, '')",
		"a key":                 "insert into notes (tenant_id, id, body) values (1, 1, 'again')",
		"a check at the commit": "insert into notes (tenant_id, id, body, parent) values (1, 2, 'orphan', 99)",
		"a syntax error":        "insert notes",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := openOne(t)
			err := db.InTenantTx(t.Context(), ann, func(tx pgx.Tx) error {
				b := &pgx.Batch{}
				b.Queue("insert into notes (tenant_id, id, body) values (1, 1, 'never')")
				b.Queue(last)
				return pg.CommitBatch(t.Context(), tx, b)
			})
			var pgErr *pgconn.PgError
			require.ErrorAs(t, err, &pgErr)
			require.NotErrorIs(t, err, pg.ErrCommitted)
			require.Empty(t, bodies(t, db, ann))
			requireClean(t, db)
		})
	}
}

func TestTheCommitOfABrokenTransactionIsAnError(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	err := db.InTenantTx(t.Context(), ann, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "select 1 / 0")
		require.Error(t, err)
		return pg.CommitBatch(t.Context(), tx, &pgx.Batch{})
	})
	require.ErrorIs(t, err, pgx.ErrTxCommitRollback)
	requireClean(t, db)
}

func TestAnErrorAfterTheCommitSaysThatTheRowsAreSaved(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	sorry := errors.New("sorry")
	for n, read := range []func(row pgx.Row) error{
		func(row pgx.Row) error { return errors.Join(row.Scan(new(string)), sorry) },
		func(row pgx.Row) error { return row.Scan(new(time.Time)) },
	} {
		err := db.InTenantTx(t.Context(), ann, func(tx pgx.Tx) error {
			b := &pgx.Batch{}
			b.Queue("insert into notes (tenant_id, id, body) values (1, $1, 'saved') returning body", n).QueryRow(read)
			return pg.CommitBatch(t.Context(), tx, b)
		})
		require.ErrorIs(t, err, pg.ErrCommitted)
		if n == 0 {
			require.ErrorIs(t, err, sorry)
		}
	}
	require.Len(t, bodies(t, db, ann), 2)
	requireClean(t, db)
}

func TestACommitInACancelledContextLeavesNoConnectionBehind(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.InTenantTx(t.Context(), ann, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		b.Queue("insert into notes (tenant_id, id, body) values (1, 1, 'never')")
		cancel()
		return pg.CommitBatch(ctx, tx, b)
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, bodies(t, db, ann))

	ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err = db.InTenantTx(t.Context(), ann, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		b.Queue("insert into notes (tenant_id, id, body) values (1, 2, 'never')")
		b.Queue("select pg_sleep(60)")
		return pg.CommitBatch(ctx, tx, b)
	})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Empty(t, bodies(t, db, ann))
	requireClean(t, db)
}

func TestAWriteInOneTripSavesAllOrNothing(t *testing.T) {
	t.Parallel()
	db := openOne(t)
	add := func(n int, body string) func(b *pgx.Batch) {
		return func(b *pgx.Batch) {
			b.Queue("insert into notes (tenant_id, id, body) values ($1, $2, 'first')", ann, n)
			b.Queue("insert into notes (tenant_id, id, body) values ($1, $2, $3)", ann, n+1, body)
		}
	}
	require.NoError(t, db.WriteTenant(t.Context(), ann, add(1, "second")))
	require.Equal(t, []string{"first", "second"}, bodies(t, db, ann))
	require.ErrorContains(t, db.WriteTenant(t.Context(), ann, add(3, "")), "notes_body_check")
	require.ErrorContains(t, db.WriteTenant(t.Context(), bob, add(3, "smuggled")), "row-level security")
	require.ErrorContains(t, db.WriteTenant(t.Context(), 0, add(3, "nobody's")), "no tenant")
	require.Equal(t, []string{"first", "second"}, bodies(t, db, ann))
	requireClean(t, db)
}
