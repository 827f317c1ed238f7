package pg

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
)

// Setup migrates the database and opens it, as a node does at its start. There are three ways to install:
//
//   - Two logins (the managed cluster's way, and the soundest): ownerURL owns the database, and appURL is a plain login,
//     a member of sidetone_app: CREATE ROLE sidetone LOGIN PASSWORD '...'; GRANT sidetone_app TO sidetone.
//   - One login that owns the database (what a hosted Postgres often gives): ownerURL is empty. It migrates, and then
//     each connection of the pool lowers itself to sidetone_app (Options.AsApp).
//   - One plain login: ownerURL is empty, and `sidetone migrate` was run with the owner's; a database that is behind is
//     an error.
//
// A superuser is refused in any of them.
func Setup(ctx context.Context, appURL, ownerURL string, migrations fs.FS, opts Options) (*DB, error) {
	if ownerURL == "" {
		owns, err := ownsDatabase(ctx, appURL)
		if err != nil {
			return nil, err
		}
		if owns {
			ownerURL, opts.AsApp = appURL, true
		}
	}
	if ownerURL != "" {
		if err := Migrate(ctx, ownerURL, migrations); err != nil {
			return nil, err
		}
	}
	db, err := Open(ctx, appURL, opts)
	if err != nil {
		return nil, err
	}
	pending, err := db.Pending(ctx, migrations)
	if err == nil && len(pending) > 0 {
		err = fmt.Errorf("the database lacks %d migrations (%s and on), and its login may not make them: "+
			"run `sidetone migrate` with SIDETONE_DATABASE_OWNER_URL", len(pending), pending[0])
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

func ownsDatabase(ctx context.Context, databaseURL string) (owns bool, err error) {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return false, fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }() // nothing of ours is under way on it
	if err := refuseRoleAboveTheLaw(ctx, conn); err != nil {
		return false, err
	}
	err = conn.QueryRow(ctx, "select pg_has_role(datdba, 'usage') from pg_database where datname = current_database()").Scan(&owns)
	if err != nil {
		return false, fmt.Errorf("read who owns the database: %w", err)
	}
	return owns, nil
}

// Pending lists the migrations that the database has not seen, in order. /readyz and `sidetone doctor` ask it.
func (db *DB) Pending(ctx context.Context, migrations fs.FS) ([]string, error) {
	rows, _ := db.pool.Query(ctx, "select version_id from goose_db_version where is_applied") // its error is in the rows
	versions, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil && !hasCode(err, undefinedTable) {
		return nil, fmt.Errorf("read the applied migrations: %w", err)
	}
	applied := map[int64]bool{}
	for _, v := range versions {
		applied[v] = true
	}
	entries, err := fs.ReadDir(migrations, ".") // sorted by name, and so by version
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	var pending []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".sql") {
			continue
		}
		v, err := goose.NumericComponent(e.Name())
		if err != nil {
			return nil, fmt.Errorf("read the migrations: %s: %w", e.Name(), err)
		}
		if !applied[v] {
			pending = append(pending, e.Name())
		}
	}
	return pending, nil
}

// undefinedTable is the SQLSTATE of a table that is not there.
const undefinedTable = "42P01"
