//go:build unix

package cluster

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// supervise keeps the server running until ctx ends: it starts it again when it died, and when its programs were
// replaced on disk (a package upgrade restarts only the distribution's own clusters, and a server whose libraries are
// of another version than itself refuses new sessions). Where another process runs the server, it takes over when that
// one ends.
func (c *Cluster) supervise(ctx context.Context) {
	defer close(c.done)
	defer c.leave()
	tick := time.NewTicker(c.cfg.Watch)
	defer tick.Stop()
	var w watch
	for {
		c.mu.Lock()
		s := c.server
		c.mu.Unlock()
		var died chan struct{}
		if s != nil {
			died = s.exited
		}
		select {
		case <-ctx.Done():
			return
		case <-died:
			c.log.Error("the database server ended by itself; starting it again", "error", s.failure())
			c.revive(ctx)
		case reply := <-c.restarts:
			reply <- c.restart(ctx)
		case <-tick.C:
			switch {
			case !c.Managed():
				c.takeOver(ctx)
			case w.outdated(ctx, c):
				c.log.Warn("the programs of the database server were replaced; restarting it")
				c.halt()
				c.revive(ctx)
			}
		}
	}
}

func (c *Cluster) restart(ctx context.Context) error {
	if !c.Managed() {
		return errors.New("restart the database server: another process runs it")
	}
	c.halt()
	err := c.run(ctx)
	if err != nil {
		c.revive(ctx)
	}
	return err
}

// revive starts the server again, for as long as it takes.
func (c *Cluster) revive(ctx context.Context) {
	c.halt()
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, 30*time.Second) {
		err := c.run(ctx)
		if err == nil {
			return
		}
		c.log.Error("the database server does not start; trying again", "in", wait, "error", err)
		if pause(ctx, wait) != nil {
			return
		}
	}
}

// takeOver manages the data if the process that did has ended.
func (c *Cluster) takeOver(ctx context.Context) {
	lock, err := tryLock(filepath.Join(c.root, "pg.lock"))
	if err != nil {
		c.log.Error("look whether the database is still managed", "error", err)
		return
	}
	if lock == nil {
		return
	}
	c.mu.Lock()
	c.lock = lock
	c.mu.Unlock()
	c.log.Warn("the process that ran the database server ended; taking over")
	c.revive(ctx)
}

// watch remembers what was seen of the server's programs.
type watch struct {
	changed fs.FileInfo // the replaced executable, as seen last
	refused fs.FileInfo // a replaced executable that can't run the data
	tried   *server     // the server that was found unable to load a library last
}

// outdated reports whether the server should be restarted because its programs on disk are others than those it runs.
// It waits until an upgrade has stopped writing.
func (w *watch) outdated(ctx context.Context, c *Cluster) bool {
	c.mu.Lock()
	s, bin := c.server, c.bin
	c.mu.Unlock()
	if s == nil {
		return false
	}
	now, err := os.Stat(bin.Path("postgres"))
	if err != nil {
		w.changed = nil
		return false // in the middle of an upgrade, or removed: the running server is better than none
	}
	if sameFile(now, s.executable) {
		w.changed = nil
		return w.cannotLoad(ctx, c, s)
	}
	settled := w.changed != nil && sameFile(now, w.changed)
	w.changed = now
	if !settled || w.refused != nil && sameFile(now, w.refused) {
		return false
	}
	if fresh, err := inspect(ctx, bin.Dir); err != nil || fresh.Major != bin.Major {
		c.log.Error("the programs of the database server were replaced, but can't run its data", "dir", bin.Dir, "error", err)
		w.refused = now
		return false
	}
	return true
}

// cannotLoad asks in a new session for a library that Postgres loads at first use. If a server fails that was started
// for this reason already, another start would not help.
func (w *watch) cannotLoad(ctx context.Context, c *Cluster, s *server) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, databaseURL(c.socket, superuser, "postgres"))
	if err == nil {
		_, err = conn.Exec(ctx, "do $$ begin end $$")
		conn.Close(ctx)
	}
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != undefinedFile || w.tried == s {
		return false
	}
	if w.tried != nil && time.Since(s.started) < time.Minute {
		return false
	}
	w.tried = s
	return true
}

// undefinedFile is the SQLSTATE of a library that is missing or of another version.
const undefinedFile = "58P01"

func sameFile(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
