package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"sidetone/internal/firstrun"
	"sidetone/internal/idp"
	clusternode "sidetone/internal/node"
	"sidetone/internal/tenant"
	"sidetone/migrations"
	"sidetone/smsapi"
	"sidetone/web"
)

// startDoors opens the node to the world, last of all.
func (n *node) startDoors(ctx context.Context) error {
	logins, err := tenant.NewLogins(n.db.DB, n.metrics)
	if err != nil {
		return err
	}
	secret, err := clusternode.Secret(ctx, n.db.DB)
	if err != nil {
		return err
	}
	n.setup = firstrun.New(firstrun.Config{
		DB: n.db.DB, Logins: logins, Accounts: n.accounts, Publish: n.bus.Publish, Secret: secret, Simulator: n.simulated.setting(), Now: time.Now,
	})
	proxies, err := n.cfg.Proxies()
	if err != nil {
		return err
	}
	providers := idp.New(idp.Config{Loopback: n.cfg.Simulator != nil, Inside: n.cfg.InsideProviders(), Now: time.Now})
	server, err := web.New(web.Config{
		DB: n.db.DB, Bus: n.bus, Node: n.id, Chats: n.chats, Router: n.router, Accounts: n.accounts, Receipts: n.receipts, Media: n.media,
		SMS: smsapi.New(smsapi.Config{DB: n.db.DB, Chats: n.chats, Release: n.releaser.Wake, Now: time.Now}), Nodes: n.members.Living,
		Sessions: n.sessions, Logins: logins, SignIns: tenant.NewSignIns(n.db.DB, n.cfg.Seal, providers), PublicURL: n.url, Origins: n.cfg.Origins, Proxies: proxies, Setup: n.setup, Simulator: n.cfg.Simulator, SimulatorURL: n.cfg.SimulatorURL,
		Migrated: n.migrated, Metrics: n.metrics, Log: n.log, Now: time.Now,
	})
	if err != nil {
		return err
	}
	n.watch(server.Start(n.cfg.Listener))
	n.started.push("the server", server.Shutdown, false)
	if n.cfg.DebugListen == "" {
		return nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", n.cfg.DebugListen)
	if err != nil {
		return fmt.Errorf("listen for metrics and profiles: %w", err)
	}
	n.log.Info("metrics and profiles", "url", urlOf(ln)+"/debug/pprof/")
	n.serveDebug(ln)
	return nil
}

// migrated is for /readyz: whether the database has all that this program needs.
func (n *node) migrated(ctx context.Context) error {
	pending, err := n.db.Pending(ctx, migrations.FS)
	if err == nil && len(pending) > 0 {
		err = fmt.Errorf("%d migrations are pending, from %s on", len(pending), pending[0])
	}
	return err
}

// watch ends the node when one of its servers does.
func (n *node) watch(ended <-chan error) {
	go func() {
		if err, open := <-ended; open {
			n.broken <- err
		}
	}()
}

func (n *node) serveDebug(ln net.Listener) {
	srv := &http.Server{
		Handler: debugHandler(n.metrics), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			ended <- fmt.Errorf("serve metrics and profiles: %w", err)
		}
		close(ended)
	}()
	n.watch(ended)
	n.started.push("metrics and profiles", func(context.Context) error { return srv.Close() }, false)
}
