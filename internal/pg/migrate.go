package pg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// RiverSchema holds River's own tables.
const RiverSchema = "river"

// migrateLock is the advisory lock of a database under migration.
const migrateLock = 5_318_008_001

// Migrate brings a database up to date: our tables, then River's, then the rights of AppRole. Any number of nodes may
// call it at once; one works and the rest wait.
//
// ownerURL is the login that owns the database. It needs no superuser, but CREATEROLE if sidetone_app does not exist;
// without that right the error says what an administrator has to run once. See Setup for the ways to install.
func Migrate(ctx context.Context, ownerURL string, migrations fs.FS) error {
	cfg, err := pgxpool.ParseConfig(ownerURL)
	if err != nil {
		return fmt.Errorf("read the owner's database URL: %w", err)
	}
	cfg.MaxConns = 4
	cfg.ConnConfig.RuntimeParams["application_name"] = "sidetone migrate"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("open the owner's pool: %w", err)
	}
	defer pool.Close()
	return withMigrateLock(ctx, pool, func() error {
		if err := migrateTables(ctx, pool, migrations); err != nil {
			return err
		}
		if err := migrateRiver(ctx, pool); err != nil {
			return err
		}
		return grantApp(ctx, pool)
	})
}

// withMigrateLock polls rather than waits: a waiting statement holds a snapshot, and CREATE INDEX CONCURRENTLY in a
// migration waits for all snapshots. goose's own lock would not cover River's tables and the rights.
func withMigrateLock(ctx context.Context, pool *pgxpool.Pool, fn func() error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect as the owner: %w", err)
	}
	defer conn.Release()
	for {
		var got bool
		if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", int64(migrateLock)).Scan(&got); err != nil {
			return fmt.Errorf("lock the migrations: %w", err)
		}
		if got {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the migrations of another node: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
	err = fn()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	if _, uerr := conn.Exec(ctx, "select pg_advisory_unlock($1)", int64(migrateLock)); uerr != nil {
		_ = conn.Conn().Close(ctx) // the lock ends with its session
	}
	return err
}

func migrateTables(ctx context.Context, pool *pgxpool.Pool, migrations fs.FS) error {
	std := stdlib.OpenDBFromPool(pool)
	defer std.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, std, migrations,
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate the tables: %w", err)
	}
	return nil
}

func migrateRiver(ctx context.Context, pool *pgxpool.Pool) error {
	if _, err := pool.Exec(ctx, "create schema if not exists "+RiverSchema); err != nil {
		return fmt.Errorf("create River's schema: %w", err)
	}
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: RiverSchema, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return fmt.Errorf("read River's migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate River's tables: %w", err)
	}
	return nil
}

// appGrants never hold TRUNCATE: row-level security does not govern it. They are given anew after each migration, so a
// migration can't take one away by REVOKE; see restrictTables.
func appGrants() (out []string) {
	for _, schema := range []string{"public", RiverSchema} {
		out = append(out,
			"grant usage on schema "+schema+" to "+AppRole,
			"grant select, insert, update, delete on all tables in schema "+schema+" to "+AppRole,
			"grant usage, select on all sequences in schema "+schema+" to "+AppRole,
			"alter default privileges in schema "+schema+" grant select, insert, update, delete on tables to "+AppRole,
			"alter default privileges in schema "+schema+" grant usage, select on sequences to "+AppRole,
		)
	}
	return out
}

func grantApp(ctx context.Context, pool *pgxpool.Pool) error {
	if err := createAppRole(ctx, pool); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		for _, sql := range appGrants() {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return fmt.Errorf("give %s its rights (%s): %w", AppRole, sql, err)
			}
		}
		if _, err := tx.Exec(ctx, restrictTables); err != nil {
			return fmt.Errorf("restrict the rights of %s: %w", AppRole, err)
		}
		return nil
	})
}

// restrictTables leaves INSERT and SELECT on a table whose comment begins with "append-only" (a ledger, an audit), and
// SELECT on goose's own table. "append-only but for address" lets that column be replaced, so that a person can be erased
// from a ledger whose lines stay.
const restrictTables = `do $$
declare t record;
begin
	for t in select c.oid::regclass as name, c.relname = 'goose_db_version' as read_only,
			obj_description(c.oid, 'pg_class') like 'append-only but for address:%' as nameless from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
			and (obj_description(c.oid, 'pg_class') like 'append-only%' or c.relname = 'goose_db_version')
	loop
		execute format('revoke update, delete on %s from ` + AppRole + `', t.name);
		if t.nameless then
			execute format('grant update (address) on %s to ` + AppRole + `', t.name);
		end if;
		if t.read_only then
			execute format('revoke insert on %s from ` + AppRole + `', t.name);
		end if;
	end loop;
end $$`

// createAppRole makes the role if it is missing and lets the owner switch to it (Options.AsApp). Roles belong to the
// whole server, so another database may have made it, or may be making it at the same moment.
func createAppRole(ctx context.Context, pool *pgxpool.Pool) error {
	var exists bool
	err := pool.QueryRow(ctx, "select exists (select from pg_roles where rolname = $1)", AppRole).Scan(&exists)
	if err != nil {
		return fmt.Errorf("look for the role %s: %w", AppRole, err)
	}
	if !exists {
		_, err = pool.Exec(ctx, "create role "+AppRole+" nologin nosuperuser nobypassrls")
		switch {
		case err == nil, hasCode(err, "42710", "23505"): // made meanwhile
		case hasCode(err, insufficientPrivilege):
			return fmt.Errorf("the database login may not create roles; run once as an administrator: "+
				"CREATE ROLE %[1]s NOLOGIN; GRANT %[1]s TO <the login of SIDETONE_DATABASE_URL>: %[2]w", AppRole, err)
		default:
			return fmt.Errorf("create the role %s: %w", AppRole, err)
		}
	}
	var member bool
	if err := pool.QueryRow(ctx, "select pg_has_role($1, 'member')", AppRole).Scan(&member); err != nil {
		return fmt.Errorf("look for the members of %s: %w", AppRole, err)
	}
	if member {
		return nil
	}
	// Only an installation with one login needs it; there, Open says so if it is missing.
	_, err = pool.Exec(ctx, "grant "+AppRole+" to current_user")
	if err != nil && !hasCode(err, insufficientPrivilege, "23505") { // or it was made one meanwhile
		return fmt.Errorf("make the owner a member of %s: %w", AppRole, err)
	}
	return nil
}

const insufficientPrivilege = "42501" // SQLSTATE

func hasCode(err error, codes ...string) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && slices.Contains(codes, pgErr.Code)
}
