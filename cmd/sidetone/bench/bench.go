// Package bench measures the whole house beside the limits of the machine it stands on: `sidetone bench`. Server, limit
// programs and database are processes of their own; the load comes from this one, over loopback. Durability is on.
package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"sidetone/cmd/sidetone/rig"
	"sidetone/internal/gauge"
)

// Options of a bench.
type Options struct {
	Rig      rig.Config
	Quick    bool     // one short run of each, to see that all of it works
	Only     []string // names of Parts; all when empty
	Sockets  int      // idle ones; 5,000 when 0
	Out      io.Writer
	Progress io.Writer
}

// Parts are what can be asked for by name.
func Parts() []string {
	return []string{"start", "inbound", "frame", "routing", "outbound", "api", "list", "sockets"}
}

const (
	chats    = 20_000 // under way in the one large house
	perAgent = 20
	tenants  = 200 // the many small ones, with as many chats together
)

type bench struct {
	Options
	rig      *rig.Rig
	server   *rig.Server
	programs *programs
	limits   *gauge.Limits
	one      []rig.House
	many     []rig.House
	rounds   int
	window   time.Duration
	table    gauge.Table
	known    int // texts made so far
	first    int
}

// Run measures and returns the table. It never fails for being slow.
func Run(ctx context.Context, o Options) (gauge.Table, error) {
	b := &bench{Options: o, rounds: 3, window: 2500 * time.Millisecond}
	if o.Quick {
		b.rounds, b.window = 1, 500*time.Millisecond
	}
	b.Sockets = cmp.Or(b.Sockets, 5000)
	r, err := rig.Start(ctx, o.Rig)
	if err != nil {
		return b.table, err
	}
	b.rig = r
	err = b.run(ctx)
	return b.table, errors.Join(err, r.Close())
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.Progress, format, args...) }

func (b *bench) run(ctx context.Context) (err error) {
	b.say("furnishing %d chats, and %d tenants with %d\n", chats, tenants, chats/tenants)
	if b.one, err = b.rig.Furnish(ctx, rig.Plan{Houses: 1, Chats: chats, PerAgent: perAgent, PerSecond: 100_000}); err != nil {
		return err
	}
	if b.many, err = b.rig.Furnish(ctx, rig.Plan{Houses: tenants, Chats: chats / tenants, PerAgent: perAgent, PerSecond: 100_000}); err != nil {
		return err
	}
	if b.limits, err = gauge.OpenLimits(ctx, b.rig.OwnerURL()); err != nil {
		return err
	}
	defer b.limits.Close()
	if err := b.limits.Seed(ctx, b.one[0].Consumers); err != nil {
		return err
	}
	if b.programs, err = startPrograms(ctx, b.rig); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.programs.stop()) }()
	if b.server, err = b.rig.Serve(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.server.Stop()) }()
	parts := map[string]func(context.Context) error{
		"start": b.start, "inbound": b.inbound, "frame": b.frame, "routing": b.routing, "outbound": b.outbound, "api": b.api, "list": b.list, "sockets": b.sockets,
	}
	for _, name := range Parts() {
		if len(b.Only) > 0 && !slices.Contains(b.Only, name) {
			continue
		}
		if err := parts[name](ctx); err != nil {
			return fmt.Errorf("bench %s: %w\n%s", name, err, b.server.Log())
		}
	}
	return nil
}

// start times the server from exec to ready, on a database that is there.
func (b *bench) start(ctx context.Context) error {
	var times []float64
	for range b.rounds {
		if err := b.server.Stop(); err != nil {
			return err
		}
		s, err := b.rig.Serve(ctx)
		if err != nil {
			return err
		}
		b.server = s
		times = append(times, s.Ready.Seconds())
	}
	idle, err := b.server.Memory()
	if err != nil {
		return err
	}
	b.table.Add(gauge.Row{Path: "start-up, until ready", Ours: gauge.Seconds(gauge.Median(times)), Figure: gauge.Median(times), Target: gauge.AtMost(2)})
	b.table.Add(gauge.Row{Path: "memory when idle", Ours: fmt.Sprintf("%d MiB", idle>>20), Figure: float64(idle >> 20), Target: gauge.AtMost(150)})
	return nil
}

// quiet waits until nothing is under way, so that one measurement does not pay for the one before.
func (b *bench) quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	for {
		var left int
		err := b.rig.Admin.QueryRow(ctx, "select count(*) from messages where status = 'queued' or status = 'sending' and not uncertain").Scan(&left)
		if err != nil {
			return fmt.Errorf("wait until the outbox is empty: %w", err)
		}
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until the outbox is empty: %d are left", left)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
