package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sidetone/internal/config"
	"sidetone/internal/pg"
	"sidetone/internal/pg/cluster"
	"sidetone/migrations"
)

// startTime bounds the start of a managed database; a first one, or one after a crash, takes its time.
const startTime = 2 * time.Minute

// database is the configured one, or the cluster in the data directory. Several processes may use the same data: one of
// them runs its server.
type database struct {
	*pg.DB
	cluster *cluster.Cluster // nil with a configured database
}

// addresses are where a database is reached before it is open.
type addresses struct{ app, owner string }

// startDatabase makes the database reachable and opens nothing yet.
func startDatabase(ctx context.Context, cfg config.Config, log *slog.Logger) (addresses, *cluster.Cluster, error) {
	if !cfg.Managed() {
		return addresses{cfg.DatabaseURL, cfg.DatabaseOwnerURL}, nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	c, err := cluster.Start(ctx, cluster.Config{DataDir: cfg.DataDir, BinDir: cfg.PGBin, Log: log})
	if err != nil {
		return addresses{}, nil, err
	}
	return addresses{c.AppURL(), c.OwnerURL()}, c, nil
}

// openDatabase starts, migrates and opens it.
func openDatabase(ctx context.Context, cfg config.Config, log *slog.Logger) (*database, error) {
	at, c, err := startDatabase(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	db, err := pg.Setup(ctx, at.app, at.owner, migrations.FS, pg.Options{})
	if err != nil {
		return nil, errors.Join(err, stopCluster(ctx, c))
	}
	return &database{DB: db, cluster: c}, nil
}

// close gives the connections back, then stops the server if it is ours.
func (d *database) close(ctx context.Context) error {
	d.Close()
	return stopCluster(ctx, d.cluster)
}

func stopCluster(ctx context.Context, c *cluster.Cluster) error {
	if c == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	return c.Stop(ctx)
}

// withDatabase runs a tool's work on the database of the settings.
func withDatabase(ctx context.Context, cfg config.Config, s streams, fn func(db *pg.DB) error) (err error) {
	if err := cfg.Check(); err != nil {
		return fmt.Errorf("the settings are wrong: %w", err)
	}
	cfg.LogLevel = "warn" // a tool speaks for itself
	log, err := newLog(cfg, s.err)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	return fn(db.DB)
}
