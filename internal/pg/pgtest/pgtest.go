// Package pgtest gives each test a Postgres database of its own: a clone of one migrated template, on one server that
// all test processes of the machine share. No server is a failure, not a skip.
package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"sidetone/internal/pg"
	"sidetone/migrations"
)

// shared is the server of this process: joined once, kept for its life.
var shared = sync.OnceValues(func() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	return join(ctx)
})

// Database is one test's database and the three roles that can reach it.
type Database struct {
	Name     string
	AppURL   string // the role of the application: row-level security binds it
	OwnerURL string // the role of the migrations
	AdminURL string // the superuser of the test server
}

// New gives the test a pool on a migrated database of its own, as the application's role.
func New(t testing.TB) *pg.DB {
	t.Helper()
	return Open(t, NewDatabase(t))
}

// Open gives the test one more pool on a database, as another node would have.
func Open(t testing.TB, d Database) *pg.DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := pg.Open(ctx, d.AppURL, pg.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

// OwnerURL is the address of the same database for the owner's role.
func OwnerURL(t testing.TB, db *pg.DB) string {
	t.Helper()
	u, err := pg.WithUser(db.URL(), pg.OwnerRole)
	require.NoError(t, err)
	return u
}

// AdminURL is the address of the same database for the superuser: row-level security does not bind it, so a test can
// look at every tenant's rows at once.
func AdminURL(t testing.TB, db *pg.DB) string {
	t.Helper()
	u, err := pg.WithUser(db.URL(), superuser)
	require.NoError(t, err)
	return u
}

// NewDatabase makes a database with our migrations and drops it when the test ends.
func NewDatabase(t testing.TB) Database {
	t.Helper()
	return NewWith(t, migrations.FS)
}

// NewWith is NewDatabase with other migrations.
func NewWith(t testing.TB, files fs.FS) Database {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, err := shared()
	require.NoError(t, err, "start the test server")
	template, err := s.template(ctx, files)
	require.NoError(t, err, "make the template database")
	return s.create(ctx, t, "template "+template)
}

// NewEmpty is a database that no migration has touched, for tests of the migrations.
func NewEmpty(t testing.TB) Database {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, err := shared()
	require.NoError(t, err, "start the test server")
	require.NoError(t, s.createRoles(ctx))
	return s.create(ctx, t, "template template0")
}

func (s *server) create(ctx context.Context, t testing.TB, from string) Database {
	t.Helper()
	name := "t_" + strings.ToLower(rand.Text()[:16])
	require.NoError(t, s.exec(ctx, fmt.Sprintf("create database %s owner %s %s", name, pg.OwnerRole, from)))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, s.exec(ctx, "drop database if exists "+name+" with (force)"))
	})
	return Database{
		Name: name, AppURL: s.url(pg.AppRole, name), OwnerURL: s.url(pg.OwnerRole, name), AdminURL: s.url(superuser, name),
	}
}

func (s *server) exec(ctx context.Context, statements ...string) error {
	conn, err := pgx.Connect(ctx, s.url(superuser, "postgres"))
	if err != nil {
		return fmt.Errorf("connect to the test server: %w", err)
	}
	defer conn.Close(ctx)
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// template is the name of the migrated database of these files; the first to ask makes it. It is built under another
// name, so that an interrupted build is never taken for a template.
func (s *server) template(ctx context.Context, files fs.FS) (string, error) {
	sum, err := hash(files)
	if err != nil {
		return "", err
	}
	name := "template_" + sum
	unlock, err := s.lock("template.lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	exists, err := s.exists(ctx, name)
	if err != nil || exists {
		return name, err
	}
	if err := s.createRoles(ctx); err != nil {
		return "", err
	}
	err = s.exec(ctx, "drop database if exists "+name+"_new with (force)",
		"create database "+name+"_new owner "+pg.OwnerRole+" template template0")
	if err != nil {
		return "", err
	}
	if err := pg.Migrate(ctx, s.url(pg.OwnerRole, name+"_new"), files); err != nil {
		return "", err
	}
	return name, s.exec(ctx, "alter database "+name+"_new rename to "+name)
}

func (s *server) createRoles(ctx context.Context) error {
	for _, role := range []string{pg.OwnerRole, pg.AppRole} {
		err := s.exec(ctx, "create role "+role+" login")
		var pgErr *pgconn.PgError
		if err != nil && !(errors.As(err, &pgErr) && (pgErr.Code == "42710" || pgErr.Code == "23505")) {
			return err // anything but "it exists"
		}
	}
	return nil
}

func (s *server) exists(ctx context.Context, name string) (found bool, err error) {
	conn, err := pgx.Connect(ctx, s.url(superuser, "postgres"))
	if err != nil {
		return false, fmt.Errorf("connect to the test server: %w", err)
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&found)
	return found, err
}

// templateVersion changes when Migrate does something else with the same files.
const templateVersion = "2"

func hash(files fs.FS) (string, error) {
	h := sha256.New()
	h.Write([]byte(templateVersion))
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(text), text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the migrations: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}
