// Package pg owns the way to Postgres: the pool, transactions that carry their tenant, and migrations. Its folder
// cluster runs a Postgres of our own when no database is configured, and pgtest gives each test its own database.
//
// It does not own any table or query; those live beside the code that uses them.
package pg

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// AppRole is the role that owns nothing and can't bypass row-level security. Migrate gives it its rights.
const AppRole = "sidetone_app"

// OwnerRole owns the database, the schema and the tables of a managed cluster; only migrations use it.
const OwnerRole = "sidetone_owner"

// defaultMaxConns is where throughput was best: 64 connections are slower than 16 on the same machine.
const defaultMaxConns = 16

// Options of a pool. The zero value is good.
type Options struct {
	MaxConns int32 // 16 when zero
	// AsApp switches each connection to AppRole. It is for an installation with one login only, the owner's:
	// row-level security is decided by the current role, so it applies. Two logins are sounder, because no statement
	// can take the switch back.
	AsApp bool
	// Configure may change the pool before it opens (tracers, for example).
	Configure func(*pgxpool.Config)
}

// DB is a pool whose role obeys row-level security.
type DB struct {
	pool *pgxpool.Pool
	url  string
}

// Open connects and refuses a role that row-level security does not bind (a superuser, or one with BYPASSRLS).
func Open(ctx context.Context, databaseURL string, opts Options) (*DB, error) {
	db, err := open(ctx, databaseURL, opts)
	if err != nil {
		return nil, err
	}
	if err := refuseRoleAboveTheLaw(ctx, db.pool); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

func open(ctx context.Context, databaseURL string, opts Options) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	cfg.MaxConns = opts.MaxConns
	if cfg.MaxConns <= 0 {
		cfg.MaxConns = defaultMaxConns
	}
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.PrepareConn = freshPlans
	params := cfg.ConnConfig.RuntimeParams
	if params["plan_cache_mode"] == "" {
		params["plan_cache_mode"] = "force_generic_plan" // see freshPlans; planning each statement anew halved the throughput
	}
	if params["application_name"] == "" {
		params["application_name"] = "sidetone"
	}
	if opts.AsApp {
		params["role"] = AppRole
	}
	if opts.Configure != nil {
		opts.Configure(cfg)
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return &DB{pool: pool, url: databaseURL}, nil
}

// querier is a pool or a connection.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// refuseRoleAboveTheLaw looks at the login too: a superuser that switched its role can switch back.
func refuseRoleAboveTheLaw(ctx context.Context, q querier) error {
	var name string
	var super, bypass bool
	err := q.QueryRow(ctx, `select rolname, rolsuper, rolbypassrls from pg_roles
		where rolname in (current_user, session_user)
		order by rolsuper or rolbypassrls desc limit 1`).Scan(&name, &super, &bypass)
	if err != nil {
		return fmt.Errorf("read the rights of the database role: %w", err)
	}
	if !super && !bypass {
		return nil
	}
	what := "is a superuser"
	if !super {
		what = "has BYPASSRLS"
	}
	return fmt.Errorf("the database role %q %s, so it would see every tenant's rows; "+
		"use a plain login: CREATE ROLE sidetone LOGIN PASSWORD '...'; GRANT %s TO sidetone", name, what, AppRole)
}

// Pool is the pool itself, for River and for metrics. Tenant tables look empty through it: use InTenantTx.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// URL is the address the pool was opened with. It may hold a password: never log it.
func (db *DB) URL() string { return db.url }

// Close waits until all connections are given back and closes them.
func (db *DB) Close() { db.pool.Close() }

// WithUser returns the same address for another role, without a password.
func WithUser(databaseURL, user string) (string, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return "", fmt.Errorf("read the database URL: %w", err)
	}
	u.User = url.User(user)
	return u.String(), nil
}
