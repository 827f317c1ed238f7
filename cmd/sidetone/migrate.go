package main

import (
	"context"
	"errors"
	"fmt"

	"sidetone/internal/config"
	"sidetone/internal/pg"
	"sidetone/migrations"
)

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" default:"withargs" help:"Apply what the database lacks. Any number of nodes may do it at once."`
	Status migrateStatusCmd `cmd:"" help:"Say what it lacks; fails when that is anything."`
}

type migrateUpCmd struct {
	config.Config `embed:""`
}

// Run migrates as the owner, who may be the serving role.
func (c migrateUpCmd) Run(ctx context.Context, s streams) error {
	return atDatabase(ctx, c.Config, s, func(at addresses) error {
		owner := at.owner
		if owner == "" {
			owner = at.app
		}
		if err := pg.Migrate(ctx, owner, migrations.FS); err != nil {
			return err
		}
		fmt.Fprintln(s.out, "the database is up to date")
		return nil
	})
}

type migrateStatusCmd struct {
	config.Config `embed:""`
}

// Run changes nothing.
func (c migrateStatusCmd) Run(ctx context.Context, s streams) error {
	return atDatabase(ctx, c.Config, s, func(at addresses) error {
		url := at.owner // the app's role may read nothing in a database without migrations
		if url == "" {
			url = at.app
		}
		db, err := pg.Open(ctx, url, pg.Options{MaxConns: 1})
		if err != nil {
			return err
		}
		defer db.Close()
		pending, err := db.Pending(ctx, migrations.FS)
		if err != nil {
			return err
		}
		for _, name := range pending {
			fmt.Fprintln(s.out, "pending", name)
		}
		if len(pending) > 0 {
			return errTold
		}
		fmt.Fprintln(s.out, "the database is up to date")
		return nil
	})
}

// atDatabase makes the database reachable for one command.
func atDatabase(ctx context.Context, cfg config.Config, s streams, fn func(at addresses) error) (err error) {
	if err := cfg.Check(); err != nil {
		return fmt.Errorf("the settings are wrong: %w", err)
	}
	cfg.LogLevel = "warn"
	log, err := newLog(cfg, s.err)
	if err != nil {
		return err
	}
	at, c, err := startDatabase(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopCluster(ctx, c)) }()
	return fn(at)
}
