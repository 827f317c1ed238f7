package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"sidetone/internal/config"
)

type serveCmd struct {
	config.Config `embed:""`
	StopWithin    time.Duration `default:"20s" env:"SIDETONE_STOP_WITHIN" help:"How long a clean stop may take; what is left then is mended by the next start."`
}

// Run serves until it is told to stop.
func (c serveCmd) Run(ctx context.Context, s streams) error {
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
	n, err := startNode(ctx, nodeConfig{Config: withAddress(c.Config, ln), Listener: ln, Log: log, StopWithin: c.StopWithin})
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
