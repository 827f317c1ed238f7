package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"sidetone/internal/config"
)

// demoHome is the demo's folder: its database, its sealing key, and what it must show again at the next start.
type demoHome struct {
	dir  string
	data string // the data directory of the cluster: dir, unless the database's user can't get there
	lock *os.File
}

// close lets another demo have the folder.
func (h demoHome) close(context.Context) error { return h.lock.Close() }

// keepsake is the demo's file: secrets of which the database has but the hash, or which two sides must share.
type keepsake struct {
	Tenants map[string]tenantKeepsake `json:"tenants"` // by subdomain
}

type tenantKeepsake struct {
	Token   string     `json:"api_token"`
	Carrier carrierKey `json:"carrier"`
}

// carrierKey is an account of the simulated carrier.
type carrierKey struct {
	SID       string `json:"sid"`
	AuthToken string `json:"auth_token"`
}

// of is what is kept of a tenant, or a new account.
func (k keepsake) of(subdomain string) tenantKeepsake {
	t := k.Tenants[subdomain]
	if t.Carrier.SID == "" {
		t.Carrier = carrierKey{SID: "AC" + randomHex(16), AuthToken: randomHex(16)}
	}
	return t
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// openHome makes the folder and takes it: a second demo would point the carrier's accounts at itself. With --fresh it is
// emptied of what a demo made.
func openHome(c demoCmd, log *slog.Logger) (h demoHome, err error) {
	h.dir = c.demoDir()
	h.data = h.dir
	if err := os.MkdirAll(h.dir, 0o711); err != nil { //nolint:gosec // the database's own user passes through it
		return h, fmt.Errorf("make the demo's folder: %w", err)
	}
	if h.lock, err = take(filepath.Join(h.dir, "demo.lock")); err != nil {
		return h, fmt.Errorf("a demo is running on %s: stop it first, or give this one another --data: %w", h.dir, err)
	}
	defer func() {
		if err != nil {
			h.lock.Close()
		}
	}()
	if c.Managed() && os.Geteuid() == 0 {
		h.data = passable(h.dir)
		if h.data != h.dir {
			log.Info("the demo's database is kept elsewhere: its user may not pass the folder asked for", "asked", h.dir, "kept", h.data)
		}
	}
	if !c.Fresh {
		return h, nil
	}
	if !c.Managed() {
		return h, errors.New("--fresh forgets the demo's own database only; unset SIDETONE_DATABASE_URL, or empty that database yourself")
	}
	return h, h.forget()
}

// take locks a file until it is closed, by us or by the end of the process.
func take(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// passable is the folder itself, opened for passing through if it is ours, or one in the system's directory when a folder
// above it is closed: root's home, a test's private folder.
func passable(dir string) string {
	if info, err := os.Stat(dir); err == nil {
		_ = os.Chmod(dir, info.Mode().Perm()|0o011) // looked at below
	}
	for d := dir; ; d = filepath.Dir(d) {
		info, err := os.Stat(d)
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			sum := sha256.Sum256([]byte(dir))
			return filepath.Join("/var/lib/sidetone", "demo-"+hex.EncodeToString(sum[:6]))
		}
		if d == filepath.Dir(d) {
			return dir
		}
	}
}

// settings puts the demo's folders into the settings.
func (h demoHome) settings(c config.Config) config.Config {
	c.DataDir = h.data
	if c.SealKeyFile == "" {
		c.SealKeyFile = filepath.Join(h.dir, "seal.key")
	}
	return c
}

func (h demoHome) file() string { return filepath.Join(h.dir, "demo.json") }

// forget removes what a demo made, and nothing else that may lie in the folder. A database in use is left alone.
func (h demoHome) forget() error {
	if _, err := os.Stat(h.data); err == nil {
		lock, err := take(filepath.Join(h.data, "pg.lock")) // the cluster's own
		if err != nil {
			return fmt.Errorf("something uses the database in %s: stop it first: %w", h.data, err)
		}
		defer lock.Close()
	}
	for _, path := range []string{filepath.Join(h.data, "pg"), h.file(), filepath.Join(h.dir, "seal.key")} {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("start over: %w", err)
		}
	}
	return nil
}

func (h demoHome) read() (k keepsake, err error) {
	k.Tenants = map[string]tenantKeepsake{}
	text, err := os.ReadFile(h.file())
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return k, fmt.Errorf("read the demo's file: %w", err)
	}
	if err := json.Unmarshal(text, &k); err != nil || k.Tenants == nil {
		return keepsake{Tenants: map[string]tenantKeepsake{}}, nil // damaged: new tokens are made
	}
	return k, nil
}

// write replaces the file whole; it holds secrets.
func (h demoHome) write(k keepsake) error {
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the demo's file: %w", err)
	}
	aside := h.file() + ".new"
	if err := os.WriteFile(aside, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("keep the demo's file: %w", err)
	}
	if err := os.Rename(aside, h.file()); err != nil {
		return fmt.Errorf("keep the demo's file: %w", err)
	}
	return nil
}
