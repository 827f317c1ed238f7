package pgtest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/pg/cluster"
)

// keeper runs the server for all test processes of this machine and ends it a few seconds after the last one.
//
//go:embed keeper.sh
var keeper string

const superuser = "postgres"

// server is the one Postgres that all test processes of a user share. It trades durability for speed.
type server struct {
	dir   string
	inUse *os.File // a shared lock for the life of this process: the keeper ends the server when nobody holds one
}

// join finds the running server or starts it.
func join(ctx context.Context) (*server, error) {
	dir := filepath.Join("/tmp", fmt.Sprintf("sidetone-pgtest-%d", os.Getuid())) // short: a socket path has 107 bytes
	cred, home, err := unprivileged()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the test server: %w", err)
	}
	if cred != nil {
		if err := os.Chown(dir, int(cred.Uid), int(cred.Gid)); err != nil {
			return nil, fmt.Errorf("give the folder of the test server to %s: %w", home, err)
		}
	}
	s := &server{dir: dir}
	unlock, err := s.lock("start.lock")
	if err != nil {
		return nil, err
	}
	defer unlock()

	// The keeper may hold this lock for the moment in which it ends the server.
	s.inUse, err = openLocked(filepath.Join(dir, "users.lock"), syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}
	if cred != nil {
		if err := s.inUse.Chown(int(cred.Uid), int(cred.Gid)); err != nil {
			return nil, fmt.Errorf("share the lock of the test server: %w", err)
		}
	}
	if s.alive(ctx) {
		return s, nil
	}
	if err := s.start(ctx, cred); err != nil {
		// The data may be of an interrupted start, or of another version: it holds nothing of worth.
		if rerr := os.RemoveAll(filepath.Join(dir, "data")); rerr != nil {
			return nil, errors.Join(err, rerr)
		}
		if err := s.start(ctx, cred); err != nil {
			return nil, err
		}
	}
	return s, s.sweep(ctx)
}

// keptTemplates is how many templates outlive the server; each change of the migrations leaves one.
const keptTemplates = 8

// sweep drops what killed tests left behind, while nobody else uses the server.
func (s *server) sweep(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.url(superuser, "postgres"))
	if err != nil {
		return fmt.Errorf("connect to the test server: %w", err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `select datname::text from pg_database where datname ~ '^(t_|template_.*_new$)'
		union all (select datname::text from pg_database where datname ~ '^template_[0-9a-f]+$' order by oid desc offset $1)`,
		keptTemplates)
	if err != nil {
		return fmt.Errorf("list the databases of the test server: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list the databases of the test server: %w", err)
	}
	for _, name := range names {
		if err := s.exec(ctx, "drop database "+name+" with (force)"); err != nil {
			return err
		}
	}
	return nil
}

// unprivileged names the user to become, because Postgres refuses to run as root.
func unprivileged() (*syscall.Credential, string, error) {
	if os.Getuid() != 0 {
		return nil, "", nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uerr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gerr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uerr, gerr); err != nil {
			return nil, "", fmt.Errorf("read the ids of %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, name, nil
	}
	return nil, "", errors.New("running as root, and there is neither a user postgres nor nobody to run the test server")
}

func (s *server) url(role, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(role), Path: "/" + database,
		RawQuery: url.Values{"host": {s.dir}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}

func (s *server) alive(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url(superuser, "postgres"))
	if err != nil {
		return false
	}
	defer conn.Close(ctx)
	return conn.Ping(ctx) == nil
}

func (s *server) start(ctx context.Context, cred *syscall.Credential) error {
	bin, err := cluster.FindBinaries(ctx, os.Getenv("SIDETONE_PG_BIN"))
	if err != nil {
		return err
	}
	cmd := exec.Command("/bin/sh", "-c", keeper, "sidetone-pgtest-keeper", s.dir, bin.Dir)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred, Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the test server: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	deadline := time.After(60 * time.Second)
	for {
		if s.ready() && s.alive(ctx) {
			return nil
		}
		select {
		case err := <-ended:
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("the test server ended (%w):\n%s", err, log)
		case <-deadline:
			return fmt.Errorf("the test server was not ready after a minute, see %s/log", s.dir)
		case <-ctx.Done():
			return fmt.Errorf("wait for the test server: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *server) ready() bool {
	text, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(text), "\n")
	return len(lines) > 7 && strings.HasPrefix(lines[7], "ready")
}

// lock takes one of the locks of the folder; the function returned gives it back.
func (s *server) lock(name string) (unlock func(), err error) {
	f, err := openLocked(filepath.Join(s.dir, name), syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	return func() { f.Close() }, nil
}

func openLocked(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open a lock of the test server: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, &fs.PathError{Op: "flock", Path: path, Err: err}
	}
	return f, nil
}
