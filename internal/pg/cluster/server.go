//go:build unix

package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/pg"
)

const (
	superuser    = "postgres" // the bootstrap role: only for making roles and the database
	databaseName = "sidetone"
)

// settings of the server. Durability stays on. Statements, details and the texts of errors stay out of the log: they
// may hold what a consumer wrote; the application sees its errors anyway.
func settings(socket string) []string {
	flags := []string{
		"listen_addresses=", "unix_socket_directories=" + socket, "unix_socket_permissions=0700", "port=5432",
		"fsync=on", "full_page_writes=on", "synchronous_commit=on",
		"max_connections=100", "shared_buffers=256MB", "max_wal_size=4GB", "min_wal_size=256MB",
		"checkpoint_timeout=10min", "random_page_cost=1.1", "jit=off",
		"autovacuum_naptime=10s", // statistics of a young database are guesses until it is first analysed
		"timezone=UTC", "log_timezone=UTC", "logging_collector=off", "log_destination=stderr", "log_line_prefix=",
		"log_min_messages=log", "log_min_error_statement=panic", "log_error_verbosity=terse", "log_checkpoints=off",
	}
	flags = append(flags, platformSettings...)
	var args []string
	for _, f := range flags {
		args = append(args, "-c", f)
	}
	return args
}

// server is one running postgres, a child of this process.
type server struct {
	pid        int
	started    time.Time
	executable fs.FileInfo // as it was on disk when it started
	exited     chan struct{}
	err        error // why it ended; valid once exited is closed
	tail       *tail
}

// startServer starts postgres and waits until it is ready.
func startServer(ctx context.Context, log *slog.Logger, bin Binaries, user runUser, dataDir, socket string) (*server, error) {
	executable, err := os.Stat(bin.Path("postgres"))
	if err != nil {
		return nil, fmt.Errorf("start the database server: %w", err)
	}
	s := &server{started: time.Now(), executable: executable, exited: make(chan struct{}), tail: &tail{}}
	cmd := exec.Command(bin.Path("postgres"), append([]string{"-D", dataDir}, settings(socket)...)...)
	cmd.Dir = dataDir
	cmd.Env = cleanEnv()
	cmd.SysProcAttr = sysProcAttr(user, syscall.SIGINT)
	cmd.WaitDelay = 5 * time.Second // a backend may hold the log open longer than the server lives
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	go s.tail.copy(log, out)

	startErr := make(chan error, 1)
	go func() {
		// Linux tells a child of its parent's death when the thread that forked it ends. So this thread must live as
		// long as the server does: the goroutine keeps it and waits.
		runtime.LockOSThread()
		err := cmd.Start()
		startErr <- err
		if err == nil {
			s.err = cmd.Wait()
		}
		_ = in.Close() // never fails
		close(s.exited)
	}()
	if err := <-startErr; err != nil {
		return nil, fmt.Errorf("start the database server: %w", err)
	}
	s.pid = cmd.Process.Pid
	if err := s.awaitReady(ctx, log, dataDir); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// awaitReady reads postmaster.pid, which must name our child: a dial alone could reach an orphan's socket.
func (s *server) awaitReady(ctx context.Context, log *slog.Logger, dataDir string) error {
	slow := time.After(10 * time.Second)
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		if pid, err := readPidFile(dataDir); err == nil && pid.pid == s.pid && pid.ready {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("start the database server: %w", s.failure())
		case <-slow:
			log.Warn("the database server is still starting (recovering from a crash, perhaps)")
		case <-ctx.Done():
			return fmt.Errorf("wait for the database server: %w", ctx.Err())
		case <-poll.C:
		}
	}
}

// failure says why the server ended, with what it said last.
func (s *server) failure() error {
	said := s.tail.String()
	if said == "" {
		return fmt.Errorf("it ended: %w", orNormal(s.err))
	}
	return fmt.Errorf("it ended: %w: %s", orNormal(s.err), said)
}

func orNormal(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// stop asks for a fast shutdown, then for an immediate one, then kills.
func (s *server) stop() {
	for _, step := range []struct {
		sig  syscall.Signal
		wait time.Duration
	}{{syscall.SIGINT, 10 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 10 * time.Second}} {
		select {
		case <-s.exited:
			return
		default:
		}
		_ = syscall.Kill(s.pid, step.sig) // it may have ended by now
		select {
		case <-s.exited:
			return
		case <-time.After(step.wait):
		}
	}
}

// tail keeps the last lines of the server's log for error messages and passes all of them on.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (t *tail) copy(log *slog.Logger, r *io.PipeReader) {
	sc := bufio.NewScanner(r)
	for sc.Scan() {
		line := sc.Text()
		t.mu.Lock()
		t.lines = append(t.lines, line)
		t.lines = t.lines[max(0, len(t.lines)-10):]
		t.mu.Unlock()
		level := slog.LevelDebug
		if strings.HasPrefix(line, "PANIC:") || strings.HasPrefix(line, "FATAL:") {
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, "database server says", "line", line)
	}
	_, _ = io.Copy(io.Discard, r) // a line longer than the scanner takes must not block the server
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "; ")
}

// pidFile is what we read of postmaster.pid.
type pidFile struct {
	pid    int
	socket string
	ready  bool
}

func readPidFile(dataDir string) (pidFile, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, "postmaster.pid"))
	if err != nil {
		return pidFile{}, err
	}
	lines := strings.Split(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return pidFile{}, fmt.Errorf("read postmaster.pid: %w", err)
	}
	p := pidFile{pid: pid}
	if len(lines) > 7 {
		p.socket = lines[4]
		p.ready = strings.HasPrefix(lines[7], "ready")
	}
	return p, nil
}

func databaseURL(socket, role, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(role), Path: "/" + database,
		RawQuery: url.Values{"host": {socket}, "port": {"5432"}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}

func canConnect(ctx context.Context, databaseURL string) bool {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return false
	}
	defer conn.Close(ctx)
	return conn.Ping(ctx) == nil
}

// createDatabase makes the two roles and the database, whichever of them is missing.
func createDatabase(ctx context.Context, socket string) error {
	conn, err := pgx.Connect(ctx, databaseURL(socket, superuser, "postgres"))
	if err != nil {
		return fmt.Errorf("connect to our database server: %w", err)
	}
	defer conn.Close(ctx)
	for _, step := range []struct{ missing, create string }{
		{"select not exists (select from pg_roles where rolname = '" + pg.OwnerRole + "')", "create role " + pg.OwnerRole + " login"},
		{"select not exists (select from pg_roles where rolname = '" + pg.AppRole + "')", "create role " + pg.AppRole + " login"},
		{
			"select not exists (select from pg_database where datname = '" + databaseName + "')",
			"create database " + databaseName + " owner " + pg.OwnerRole + " template template0",
		},
	} {
		var missing bool
		if err := conn.QueryRow(ctx, step.missing).Scan(&missing); err != nil {
			return fmt.Errorf("look for our roles and database: %w", err)
		}
		if !missing {
			continue
		}
		if _, err := conn.Exec(ctx, step.create); err != nil {
			return fmt.Errorf("%s: %w", step.create, err)
		}
	}
	return nil
}

// cleanEnv keeps the variables that steer Postgres (PGDATA, PGPORT and the like) out.
func cleanEnv() []string {
	return []string{"LC_ALL=" + locale, "TZ=UTC", "PATH=" + os.Getenv("PATH")}
}
