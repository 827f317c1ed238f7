package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/config"
	"sidetone/internal/pg"
	"sidetone/internal/pg/cluster"
	"sidetone/migrations"
)

// examineDatabase starts or joins a managed cluster that exists, and makes none.
func examineDatabase(ctx context.Context, cfg config.Config, report func(...finding)) {
	if cfg.Managed() {
		if _, err := os.Stat(filepath.Join(cfg.DataDir, "pg")); errors.Is(err, fs.ErrNotExist) {
			report(ok("database", "a managed one is made at the first start"))
			return
		}
	}
	at, c, err := startDatabase(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		report(ok("database", "%v", err).as(failing, "do what it says; the server's own words are in its log below %s", filepath.Join(cfg.DataDir, "pg")))
		return
	}
	defer func() { _ = stopCluster(ctx, c) }() // it was only looked at
	conn, err := connect(ctx, at.app)
	if err != nil {
		report(ok("database", "%v", err).as(failing, "start the server, let this host in (pg_hba.conf, firewall), or correct SIDETONE_DATABASE_URL"))
		return
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	report(checkVersion(ctx, conn), checkRole(ctx, conn), checkDurability(ctx, conn), checkClock(ctx, conn), checkConnections(ctx, conn),
		checkLocks(ctx, conn))
	checkSchema(ctx, at, report)
	checkCarriers(ctx, conn, report)
}

func connect(ctx context.Context, databaseURL string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*lookTime)
	defer cancel()
	return pgx.Connect(ctx, databaseURL)
}

func checkVersion(ctx context.Context, conn *pgx.Conn) finding {
	var number int
	if err := conn.QueryRow(ctx, "select current_setting('server_version_num')::int").Scan(&number); err != nil {
		return ok("database", "%v", err).as(failing, "see that it answers queries")
	}
	f := ok("database", "Postgres %d.%d answers", number/10000, number%10000)
	if number/10000 < cluster.OldestMajor {
		return f.as(failing, "use Postgres %d or newer", cluster.OldestMajor)
	}
	return f
}

func checkRole(ctx context.Context, conn *pgx.Conn) finding {
	var name string
	var above bool
	err := conn.QueryRow(ctx, "select rolname, rolsuper or rolbypassrls from pg_roles where rolname = session_user").Scan(&name, &above)
	if err != nil {
		return ok("database role", "%v", err).as(failing, "see that the role may read pg_roles")
	}
	if above {
		return ok("database role", "%s is a superuser or has BYPASSRLS: it would see every tenant's rows", name).
			as(failing, "serve as a plain login: CREATE ROLE sidetone LOGIN PASSWORD '...'; GRANT %s TO sidetone;", pg.AppRole)
	}
	return ok("database role", "%s is bound by row-level security", name)
}

// checkDurability: what is answered 2xx must survive a power cut (invariant 1).
func checkDurability(ctx context.Context, conn *pgx.Conn) finding {
	var fsync, pages, commit string
	err := conn.QueryRow(ctx, "select current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')").Scan(&fsync, &pages, &commit)
	if err != nil {
		return ok("durability", "%v", err).as(worry, "look at fsync and synchronous_commit yourself")
	}
	f := ok("durability", "fsync %s, full_page_writes %s, synchronous_commit %s", fsync, pages, commit)
	if fsync == "off" || pages == "off" || commit == "off" {
		return f.as(failing, "turn all three on: a text that was answered could be lost in a power cut")
	}
	return f
}

// checkClock: leases run by the database's clock, due times by the node's.
func checkClock(ctx context.Context, conn *pgx.Conn) finding {
	var theirs time.Time
	began := time.Now()
	if err := conn.QueryRow(ctx, "select clock_timestamp()").Scan(&theirs); err != nil {
		return ok("clock", "%v", err).as(worry, "see that the database answers")
	}
	took := time.Since(began)
	skew := theirs.Sub(began.Add(took / 2)).Round(time.Millisecond)
	f := ok("clock", "%v from the database's, %v away", skew, took.Round(10*time.Microsecond))
	switch abs := skew.Abs() - took/2; {
	case abs > time.Minute:
		return f.as(failing, "set the clocks right (chrony, systemd-timesyncd): timers and expiries go by them")
	case abs > 2*time.Second:
		return f.as(worry, "keep the clocks in step (chrony, systemd-timesyncd)")
	}
	return f
}

func checkConnections(ctx context.Context, conn *pgx.Conn) finding {
	var most, used int
	err := conn.QueryRow(ctx, "select current_setting('max_connections')::int, (select count(*) from pg_stat_activity where backend_type = 'client backend')").Scan(&most, &used)
	if err != nil {
		return ok("connections", "%v", err).as(worry, "see that the role may read pg_stat_activity")
	}
	f := ok("connections", "%d of %d in use; a node takes up to 17", used, most)
	if most-used < 24 {
		return f.as(worry, "raise max_connections, or run fewer nodes on this server")
	}
	return f
}

// checkLocks: each consumer of a group of texts is a lock in the server's shared table, four groups of 200 a node at the most.
func checkLocks(ctx context.Context, conn *pgx.Conn) finding {
	var room int
	err := conn.QueryRow(ctx, `select current_setting('max_locks_per_transaction')::int
		* (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int)`).Scan(&room)
	if err != nil {
		return ok("locks", "%v", err).as(worry, "see that it answers queries")
	}
	f := ok("locks", "room for %d; a node takes up to 1000", room)
	if room < 3000 {
		return f.as(worry, "raise max_locks_per_transaction to 64 or more")
	}
	return f
}

func checkSchema(ctx context.Context, at addresses, report func(...finding)) {
	look := at.owner
	if look == "" {
		look = at.app
	}
	db, err := pg.Open(ctx, look, pg.Options{MaxConns: 1})
	if err != nil {
		report(ok("migrations", "%v", err).as(failing, "see the lines on the database above"))
		return
	}
	defer db.Close()
	pending, err := db.Pending(ctx, migrations.FS)
	switch {
	case err != nil:
		report(ok("migrations", "%v", err).as(failing, "run `sidetone migrate` with SIDETONE_DATABASE_OWNER_URL"))
	case len(pending) > 0 && at.owner == "":
		report(ok("migrations", "%d pending, from %s on", len(pending), pending[0]).
			as(failing, "run `sidetone migrate` as the owner; a serving role that owns the database does it at its start"))
	case len(pending) > 0:
		report(ok("migrations", "%d pending, from %s on", len(pending), pending[0]).
			as(worry, "run `sidetone migrate`, or let the next start do it"))
	default:
		report(ok("migrations", "none pending"))
	}
}

// checkCarriers calls each carrier once, without credentials: any answer will do.
func checkCarriers(ctx context.Context, conn *pgx.Conn, report func(...finding)) {
	rows, _ := conn.Query(ctx, "select distinct base_url from carrier_accounts order by 1") // its error is in the rows
	bases, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return // without tables there are no accounts; the migrations' line says so
	}
	if len(bases) == 0 {
		report(ok("carrier", "no accounts yet").as(worry, "add one: sidetone tenant account SUBDOMAIN --sid ACxxx"))
	}
	for _, base := range bases {
		f := ok("carrier", "%s answers", base)
		ctx, cancel := context.WithTimeout(ctx, lookTime)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base, nil)
		if err == nil {
			var res *http.Response
			if res, err = http.DefaultClient.Do(req); err == nil {
				res.Body.Close()
			}
		}
		cancel()
		if err != nil {
			f = ok("carrier", "%v", err).as(worry, "let this host out to it (firewall, proxy, DNS); a demo's carrier runs only with the demo")
		}
		report(f)
	}
}
