//go:build unix

package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sidetone/internal/pg"
)

// Config says where the cluster lives. DataDir is required; the rest may be zero.
type Config struct {
	DataDir string        // the data root; the cluster is its folder pg
	BinDir  string        // the folder of the Postgres programs; searched for when empty
	Log     *slog.Logger  // slog.Default when nil
	Watch   time.Duration // how often the server is looked at; 5 s when zero
}

// Cluster is a Postgres that this process runs, or that another process on the same data runs.
//
// A second process on the same data joins as a second node: it connects to the first one's server, and takes the data
// over (starts a server of its own on it) when the first one ends.
type Cluster struct {
	cfg    Config
	log    *slog.Logger
	root   string // absolute DataDir
	socket string // the folder of the socket; the same for every server on this data

	cancel   context.CancelFunc // ends the supervisor
	done     chan struct{}      // closed when it has ended
	restarts chan chan error

	mu     sync.Mutex
	lock   *os.File // held for as long as we manage the data; nil when another process does
	server *server  // nil when another process runs it, and between two servers
	bin    Binaries
}

// Start runs or joins the cluster in the data root. It returns when the database takes connections and has its two
// roles; ctx bounds that time only, Stop ends the cluster.
func Start(ctx context.Context, cfg Config) (*Cluster, error) {
	if cfg.Watch <= 0 {
		cfg.Watch = 5 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	root, err := prepareRoot(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		cfg: cfg, log: cfg.Log, root: root,
		done: make(chan struct{}), restarts: make(chan chan error),
	}
	if err := c.runOrJoin(ctx); err != nil {
		c.leave()
		return nil, err
	}
	supervise, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	go c.supervise(supervise)
	return c, nil
}

// OwnerURL is the address for migrations.
func (c *Cluster) OwnerURL() string { return databaseURL(c.socket, pg.OwnerRole, databaseName) }

// AppURL is the address for everything else.
func (c *Cluster) AppURL() string { return databaseURL(c.socket, pg.AppRole, databaseName) }

// Managed reports whether this process runs the server. False means that another process on the same data does.
func (c *Cluster) Managed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lock != nil
}

// Pid is the process id of our server, zero if there is none at this moment.
func (c *Cluster) Pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server == nil {
		return 0
	}
	return c.server.pid
}

// Restart stops the server and starts it again, with the programs that are on disk now.
func (c *Cluster) Restart(ctx context.Context) error {
	reply := make(chan error, 1)
	select {
	case c.restarts <- reply:
	case <-c.done:
		return errors.New("restart the database server: the cluster has ended")
	case <-ctx.Done():
		return fmt.Errorf("restart the database server: %w", ctx.Err())
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return fmt.Errorf("restart the database server: %w", ctx.Err())
	}
}

// Stop ends the server, if it is ours, and gives the data free. Close all pools first: it cuts connections.
// It may be called twice.
func (c *Cluster) Stop(ctx context.Context) error {
	c.cancel()
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop the database server: %w", ctx.Err())
	}
}

// runOrJoin manages the data if nobody does, and else waits for the server of whoever does.
func (c *Cluster) runOrJoin(ctx context.Context) error {
	told := false
	for {
		lock, err := tryLock(filepath.Join(c.root, "pg.lock"))
		if err != nil {
			return err
		}
		if lock != nil {
			c.mu.Lock()
			c.lock = lock
			c.mu.Unlock()
			return c.run(ctx)
		}
		if socket, ok := joinable(ctx, c.dataDir()); ok {
			c.socket = socket
			c.log.Info("using the database server of another process", "data", c.root)
			return nil
		}
		if !told {
			c.log.Info("waiting for the database server of another process", "data", c.root)
			told = true
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("another process holds %s, but its database server did not become ready: %w", c.root, err)
		}
	}
}

// joinable returns the socket folder of a server that another process runs on the data, once it has our roles.
func joinable(ctx context.Context, dataDir string) (socket string, ok bool) {
	pid, err := readPidFile(dataDir)
	if err != nil || !pid.ready {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return pid.socket, canConnect(ctx, databaseURL(pid.socket, pg.AppRole, databaseName))
}

// run makes the data directory if there is none, and starts the server on it. The caller holds the lock.
func (c *Cluster) run(ctx context.Context) error {
	bin, err := binariesFor(ctx, c.cfg.BinDir, c.dataDir())
	if err != nil {
		return err
	}
	user, err := chooseUser(c.dataDir())
	if err != nil {
		return err
	}
	if err := user.mayReach(c.root); err != nil {
		return err
	}
	if c.socket == "" {
		if c.socket, err = socketDir(c.root, user); err != nil {
			return err
		}
	}
	if err := ensureSocketDir(c.socket, user); err != nil {
		return err
	}
	if err := createData(ctx, bin, user, c.root, c.dataDir()); err != nil {
		return err
	}
	if err := clearOrphan(ctx, c.log, bin, user, c.dataDir()); err != nil {
		return err
	}
	s, err := startServer(ctx, c.log, bin, user, c.dataDir(), c.socket)
	if err != nil {
		return err
	}
	if err := createDatabase(ctx, c.socket); err != nil {
		s.stop()
		return err
	}
	c.mu.Lock()
	c.server, c.bin = s, bin
	c.mu.Unlock()
	c.log.Info("database server ready", "data", c.root, "version", bin.Major, "pid", s.pid)
	return nil
}

func (c *Cluster) dataDir() string { return filepath.Join(c.root, "pg") }

// leave stops our server for good and takes its socket's folder away.
func (c *Cluster) leave() {
	managed := c.Managed()
	c.halt()
	if managed {
		_ = os.Remove(c.socket) // it is empty after a clean stop; the next start makes it again
	}
	c.release()
}

// halt stops our server, if there is one.
func (c *Cluster) halt() {
	c.mu.Lock()
	s := c.server
	c.server = nil
	c.mu.Unlock()
	if s != nil {
		s.stop()
	}
}

// release gives the data free for another process.
func (c *Cluster) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lock != nil {
		c.lock.Close()
		c.lock = nil
	}
}

// pause waits, but no longer than ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
