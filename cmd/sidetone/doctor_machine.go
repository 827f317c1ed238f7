package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sidetone/internal/config"
	"sidetone/internal/pg/cluster"
	"sidetone/internal/seal"
)

// lookTime bounds each look at the world outside.
const lookTime = 5 * time.Second

// checkDataDir asks whether this user may write there, and whether the database's own user gets through.
func checkDataDir(cfg config.Config) finding {
	f := ok("data directory", "%s", cfg.DataDir)
	dir := existing(cfg.DataDir)
	probe, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return ok("data directory", "%v", err).as(failing, "make %s writable for this user, or set SIDETONE_DATA_DIR", cfg.DataDir)
	}
	probe.Close()
	os.Remove(probe.Name())
	if dir != cfg.DataDir {
		return ok("data directory", "%s is made at the first start", cfg.DataDir)
	}
	if !cfg.Managed() || os.Geteuid() != 0 {
		return f
	}
	for d := dir; ; d = filepath.Dir(d) {
		info, err := os.Stat(d)
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			return ok("data directory", "started by root, the database runs as another user, who may not pass %s (mode %04o)", d, info.Mode().Perm()).
				as(failing, "chmod o+x %s, or choose another data directory", d)
		}
		if d == filepath.Dir(d) {
			return f
		}
	}
}

// existing is the folder itself, or the nearest one above that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

const gigabyte = 1 << 30

func checkDisk(cfg config.Config) finding {
	var st syscall.Statfs_t
	if err := syscall.Statfs(existing(cfg.DataDir), &st); err != nil {
		return ok("disk", "%v", err).as(worry, "look at the file system below %s", cfg.DataDir)
	}
	free := st.Bavail * uint64(st.Bsize) //nolint:gosec // a block size is positive
	f := ok("disk", "%.1f GB free below %s", float64(free)/gigabyte, cfg.DataDir)
	switch {
	case free < gigabyte/2:
		return f.as(failing, "free some space: a full disk stops the database")
	case free < 5*gigabyte:
		return f.as(worry, "free some space, or set SIDETONE_DATA_DIR to a larger disk")
	}
	return f
}

// checkPostgres looks for the programs of the managed cluster, and whether its files are of their version.
func checkPostgres(ctx context.Context, cfg config.Config) finding {
	bin, err := cluster.FindBinaries(ctx, cfg.PGBin)
	if err != nil {
		return ok("postgres", "%v", err).as(failing, "install PostgreSQL %d or newer (Debian: apt-get install postgresql), or set SIDETONE_DATABASE_URL", cluster.OldestMajor)
	}
	f := ok("postgres", "version %d in %s", bin.Major, bin.Dir)
	made, err := os.ReadFile(filepath.Join(cfg.DataDir, "pg", "PG_VERSION"))
	if err == nil && strings.TrimSpace(string(made)) != fmt.Sprint(bin.Major) && cfg.PGBin != "" {
		return ok("postgres", "version %d in %s, but the data is of version %s", bin.Major, bin.Dir, strings.TrimSpace(string(made))).
			as(failing, "unset SIDETONE_PG_BIN, or dump with the old version and restore with the new")
	}
	return f
}

// checkSealKey makes no key: a start does.
func checkSealKey(cfg config.Config) finding {
	path := cfg.SealKeyPath()
	if cfg.SealKey != "" {
		return ok("seal key", "from the environment")
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		f := ok("seal key", "%s is made at the first start", path)
		if !cfg.Managed() {
			return f.as(worry, "several nodes on one database need the same key: set SIDETONE_SEAL_KEY on each (openssl rand -base64 32)")
		}
		return f
	}
	if _, err := seal.Load("", path); err != nil {
		return ok("seal key", "%v", err).as(failing, "restore the key file from its backup and chmod 600 it; without it stored carrier secrets can't be read")
	}
	return ok("seal key", "%s; back it up apart from the database", path)
}

// checkFiles: a socket an agent, and a connection a carrier call.
func checkFiles() finding {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return ok("open files", "%v", err).as(worry, "look at ulimit -n")
	}
	f := ok("open files", "%d allowed", r.Max)
	if r.Max < 4096 {
		return f.as(worry, "raise the limit (ulimit -n, LimitNOFILE of the service): each agent holds one")
	}
	return f
}

func checkPorts(ctx context.Context, cfg config.Config) []finding {
	out := []finding{checkPort(ctx, "listen", cfg.Listen, "SIDETONE_LISTEN")}
	if cfg.NATSURL == "" {
		out = append(out, checkPort(ctx, "cluster listen", cfg.ClusterListen, "SIDETONE_CLUSTER_LISTEN"))
	}
	if cfg.DebugListen != "" {
		out = append(out, checkPort(ctx, "debug listen", cfg.DebugListen, "SIDETONE_DEBUG_LISTEN"))
	}
	return out
}

// checkPort: free is fine, and so is a node of ours.
func checkPort(ctx context.Context, check, address, env string) finding {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil {
		ln.Close()
		return ok(check, "%s is free", address)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		if answers(ctx, "http://"+address+"/healthz") {
			return ok(check, "%s is in use by a node that is alive", address)
		}
		return ok(check, "%s is in use by another program", address).as(failing, "stop it, or set %s to another address (ss -ltnp shows who listens)", env)
	}
	return ok(check, "%v", err).as(failing, "set %s to an address of this machine and a port this user may open", env)
}

func answers(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// checkPublicURL: carriers sign the address that they were given, so a wrong one refuses every webhook.
func checkPublicURL(ctx context.Context, cfg config.Config) finding {
	f := ok("public URL", "%s", cfg.URL())
	u, err := url.Parse(cfg.URL())
	if err != nil {
		return ok("public URL", "%v", err).as(failing, "set SIDETONE_PUBLIC_URL to the https address that the world sees")
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	switch {
	case cfg.PublicURL != "" && u.Path != "" && u.Path != "/":
		return f.as(failing, "an address below a path is not served; give SIDETONE_PUBLIC_URL a host of its own")
	case ip != nil && ip.IsUnspecified():
		return f.as(failing, "nobody can call %s: set SIDETONE_PUBLIC_URL to the address that the world sees", host)
	case host == "localhost", ip != nil && (ip.IsLoopback() || ip.IsPrivate()):
		return f.as(worry, "carriers can't call it: set SIDETONE_PUBLIC_URL to the https address that the world sees (the simulated carrier needs none)")
	case u.Scheme != "https":
		return f.as(worry, "browsers and carriers expect https: put a proxy with a certificate before it")
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
		return ok("public URL", "%v", err).as(worry, "make the name %s known in DNS", host)
	}
	return f
}

// checkBus dials a NATS that is run elsewhere; our own starts with the node.
func checkBus(ctx context.Context, cfg config.Config) finding {
	if cfg.NATSURL == "" {
		return ok("bus", "in the process; nodes mesh by themselves")
	}
	u, err := url.Parse(cfg.NATSURL)
	if err != nil {
		return ok("bus", "SIDETONE_NATS_URL can't be read").as(failing, "write nats://host:4222")
	}
	at := net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "4222"))
	conn, err := (&net.Dialer{Timeout: lookTime}).DialContext(ctx, "tcp", at)
	if err != nil {
		return ok("bus", "%v", err).as(failing, "start NATS at %s, or unset SIDETONE_NATS_URL", at)
	}
	conn.Close()
	return ok("bus", "NATS answers at %s", at)
}
