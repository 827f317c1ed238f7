package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"sidetone/internal/carrier/simulator"
	"sidetone/internal/config"
	"sidetone/web/console"
)

type serveCmd struct {
	config.Config `embed:""`
	Simulator     bool          `env:"SIDETONE_SIMULATOR" help:"Run a simulated carrier in this process too (--carrier-listen), which the first run can choose, and phones at /simulator. For trials."`
	StopWithin    time.Duration `default:"20s" env:"SIDETONE_STOP_WITHIN" help:"How long a clean stop may take; what is left then is mended by the next start."`
}

// Run serves until it is told to stop.
func (c serveCmd) Run(ctx context.Context, s streams) error {
	go collectLess(ctx)
	log, err := newLog(c.Config, s.err)
	if err != nil {
		return err
	}
	if err := c.Check(); err != nil {
		return fmt.Errorf("the settings are wrong: %w", err)
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w (another address: --listen)", err)
	}
	cfg := nodeConfig{Config: withAddress(c.Config, ln), Listener: ln, Log: log, StopWithin: c.StopWithin, Reachable: c.PublicURL != ""}
	endSim := func() error { return nil }
	if c.Simulator {
		if endSim, err = simulate(ctx, &cfg); err != nil {
			ln.Close()
			return err
		}
	}
	n, err := startNode(ctx, cfg)
	if err != nil {
		ln.Close()
		err = errors.Join(err, endSim())
		if ctx.Err() != nil {
			return nil // told to stop while starting
		}
		return err
	}
	fmt.Fprintf(s.out, "sidetone ready at %s\n", n.url)
	if c.Simulator {
		fmt.Fprintf(s.out, "simulated carrier at %s\n", cfg.SimulatorURL)
	}
	if err = n.invite(ctx, s.out); err == nil {
		err = n.wait(ctx)
	}
	return errors.Join(err, n.stop(context.WithoutCancel(ctx)), endSim())
}

// invite says where an installation without a tenant is set up. The token is in the part of the address that browsers keep
// to themselves.
func (n *node) invite(ctx context.Context, out io.Writer) error {
	open, err := n.setup.Open(ctx)
	switch {
	case ctx.Err() != nil:
		return nil // told to stop
	case err == nil && open:
		_, err = fmt.Fprintf(out, "set it up at %s/setup#%s\n", n.url, n.setup.Token())
	}
	return err
}

// simulate starts a simulated carrier and lets the node follow it. The function returned ends it and waits.
func simulate(ctx context.Context, cfg *nodeConfig) (end func() error, err error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.CarrierListen)
	if err != nil {
		return nil, fmt.Errorf("listen for the simulated carrier: %w (another address: --carrier-listen)", err)
	}
	cfg.SimulatorURL = urlOf(ln)
	cfg.Simulator = &console.Simulator{Handsets: fernhill().Consumers}
	cfg.Simulated, err = simulator.New(simulator.Config{BaseURL: cfg.SimulatorURL, Log: cfg.Log.With("part", "carrier")})
	if err != nil {
		ln.Close()
		return nil, err
	}
	return runCarrier(cfg.Simulated, ln), nil
}
