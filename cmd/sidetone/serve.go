package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"time"

	"sidetone/internal/config"
)

type serveCmd struct {
	config.Config `embed:""`
	StopWithin    time.Duration `default:"20s" env:"SIDETONE_STOP_WITHIN" help:"How long a clean stop may take; what is left then is mended by the next start."`
}

// Run serves until it is told to stop.
func (c serveCmd) Run(ctx context.Context, s streams) error {
	collectLess()
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
	n, err := startNode(ctx, nodeConfig{Config: withAddress(c.Config, ln), Listener: ln, Log: log, StopWithin: c.StopWithin, Reachable: c.PublicURL != ""})
	if err != nil {
		ln.Close()
		if ctx.Err() != nil {
			return nil // told to stop while starting
		}
		return err
	}
	fmt.Fprintf(s.out, "sidetone ready at %s\n", n.url)
	return errors.Join(n.wait(ctx), n.stop(context.WithoutCancel(ctx)))
}

// garbage is how far the heap of a server may grow between collections, in percent of what lives: it lives on little
// (some 20 MiB), and at Go's own 100 an eighth of the processor collected.
const garbage = 300

// collectLess sets it for the process, unless the operator's GOGC says otherwise.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}
