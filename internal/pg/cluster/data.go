//go:build unix

package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func prepareRoot(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("start the database: no data directory given")
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the data directory: %w", err)
	}
	if err := os.MkdirAll(root, 0o711); err != nil { //nolint:gosec // root's server runs as another user, who must get through
		return "", fmt.Errorf("make the data directory: %w", err)
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return "", fmt.Errorf("find the data directory: %w", err)
	}
	return root, nil
}

// tryLock takes the lock of the data root, or returns nil if another process holds it.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data directory: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		f.Close()
		return nil, nil
	default:
		f.Close()
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
}

// majorOf reads the version that made the data; zero if there is no data.
func majorOf(dataDir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if _, serr := os.Stat(dataDir); errors.Is(serr, fs.ErrNotExist) {
			return 0, nil
		}
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the database: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read the version of the database: %w", err)
	}
	return major, nil
}

// binariesFor finds the programs for existing data (a newer version installed beside them must not break it), or the
// best ones for new data.
func binariesFor(ctx context.Context, binDir, dataDir string) (Binaries, error) {
	major, err := majorOf(dataDir)
	if err != nil {
		return Binaries{}, err
	}
	bin, err := FindBinaries(ctx, binDir)
	if err != nil || major == 0 || bin.Major == major {
		return bin, err
	}
	if binDir == "" {
		for _, dir := range candidates(ctx) {
			if other, err := inspect(ctx, dir); err == nil && other.Major == major {
				return other, nil
			}
		}
	}
	return Binaries{}, fmt.Errorf("the database in %[1]s was made by PostgreSQL %[2]d, but the programs in %[3]s are of version %[4]d. "+
		"Either install PostgreSQL %[2]d again (Debian: apt-get install postgresql-%[2]d) and go on with it; "+
		"or move the data: with version %[2]d run `pg_dumpall > dump.sql`, move %[1]s away, start once with version %[4]d, and load dump.sql with psql",
		dataDir, major, bin.Dir, bin.Major)
}

// createData makes the data directory if there is none. initdb works in a folder of another name: its files appear one
// by one, so neither the folder nor PG_VERSION in it prove that it finished.
func createData(ctx context.Context, bin Binaries, user runUser, root, dataDir string) error {
	if _, err := os.Stat(dataDir); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look at the data directory: %w", err)
	}
	removeLeftovers(root)
	defer removeLeftovers(root) // once more: a killed initdb's own child may have written on for a moment
	tmp, err := os.MkdirTemp(root, "pg.tmp-")
	if err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	if err := user.give(tmp); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, bin.Path("initdb"), "-D", tmp, "-U", superuser, "-A", "trust", "-E", "UTF8",
		"--locale="+locale, "--lc-collate=C", "--data-checksums", "--no-sync", "--no-instructions")
	cmd.Dir = tmp
	cmd.Env = cleanEnv()
	cmd.SysProcAttr = sysProcAttr(user, syscall.SIGKILL)
	if out, err := runTied(cmd); err != nil {
		return fmt.Errorf("make the database (initdb as %s): %w: %s", user.name, err, lastLines(out, 5))
	}
	if err := syncTree(tmp); err != nil {
		return fmt.Errorf("write the new database to disk: %w", err)
	}
	if err := os.Rename(tmp, dataDir); err != nil {
		return fmt.Errorf("put the new database in its place: %w", err)
	}
	return syncDir(root)
}

// removeLeftovers drops what interrupted first starts left: it only takes space. The caller holds the lock.
func removeLeftovers(root string) {
	leftovers, _ := filepath.Glob(filepath.Join(root, "pg.tmp-*"))
	for _, dir := range leftovers {
		_ = os.RemoveAll(dir)
	}
}

func lastLines(out []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}

// clearOrphan ends a server that a killed process left behind. The caller holds the lock, so nobody needs it.
func clearOrphan(ctx context.Context, log *slog.Logger, bin Binaries, user runUser, dataDir string) error {
	found, err := readPidFile(dataDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return removePidFile(dataDir) // half-written: its writer died
	}
	if serves(found.pid, dataDir) {
		log.Warn("stopping a database server that was left behind", "pid", found.pid)
		for _, mode := range []string{"fast", "immediate"} {
			cmd := exec.CommandContext(ctx, bin.Path("pg_ctl"), "-D", dataDir, "-m", mode, "-t", "20", "-w", "stop")
			cmd.Dir, cmd.Env, cmd.SysProcAttr = dataDir, cleanEnv(), sysProcAttr(user, syscall.SIGKILL)
			if out, err := runTied(cmd); err != nil {
				log.Warn("pg_ctl stop", "mode", mode, "error", err, "said", lastLines(out, 3))
			}
			if !serves(found.pid, dataDir) {
				break
			}
		}
	}
	// Its backends notice the death of the server within moments; until then they hold the shared memory.
	deadline, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for len(serversOf(dataDir)) > 0 {
		if err := pause(deadline, 20*time.Millisecond); err != nil {
			return fmt.Errorf("a database server is still running on %s (pids %v) and does not stop: %w",
				dataDir, serversOf(dataDir), err)
		}
	}
	// Postgres removes the file of a dead server itself. It takes a zombie, and another process that was given the
	// same pid, for a live one.
	if syscall.Kill(found.pid, 0) == nil || errors.Is(syscall.Kill(found.pid, 0), syscall.EPERM) {
		return removePidFile(dataDir)
	}
	return nil
}

func removePidFile(dataDir string) error {
	if err := os.Remove(filepath.Join(dataDir, "postmaster.pid")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the mark of a dead database server: %w", err)
	}
	return nil
}

// syncDir makes a rename in a folder durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write %s to disk: %w", dir, err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write %s to disk: %w", dir, err)
	}
	return nil
}
