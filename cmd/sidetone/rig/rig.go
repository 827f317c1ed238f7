// Package rig is what bench and soak stand on: a database of their own with durability on, a simulated carrier, tenants
// with chats under way, and servers as processes that can be killed.
package rig

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/simulator"
	"sidetone/internal/pg"
	"sidetone/internal/pg/cluster"
	"sidetone/internal/seal"
	"sidetone/internal/tenant"
	"sidetone/migrations"
)

// Config says where a rig stands. Dir must be a folder that the database's own user may pass.
type Config struct {
	Dir    string
	PGBin  string       // where Postgres is; searched for when empty
	Binary string       // the program; this one when empty
	Env    []string     // added to the program's environment
	Log    *slog.Logger // silent when nil
}

// Rig is a stand without a server. Close ends it.
type Rig struct {
	cfg      Config
	cluster  *cluster.Cluster
	DB       *pg.DB        // as the program's role
	Admin    *pgxpool.Pool // as the superuser: sees every tenant's rows
	Accounts *carrier.Accounts
	Sessions *tenant.Sessions
	Carrier  *simulator.Carrier
	Address  string // where the server will listen
	URL      string // the same as the carrier and the agents reach it

	carrierURL string
	houses     int // made so far
	end        []func() error
}

// Start makes the database and the carrier.
func Start(ctx context.Context, cfg Config) (r *Rig, err error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Binary == "" {
		if cfg.Binary, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("find this program: %w", err)
		}
	}
	r = &Rig{cfg: cfg}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if err := r.openDatabase(ctx); err != nil {
		return nil, err
	}
	if err := r.choosePort(ctx); err != nil {
		return nil, err
	}
	box, err := seal.Load("", r.sealKey())
	if err != nil {
		return nil, err
	}
	r.Accounts, r.Sessions = carrier.NewAccounts(r.DB, box, r.URL), tenant.NewSessions(r.DB)
	return r, r.startCarrier(ctx)
}

func (r *Rig) sealKey() string { return filepath.Join(r.cfg.Dir, "seal.key") }

func (r *Rig) openDatabase(ctx context.Context) (err error) {
	r.cluster, err = cluster.Start(ctx, cluster.Config{DataDir: r.cfg.Dir, BinDir: r.cfg.PGBin, Log: r.cfg.Log})
	if err != nil {
		return err
	}
	r.end = append(r.end, func() error { return r.cluster.Stop(context.WithoutCancel(ctx)) })
	if r.DB, err = pg.Setup(ctx, r.cluster.AppURL(), r.cluster.OwnerURL(), migrations.FS, pg.Options{MaxConns: 4}); err != nil {
		return err
	}
	r.end = append(r.end, func() error { r.DB.Close(); return nil })
	admin, err := pg.WithUser(r.cluster.OwnerURL(), "postgres")
	if err != nil {
		return err
	}
	if r.Admin, err = pgxpool.New(ctx, admin); err != nil {
		return fmt.Errorf("connect as the superuser: %w", err)
	}
	r.end = append(r.end, func() error { r.Admin.Close(); return nil })
	return nil
}

// OwnerURL is the database for whoever makes tables of their own.
func (r *Rig) OwnerURL() string { return r.cluster.OwnerURL() }

// choosePort finds a free port that every server of this rig will use: the carrier and the agents come back to it. It lies
// below those that the system gives to outgoing connections (from 32768 on Linux), so that none of them takes it while no
// server is up.
func (r *Rig) choosePort(ctx context.Context) (err error) {
	var ln net.Listener
	for range 50 {
		address := "127.0.0.1:" + strconv.Itoa(20_000+rand.IntN(12_000)) //nolint:gosec // any port will do
		if ln, err = (&net.ListenConfig{}).Listen(ctx, "tcp", address); err == nil {
			r.Address, r.URL = address, "http://"+address
			return ln.Close()
		}
	}
	return fmt.Errorf("find a free port: %w", err)
}

func (r *Rig) startCarrier(ctx context.Context) (err error) {
	if r.Carrier, err = simulator.New(simulator.Config{Keep: 1_000_000}); err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the simulated carrier: %w", err)
	}
	r.carrierURL = "http://" + ln.Addr().String()
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- r.Carrier.Run(running, ln) }()
	r.end = append(r.end, func() error { cancel(); return <-ended })
	return nil
}

// Faults tells the carrier how to behave, in the JSON of its control side (POST /sim/faults).
func (r *Rig) Faults(ctx context.Context, faults string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.carrierURL+"/sim/faults", strings.NewReader(faults))
	if err != nil {
		return fmt.Errorf("tell the carrier its faults: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("tell the carrier its faults: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("tell the carrier its faults: %s", res.Status)
	}
	return nil
}

// CarrierURL is where the simulated carrier answers.
func (r *Rig) CarrierURL() string { return r.carrierURL }

// Close ends what Start began, the last first.
func (r *Rig) Close() error {
	var errs []error
	for i := len(r.end) - 1; i >= 0; i-- {
		errs = append(errs, r.end[i]())
	}
	r.end = nil
	return errors.Join(errs...)
}

// TempDir makes a folder for a rig that the database's own user may pass, and says how to remove it.
func TempDir() (dir string, remove func() error, err error) {
	dir, err = os.MkdirTemp("", "sidetone-rig-")
	if err == nil {
		err = os.Chmod(dir, 0o755) //nolint:gosec // the database runs as another user
	}
	return dir, func() error { return os.RemoveAll(dir) }, err
}

func (r *Rig) env() []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(), "TZ=" + os.Getenv("TZ"), "GOTRACEBACK=single",
		"SIDETONE_LISTEN=" + r.Address, "SIDETONE_PUBLIC_URL=" + r.URL, "SIDETONE_DATA_DIR=" + r.cfg.Dir,
		"SIDETONE_DATABASE_URL=" + r.cluster.AppURL(), "SIDETONE_DATABASE_OWNER_URL=" + r.cluster.OwnerURL(),
		"SIDETONE_SEAL_KEY_FILE=" + r.sealKey(), "SIDETONE_LOG_LEVEL=warn", "SIDETONE_DEBUG_LISTEN=" + os.Getenv("SIDETONE_DEBUG_LISTEN"), "GOMAXPROCS=" + strconv.Itoa(procs()),
	}, r.cfg.Env...)
}
