// Package cluster runs a Postgres of our own for an installation that configured no database: it finds the programs
// on the machine, makes the data directory, starts, watches and stops the server.
//
// It knows nothing of tables; package pg migrates what it starts.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// OldestMajor is the oldest Postgres the SQL is written for.
const OldestMajor = 15

// ErrNoPostgres says that no Postgres programs were found.
var ErrNoPostgres = errors.New("no PostgreSQL server was found on this machine; install one " +
	"(Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; Alpine: apk add postgresql), " +
	"name its folder with --pg-bin, or set SIDETONE_DATABASE_URL to a database that runs elsewhere")

// Binaries is a folder with initdb, pg_ctl and postgres, and the major version of the server in it.
type Binaries struct {
	Dir   string
	Major int
}

// Path is the path of one program.
func (b Binaries) Path(program string) string { return filepath.Join(b.Dir, program) }

// FindBinaries looks in the given folder if there is one, else where pg_config and PATH point, else for the highest
// version in the layout of Debian (/usr/lib/postgresql/15/bin) and of Red Hat (/usr/pgsql-15/bin).
func FindBinaries(ctx context.Context, dir string) (Binaries, error) {
	if dir != "" {
		b, err := inspect(ctx, dir)
		if err != nil {
			return Binaries{}, fmt.Errorf("use the PostgreSQL programs in %s: %w", dir, err)
		}
		return b, nil
	}
	var tooOld error
	for _, dir := range candidates(ctx) {
		b, err := inspect(ctx, dir)
		if err == nil {
			return b, nil
		}
		if errors.Is(err, errTooOld) {
			tooOld = fmt.Errorf("%s: %w", dir, err)
		}
	}
	if tooOld != nil {
		return Binaries{}, fmt.Errorf("%w (found %w)", ErrNoPostgres, tooOld)
	}
	return Binaries{}, ErrNoPostgres
}

func candidates(ctx context.Context) (dirs []string) {
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(p))
		}
	}
	var installed []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*"} {
		found, _ := filepath.Glob(pattern) // the pattern is sound
		installed = append(installed, found...)
	}
	slices.SortStableFunc(installed, func(a, b string) int { return majorInPath(b) - majorInPath(a) })
	return append(dirs, installed...)
}

var digits = regexp.MustCompile(`\d+`)

func majorInPath(dir string) int {
	n, _ := strconv.Atoi(digits.FindString(dir)) // zero sorts last
	return n
}

var (
	errTooOld     = errors.New("too old")
	versionFormat = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)
)

// inspect also refuses client-only folders: pg_config may point at one.
func inspect(ctx context.Context, dir string) (Binaries, error) {
	for _, program := range []string{"initdb", "pg_ctl", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil {
			return Binaries{}, err
		}
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return Binaries{}, fmt.Errorf("ask the version of %s/postgres: %w", dir, err)
	}
	m := versionFormat.FindSubmatch(out)
	if m == nil {
		return Binaries{}, fmt.Errorf("understand the version %q", strings.TrimSpace(string(out)))
	}
	major, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return Binaries{}, fmt.Errorf("understand the version %q: %w", m[1], err)
	}
	if major < OldestMajor {
		return Binaries{}, fmt.Errorf("PostgreSQL %d is %w, at least %d is needed", major, errTooOld, OldestMajor)
	}
	return Binaries{Dir: dir, Major: major}, nil
}
